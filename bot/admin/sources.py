"""Which sources an `index` command brings up to date, which it drops, and what it must leave alone."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.settings import Settings
from knowledge.errors import SourceUnavailable
from knowledge.models import MEMBERS, PUBLIC, Failure, Found, Loaded, Note, Scan, SourceRecord
from knowledge.ports import DocumentSource


class Configured:
    """Implements `DocumentSource`: one that comes from deskhand.toml, as its record says."""

    def __init__(self, inner: DocumentSource) -> None:
        self._inner = inner
        self.record = replace(inner.record, configured=True)
        self.recipe = inner.recipe

    async def scan(self) -> Scan:
        return await self._inner.scan()

    async def digest(self, found: Found) -> str:
        return await self._inner.digest(found)

    def load(self, found: Sequence[Found]) -> AsyncGenerator[Loaded | Failure]:
        return self._inner.load(found)


def without_source(known: Sequence[DocumentSource], recorded: Sequence[SourceRecord]) -> list[SourceRecord]:
    """What the catalogue holds of sources that are none any more: deskhand.toml dropped or renamed them."""
    names = {source.record.name for source in known}
    return [record for record in recorded if record.name not in names]


class Chosen:
    """What one `index` command is about: `sources` to bring up to date and the names of those to be `dropped`.

    What must not or cannot be done is in `errors`.
    """

    def __init__(
        self,
        known: Sequence[DocumentSource],
        recorded: Sequence[SourceRecord],
        *,
        make: Callable[[Mapping[str, Any]], DocumentSource],
        settings: Settings,
    ) -> None:
        """`recorded` is what the catalogue holds; `make` makes the source for a table as in deskhand.toml."""
        self.sources: list[DocumentSource] = []
        self.dropped: list[str] = []
        self.errors: list[Failure] = []
        self.notes: list[Note] = []
        self._known = {source.record.path: source for source in known}
        self._recorded = {record.name: record for record in recorded}
        self._gone = without_source(known, recorded)
        self._make = make
        self._settings = settings

    async def add_all(self) -> None:
        """All known sources; what the index holds beside them is dropped."""
        for record in self._gone:
            self.dropped.append(record.name)
            self.notes.append(Note(record.name, f"is no longer in {self._settings.file}, so it is removed"))
        for source in list(self._known.values()):
            await self._take(source, given=source.record.name)

    async def add(self, given: Path) -> None:
        """The source at a path: the known one, or a new one, which every member may read."""
        try:
            path = given.expanduser().resolve(strict=True)
        except FileNotFoundError:
            self._refuse(given, f"{given} does not exist: check the path.")
        except (OSError, RuntimeError) as exc:
            self._refuse(given, f"{given} cannot be opened ({exc}): check the path.")
        else:
            known = self._known.get(str(path))
            await self._take(known or self._make({"name": self._name(path), "path": str(path)}), given=given)

    async def add_named(self, name: str) -> None:
        """A known source by its name."""
        source = next((source for source in self._known.values() if source.record.name == name), None)
        if source is None:
            self._refuse(name, f'There is no source "{name}".')
        else:
            await self._take(source, given=name)

    def remove(self, name: str) -> None:
        """Drop a source that `index PATH` registered."""
        names = [source.record.name for source in self._known.values()]
        if any(source.record.name == name and source.record.configured for source in self._known.values()):
            fix = f"remove its [[source]] table there, then run {self._settings.command} index."
            self._refuse(name, f'"{name}" is a source of {self._settings.file}: {fix}')
        elif name not in self._recorded:
            there_are = f"there are {', '.join(names)}" if names else "there are none"
            self._refuse(name, f'There is no source "{name}": {there_are}.')
        else:
            self.dropped.append(name)

    async def _take(self, source: DocumentSource, *, given: object) -> None:
        record = source.record
        if source in self.sources:
            return
        if record.name in self.dropped:
            self._refuse(given, f'"{record.name}" is to be removed: index it in a run of its own.')
        elif not record.configured and (why_not := await self._would_reveal(record)):
            self._refuse(given, why_not)
        else:
            self._note_overlaps(record)
            self._known[record.path] = source
            self.sources.append(source)
            self.dropped += [former.name for former in self._left_over() if former.path == record.path]

    def _left_over(self) -> list[SourceRecord]:
        """Of what is no source any more, what this run does not drop yet."""
        return [record for record in self._gone if record.name not in self.dropped]

    def _refuse(self, what: object, error: str) -> None:
        self.errors.append(Failure(str(what), error))

    def _name(self, path: Path) -> str:
        taken = {source.record.name for source in self._known.values()} | self._recorded.keys()
        base = path.name.encode("utf-8", "replace").decode() or "root"
        names = [base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    async def _would_reveal(self, record: SourceRecord) -> str:
        """Why a source that every member may read must not have this path; empty if it may."""
        file, command = self._settings.file, self._settings.command
        for former in self._left_over():
            if former.configured and former.path not in self._known and _overlap(record, former):
                return (
                    f'{record.path} shares documents with "{former.name}", which {file} does not name any more: '
                    f"run {command} index first, which removes it, or put its [[source]] table back."
                )
        for other in self._known.values():
            if _overlap(record, other.record) and await _is_restricted(other, Path(record.path)):
                remove = f"{command} index --remove {record.name}"
                until_then = f" Until then, take it out: {remove}" if record.name in self._recorded else ""
                return (
                    f'{record.path} shares documents with the source "{other.record.name}" ({other.record.path}), '
                    f"which not every member may read, and under {record.name} they all could: "
                    f"add a [[source]] table with an audience for it to {file} instead.{until_then}"
                )
        return ""

    def _note_overlaps(self, record: SourceRecord) -> None:
        if record.path in self._known:
            return
        for other in (source.record for source in self._known.values() if _overlap(record, source.record)):
            note = (
                f'shares documents with the source "{other.name}" ({other.path}): they are indexed twice, and '
                f"under {record.name} everyone in the organisation may read them"
            )
            self.notes.append(Note(record.name, note))


def _overlap(record: SourceRecord, other: SourceRecord) -> bool:
    """Is one a part of the other? A source does not overlap with itself."""
    one, two = Path(record.path), Path(other.path)
    return record.name != other.name and (one.is_relative_to(two) or two.is_relative_to(one))


async def _is_restricted(source: DocumentSource, path: Path) -> bool:
    """Does it hold something at a path inside or around it that not every member may read?

    Where there is nothing yet, what the source says of itself decides.
    """
    try:
        found = (await source.scan()).found
    except SourceUnavailable:
        found = []
    root = Path(source.record.path)
    if path.is_relative_to(root):
        name = f"{source.record.name}/{path.relative_to(root).as_posix()}"
        found = [each for each in found if f"{each.id}/".startswith(f"{name}/")]
    audiences = [each.attributes.audience for each in found] or [source.record.audience]
    return any(audience.isdisjoint((MEMBERS, PUBLIC)) for audience in audiences)
