"""The `[[source]]` section of a folder or file in deskhand.toml."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from knowledge.models import MEMBERS, Attributes, Kind

Audience = Annotated[frozenset[str], Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(_Section):
    """What one file may cost. A file over a limit becomes a failure that names the setting."""

    max_file_mb: int = Field(default=50, gt=0)
    max_memory_mb: int = Field(default=1024, ge=128)
    max_cpu_seconds: int = Field(default=60, gt=0)
    max_wall_seconds: float = Field(default=120, gt=0)
    max_pages: int = Field(default=2000, gt=0)
    max_archive_ratio: int = Field(default=100, gt=0)
    max_archive_mb: int = Field(default=200, gt=0)


class Override(_Section):
    """Other attributes for the documents whose path below the source's folder matches `glob`.

    `*` and `?` stay within a folder, `**/` is any number of folders.
    """

    glob: str = Field(min_length=1)
    kind: Kind | None = None
    audience: Audience | None = None
    owner: str | None = None
    collection: str | None = None

    def matches(self, path: str) -> bool:
        return _pattern(self.glob).fullmatch(path) is not None


class FileSourceSettings(_Section):
    """A folder, read with all that is below it, or a single file."""

    name: str = Field(min_length=1)
    path: Path
    kind: Kind = "policy"
    audience: Audience = frozenset({MEMBERS})
    collection: str | None = None
    owner: str | None = None
    overrides: tuple[Override, ...] = ()
    limits: Limits = Limits()
    workers: int = Field(default=2, ge=1, le=64)

    @field_validator("name")
    @classmethod
    def _no_slash(cls, name: str) -> str:
        if "/" in name:
            raise ValueError("a source's name is the first part of its documents' ids and cannot hold a '/'")
        return name

    def attributes(self, path: str) -> Attributes:
        """Of the document at a posix path below the root: the last matching override wins, key by key."""
        values: dict[str, object] = {}
        for override in self.overrides:
            if override.matches(path):
                values |= override.model_dump(exclude={"glob"}, exclude_none=True)
        values = {
            "kind": self.kind,
            "audience": self.audience,
            "collection": self.collection or self.name,
            "owner": self.owner,
        } | values
        return Attributes(**values)  # type: ignore[arg-type]  # validated by the models above


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[!?[^\]/]+\])", glob.removeprefix("./"))
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(special.get(part) or _literal(part) for part in parts), re.DOTALL)


def _literal(part: str) -> str:
    if part.startswith("[") and part.endswith("]") and len(part) > 2:
        inside = part[1:-1].replace("\\", "\\\\")
        return "[^" + inside[1:] + "]" if inside.startswith("!") else f"[{inside}]"
    return re.escape(part)
