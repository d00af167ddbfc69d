"""SqliteIndex: the ports."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.sqlite_index import catalogue, writing
from adapters.sqlite_index.database import errors_explained, make_folder
from adapters.sqlite_index.threads import ReadingThread, WritingThread
from knowledge.errors import RunInProgress
from knowledge.models import (
    DocumentRecord,
    FloatArray,
    IndexRow,
    Matches,
    Passage,
    Publication,
    Query,
    RunRecord,
    SourceRecord,
    Totals,
)


class SqliteIndex:
    """`PassageIndex` and `Catalogue` in the SQLite file at `path`, shared with other processes.

    The file, and its folder if need be, are made by the first write; before it, the index is empty. A file
    that was moved away or replaced is noticed at the next call. Close it when done; then it is of no use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Two connections, so that searches go on while this process publishes. Everything goes to their threads,
        # also what takes microseconds (the way there and back costs some 60): any read may have to wait for the
        # disk, and the first search loads all vectors.
        self._reading = ReadingThread(path)
        self._writing = WritingThread(path)

    async def search(self, query: Query) -> Matches:
        empty = Matches((), dict.fromkeys(query.terms, 0), 0)
        return await self._reading.search(lambda reader: reader.search(query), empty=empty)

    async def passages(self, ids: Sequence[str]) -> list[Passage]:
        return await self._reading.search(lambda reader: reader.passages(ids), empty=[])

    async def document(self, id: str) -> list[Passage]:
        return await self._reading.search(lambda reader: reader.document(id), empty=[])

    async def vectors(self, keys: Collection[str]) -> Mapping[str, FloatArray]:
        return await self._reading.search(lambda reader: reader.vectors(keys), empty={})

    async def stage(self, rows: Sequence[IndexRow]) -> None:
        await self._writing.write(lambda connection: writing.stage(connection, rows))

    async def publish(self, publication: Publication) -> None:
        await self._writing.write(lambda connection: writing.publish(connection, publication), tidy=True)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        lock = self._path.with_name(f"{self._path.name}.lock")
        with errors_explained(self._path):
            make_folder(self._path)
            held = os.open(lock, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as exc:
                raise RunInProgress(
                    "Another `deskhand index` is running on this index: wait until it is done."
                ) from exc
            yield
        finally:
            os.close(held)

    async def sources(self) -> list[SourceRecord]:
        return await self._reading.read(catalogue.sources, empty=[])

    async def documents(self, source: str) -> list[DocumentRecord]:
        return await self._reading.read(lambda connection: catalogue.documents(connection, source), empty=[])

    async def last_runs(self) -> Mapping[str, RunRecord]:
        return await self._reading.read(catalogue.last_runs, empty={})

    async def totals(self) -> Totals:
        return await self._reading.read(catalogue.totals, empty=Totals(0, 0, 0))

    async def fault(self) -> str:
        found = await self._reading.read(catalogue.fault, empty="")
        return f"The index {self._path} is damaged: {found}" if found else ""

    async def close(self) -> None:
        await asyncio.gather(self._reading.close(), self._writing.close())
