"""What a document says of itself: YAML before the text of a Markdown or text file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import yaml

from adapters.file_source.cleaning import one_line

_FENCED = re.compile(r"\A\ufeff?---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_RESERVED = ("audience", "kind", "collection")
_DATES = ("effective", "expires", "updated")


@dataclass(slots=True)
class Fields:
    """Front matter that counts, checked; `notes` says what does not."""

    title: str | None = None
    owner: str | None = None
    language: str | None = None
    effective: date | None = None
    expires: date | None = None
    updated: date | None = None
    notes: list[str] = field(default_factory=list)


def split_front_matter(text: str) -> tuple[dict[str, str], str, list[str]]:
    """The fields before a text, the text without them, and notes on what is wrong with them."""
    match = _FENCED.match(text)
    if not match:
        return {}, text, []
    rest, source = text[match.end() :], match.group(1) or ""
    try:
        values = yaml.load(source, Loader=_Loader)  # noqa: S506  # a SafeLoader without types
    except (yaml.YAMLError, RecursionError):
        return {}, rest, ["has front matter that is not YAML, so it is ignored: check the lines between ---"]
    if not isinstance(values, dict):
        # A text may begin with a ruled line: only "key: value" lines are front matter.
        return {}, (rest if values is None else text), []
    return {str(key).lower(): _plain(value) for key, value in values.items() if value is not None}, rest, []


def check_fields(values: Mapping[str, str]) -> Fields:
    """The fields that count. A bad date or an attribute that only settings may give becomes a note."""
    fields = Fields()
    fields.title, fields.owner, fields.language = (
        one_line(values.get(k, "")) or None for k in ("title", "owner", "language")
    )
    for key in _DATES:
        if not (value := values.get(key, "").strip()):
            continue
        try:
            setattr(fields, key, _to_date(value))
        except ValueError:
            fields.notes.append(
                f'has "{key}: {one_line(value)[:40]}" in its front matter, which is no date: write YYYY-MM-DD'
            )
    fields.notes += [
        f'sets "{key}" in its front matter, which is ignored: set it on the source in deskhand.toml'
        for key in _RESERVED
        if key in values
    ]
    return fields


def _to_date(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return datetime.fromisoformat(value).date()


def _plain(value: object) -> str:
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)


class _Loader(yaml.SafeLoader):
    """Scalars stay as written, so that `expires: 2026-02-30` is a note and not an error of the whole.

    No aliases: they let a few lines grow without end.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases are not read")
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
