"""What those who run the bot ask of it: which sources to index, what is published, what works and what does not."""

from __future__ import annotations

import asyncio
import platform
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from bot.settings import Settings
from knowledge.errors import EmbedderUnavailable, KnowledgeError, SourceUnavailable
from knowledge.models import DocumentRecord, Failure, Found, Loaded, Note, Scan, SourceRecord
from knowledge.ports import Catalogue, DocumentSource, Embedder

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What is published of a source. `errors` are the documents that could not be read, and why."""

    record: SourceRecord
    documents: int
    passages: int
    last_run: datetime | None
    errors: Sequence[DocumentRecord]


@dataclass(frozen=True, slots=True)
class Status:
    """What is published now."""

    documents: int
    passages: int
    generation: int
    embedder: str
    sources: Sequence[SourceStatus]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `fix` says what to do unless it is ok."""

    name: str
    state: State
    message: str
    fix: str = ""


async def status(catalogue: Catalogue, *, sources: Sequence[DocumentSource], embedder: str) -> Status:
    totals = await catalogue.totals()
    runs = await catalogue.last_runs()
    rows = []
    for record in (source.record for source in sources):
        documents = await catalogue.documents(record.name)
        rows.append(
            SourceStatus(
                record=record,
                documents=sum(document.error is None or document.passages > 0 for document in documents),
                passages=sum(document.passages for document in documents),
                last_run=runs[record.name].finished if record.name in runs else None,
                errors=[document for document in documents if document.error],
            )
        )
    return Status(totals.documents, totals.passages, totals.generation, embedder, rows)


