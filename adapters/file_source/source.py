"""A folder or a file as a source of documents."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, date, datetime
from pathlib import PurePosixPath
from typing import Any

from adapters.file_source.cleaning import one_line
from adapters.file_source.content import Unreadable
from adapters.file_source.folder import Folder, Opened
from adapters.file_source.front_matter import check_fields
from adapters.file_source.settings import FileSourceSettings
from adapters.file_source.workers import Worker
from knowledge.models import Block, Document, Failure, Found, Loaded, Note, Scan, SourceRecord

_RECIPE = "files/2"
"""Change it whenever a reader would make other blocks of the same bytes."""


class FileSource:
    """Implements `DocumentSource`. Reader processes live as long as one `load`, so load many at a time."""

    def __init__(self, settings: FileSourceSettings) -> None:
        self._settings = settings
        self._folder = Folder(settings)

    @property
    def record(self) -> SourceRecord:
        settings = self._settings
        return SourceRecord(
            name=settings.name,
            path=str(settings.path.resolve()),
            kind=settings.kind,
            audience=settings.audience,
            collection=settings.collection or settings.name,
            owner=settings.owner,
        )

    @property
    def recipe(self) -> str:
        return _RECIPE

    async def scan(self) -> Scan:
        return await asyncio.to_thread(self._folder.scan)

    async def digest(self, found: Found) -> str:
        try:
            opened = await asyncio.to_thread(self._folder.read, found.id)
        except Unreadable:
            return ""
        return _hash(opened)

    async def load(self, found: Sequence[Found]) -> AsyncGenerator[Loaded | Failure]:
        waiting = iter(found)
        workers = [Worker(self._settings.limits) for _ in found[: self._settings.workers]]
        running: dict[asyncio.Task[Loaded | Failure], Worker] = {}

        def start(worker: Worker) -> None:
            if item := next(waiting, None):
                running[asyncio.create_task(self._load(item, worker=worker))] = worker

        try:
            for worker in workers:
                start(worker)
            while running:
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    start(running.pop(task))
                    yield task.result()
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await asyncio.gather(*(worker.close() for worker in workers))

    async def _load(self, found: Found, *, worker: Worker) -> Loaded | Failure:
        try:
            opened = await asyncio.to_thread(self._folder.read, found.id)
            reply = await worker.read(opened.data, suffix=opened.path.suffix.lower())
        except Unreadable as exc:
            return Failure(found.id, f"{found.id} {exc}")
        return _loaded(found, opened=opened, reply=reply, source=self._settings.name)


def _loaded(found: Found, *, opened: Opened, reply: dict[str, Any], source: str) -> Loaded:
    fields = check_fields(reply["fields"])
    blocks = [
        Block(kind, text, level, page, tuple(tuple(row) for row in rows))
        for kind, text, level, page, rows in reply["parts"]
    ]
    title = fields.title or one_line(reply["title"] or "") or humanised(found.id)
    document = Document(
        id=found.id,
        source=source,
        uri=opened.path.as_uri(),
        title=title[:300],
        kind=found.attributes.kind,
        audience=found.attributes.audience,
        collection=found.attributes.collection,
        content_hash=_hash(opened),
        owner=fields.owner or found.attributes.owner,
        language=fields.language or one_line(reply["language"] or "")[:35] or None,
        updated=fields.updated or _day(opened.modified),
        effective=fields.effective,
        expires=fields.expires,
    )
    notes = [*reply["notes"], *fields.notes]
    if not blocks and not reply["notes"]:
        notes.append("is empty: there is nothing to index in it")
    return Loaded(document, blocks, [Note(found.id, note) for note in notes])


def humanised(path: str) -> str:
    """`policies/annual_leave-2024.pdf` -> `Annual leave 2024`."""
    words = one_line(PurePosixPath(path).stem.replace("_", " ").replace("-", " ")) or path
    return words[:1].upper() + words[1:]


def _hash(opened: Opened) -> str:
    return hashlib.sha256(opened.data).hexdigest()


def _day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()
