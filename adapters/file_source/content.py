"""What a reader makes of a file's bytes, before anybody knows which document it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple


class Unreadable(Exception):
    """A file that cannot be read. The message goes on from its name: "is protected by a password: ..."."""


class Part(NamedTuple):
    """A `knowledge.models.Block`, field by field.

    A type of its own because it goes into a reply as it is, and importing that one makes a reader start later.
    """

    kind: Literal["heading", "paragraph", "item", "table", "code"]
    text: str = ""
    level: int = 0
    page: int | None = None
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Caps:
    """The limits that a reader process keeps; each is the setting of the same name in `Limits`."""

    max_memory_mb: int = 1024
    max_cpu_seconds: int = 60
    max_pages: int = 2000
    max_archive_ratio: int = 100
    max_archive_mb: int = 200


@dataclass(slots=True)
class Content:
    """`title` and `language` as the file itself gives them; `fields` is its front matter, not checked yet."""

    parts: list[Part]
    title: str | None = None
    language: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