class Chosen:
    """The sources for the paths of one `index` command, known and new, each once."""

    def __init__(self, known: Sequence[DocumentSource], *, make: Callable[[Mapping[str, Any]], DocumentSource]) -> None:
        """`make` makes the source for a table as in deskhand.toml."""
        self.sources: list[DocumentSource] = []
        self.errors: list[Failure] = []
        self.notes: list[Note] = []
        self._make = make
        self._known = {source.record.path: source for source in known}

    def add(self, given: Path) -> None:
        """A path that cannot be a source becomes an error."""
        try:
            path = given.expanduser().resolve(strict=True)
        except FileNotFoundError:
            self.errors.append(Failure(str(given), f"{given} does not exist: check the path."))
            return
        except (OSError, RuntimeError) as exc:
            self.errors.append(Failure(str(given), f"{given} cannot be opened ({exc}): check the path."))
            return
        source = self._known.get(str(path))
        if source is None and (other := self._same_file_name(path)):
            error = (
                f"{given} has the same name as {other}, which is indexed already, and a single file is known by its "
                "name: rename it, or index its folder."
            )
            self.errors.append(Failure(str(given), error))
            return
        if source is None:
            source = self._make({"name": self._name(path), "path": str(path)})
            self._note_overlap(source.record)
            self._known[str(path)] = source
        if source not in self.sources:
            self.sources.append(source)

    def _same_file_name(self, path: Path) -> Path | None:
        others = [other for other in map(Path, self._known) if other.name == path.name and not other.is_dir()]
        return others[0] if others and path.is_file() else None

    def _name(self, path: Path) -> str:
        taken = {source.record.name for source in self._known.values()}
        base = path.name.encode("utf-8", "replace").decode() or "root"
        names = [base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    def _note_overlap(self, record: SourceRecord) -> None:
        for other in (source.record for source in self._known.values()):
            one, two = Path(record.path), Path(other.path)
            if one.is_relative_to(two) or two.is_relative_to(one):
                note = (
                    f'shares documents with the source "{other.name}" ({other.path}): they are indexed twice, and '
                    f"under {record.name} everyone in the organisation may read them"
                )
                self.notes.append(Note(record.name, note))


class Emptied:
    """Implements `DocumentSource`: holds nothing any more, so that indexing it removes its documents.

    In the catalogue it stays as a source without a path, which nobody looks at again.
    """

    def __init__(self, record: SourceRecord) -> None:
        self.record = replace(record, path="")
        self.recipe = ""

    async def scan(self) -> Scan:
        return Scan([])

    async def digest(self, found: Found) -> str:
        return ""

    async def load(self, found: Sequence[Found]) -> AsyncIterator[Loaded | Failure]:
        for each in found:
            yield Failure(each.id, f"{each.id} is gone")


async def check_index(catalogue: Catalogue, *, file: Path, settings: Settings) -> list[Check]:
    """Can the index file be opened, is it whole, is there something in it?"""
    index = f"{settings.command} index PATH"
    again = f"run {index} for every folder that deskhand.toml does not name"
    try:
        totals = await catalogue.totals()
        fault = await asyncio.to_thread(_fault, file)
    except KnowledgeError as exc:
        return [Check("index", "failed", str(exc), f"afterwards {again}")]
    if fault:
        return [Check("index", "failed", f"{file} is damaged: {fault}", f"move it away; {again}")]
    if not totals.generation:
        return [Check("index", "warning", "nothing is indexed yet", f"run {index}")]
    if not totals.passages:
        return [Check("index", "warning", "it is empty: there was no text to index", f"run {index}")]
    what = (
        f"{totals.documents:,} documents, {totals.passages:,} passages, generation {totals.generation}, file is whole"
    )
    return [Check("index", "ok", what)]


def _fault(file: Path) -> str:
    if not file.exists():
        return ""
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as exc:
        return str(exc)
    return "" if found == "ok" else str(found)


async def check_sources(sources: Sequence[DocumentSource], status: Status | None, *, settings: Settings) -> list[Check]:
    """Can each source be listed, and is it indexed as it is configured? `status` is None if the index does not open."""
    if not sources and status is None:
        return []  # those that `index PATH` registered are in the index
    if not sources:
        fix = f"run {settings.command} index PATH, or add a [[source]] to {settings.file}"
        return [Check("sources", "warning", "there are none", fix)]
    indexed = {row.record.name: row for row in status.sources} if status else {}
    return [await _check_source(source, indexed.get(source.record.name), settings=settings) for source in sources]


async def _check_source(source: DocumentSource, row: SourceStatus | None, *, settings: Settings) -> Check:
    record = source.record
    name = f"source {record.name}"
    again = f"run {settings.command} index {record.path}"
    try:
        scan = await source.scan()
    except SourceUnavailable as exc:
        return Check(name, "failed", str(exc), "correct the path, or put the folder back")
    failures = [*scan.failures, *(Failure(each.id, each.error or "") for each in (row.errors if row else ()))]
    if failures:
        more = f" (and {len(failures) - 1} more)" if failures[1:] else ""
        return Check(name, "warning", failures[0].error + more, "correct the files; " + again)
    if not scan.found:
        return Check(name, "warning", f"{record.path} holds no document that can be read", "add documents; " + again)
    if row is None or row.last_run is None:
        return Check(name, "warning", f"{_count(len(scan.found), 'document')}, not indexed yet", again)
    return Check(name, "ok", f"{_count(len(scan.found), 'document')} in {record.path}")


async def check_settings_applied(
    catalogue: Catalogue, configured: Sequence[DocumentSource], *, settings: Settings
) -> list[Check]:
    """Is what deskhand.toml says of its sources also what is indexed?"""
    indexed = {record.name: record for record in await catalogue.sources()}
    stale = [
        source.record.name
        for source in configured
        if source.record.name in indexed and source.record != indexed[source.record.name]
    ]
    if not stale:
        return []
    message = f"deskhand.toml now says otherwise than the index of {', '.join(stale)}"
    return [Check("settings applied", "warning", message, f"run {settings.command} index")]


async def check_embedder(make: Callable[[], Embedder]) -> Check:
    try:
        embedder = make()
        (vector,) = await embedder.embed(["How many days of annual leave do I have?"])
    except EmbedderUnavailable as exc:
        return Check("embedder", "failed", str(exc), "install Deskhand again")
    return Check("embedder", "ok", f"{embedder.name} works, {len(vector)} dimensions; it is an English model")


def check_home(settings: Settings) -> list[Check]:
    there = settings.file.exists()
    file = f"{settings.file} is in order" if there else "there is no deskhand.toml, which is fine: all has defaults"
    checks = [Check("settings", "ok", file)]
    home = settings.home
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        # Permissions alone do not tell: the file system may be read-only, or no place for files.
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as exc:
        fix = "allow writing there, or give another folder with --home"
        checks.append(Check("home", "failed", f"{nearest} cannot be written ({exc.strerror})", fix))
    else:
        checks.append(Check("home", "ok", f"{home} can be written" if home.exists() else f"{home} will be made"))
    return checks


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def check_threshold(threshold: float, *, shipped: bool) -> Check:
    whose = "shipped" if shipped else "your own"
    return Check("threshold", "ok", f"{threshold:.2f}, {whose}, not yet proven on your questions")


def check_platform() -> Check:
    return Check("platform", "ok", f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
