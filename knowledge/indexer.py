"""What changed in the sources since the last run, and how it becomes searchable.

    scan -> compare with the catalogue -> load -> split -> embed -> stage -> publish

Nothing is visible before `publish`, and everything is after it. Vectors that were made once, also by a run that was
killed, are not made again.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from knowledge.errors import SourceUnavailable
from knowledge.models import (
    DocumentRecord,
    Failure,
    Found,
    IndexRow,
    Loaded,
    Passage,
    Publication,
    Replacement,
    Report,
    RunRecord,
    Scan,
)
from knowledge.ports import Catalogue, DocumentSource, Embedder, PassageIndex
from knowledge.splitter import indexed_text, split
from knowledge.terms import terms

_RECIPE = "2"
"""Change it whenever `splitter`, `sentences` or `terms` would make something else of the same document."""
_BATCH = 16
_BATCHES_AT_ONCE = 2
"""While one is stored, another keeps the processors busy."""

Progress = Callable[[int, int], None]
"""Called with the number of documents done and to do."""


@dataclass(slots=True)
class _Plan:
    """One source compared with what the catalogue knows of it, and what became of it so far."""

    source: DocumentSource
    recipe: str
    known: dict[str, DocumentRecord]
    to_load: dict[str, Found] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    replaced: list[Replacement] = field(default_factory=list)
    recorded: list[DocumentRecord] = field(default_factory=list)

    def count(self, document: str) -> None:
        known = self.known.get(document)
        read_before = known is not None and bool(known.content_hash)
        (self.report.changed if read_before else self.report.added).append(document)

    def failed(self, failure: Failure) -> None:
        """Keep the passages of the version before, unless other people may read them now or they are made otherwise."""
        self.report.errors.append(failure)
        known, found = self.known.get(failure.document), self.to_load.get(failure.document)
        attributes = failure.attributes or (found.attributes if found else None)
        if known and known.recipe == self.recipe and attributes in (None, known.attributes):
            self.recorded.append(replace(known, error=failure.error, stamp=""))
        elif attributes:
            record = DocumentRecord(
                id=failure.document,
                source=self.source.record.name,
                stamp="",
                content_hash="",
                attributes=attributes,
                recipe=self.recipe,
                error=failure.error,
            )
            self.replaced.append(Replacement(record, ()))


class Indexer:
    """Brings index and catalogue up to date with sources."""

    def __init__(self, *, index: PassageIndex, catalogue: Catalogue, embedder: Embedder) -> None:
        self._index = index
        self._catalogue = catalogue
        self._embedder = embedder

    async def preview(self, sources: Sequence[DocumentSource], *, dropped: Sequence[str] = ()) -> Report:
        """What `run` would do, as far as can be told without reading documents. Changes nothing."""
        started = time.monotonic()
        plans, errors = await self._plans(sources)
        for plan in plans:
            for document in plan.to_load:
                plan.count(document)
        return await self._report(plans, errors, gone=await self._documents_of(dropped), started=started)

    async def run(
        self,
        sources: Sequence[DocumentSource],
        *,
        dropped: Sequence[str] = (),
        progress: Progress = lambda done, of: None,
    ) -> Report:
        """Index what is new or changed, forget the sources named in `dropped`, and publish both at once.

        Raises SourceUnavailable if no source can be listed, RunInProgress, IndexUnavailable and EmbedderUnavailable:
        nothing is changed then. What is wrong with one document, or with one of several sources, is in the report.
        """
        started = time.monotonic()
        async with self._catalogue.run():
            plans, errors = await self._plans(sources)
            done, of = 0, sum(len(plan.to_load) for plan in plans)

            def tick() -> None:
                nonlocal done
                done += 1
                progress(done, of)

            progress(0, of)
            for plan in plans:
                await self._index_source(plan, tick)
            gone = await self._documents_of(dropped)
            await self._publish(plans, dropped=dropped, seconds=time.monotonic() - started)
            return await self._report(plans, errors, gone=gone, started=started)

    async def _documents_of(self, names: Sequence[str]) -> list[str]:
        return [record.id for name in names for record in await self._catalogue.documents(name)]

    async def _plans(self, sources: Sequence[DocumentSource]) -> tuple[list[_Plan], list[Failure]]:
        plans: list[_Plan] = []
        errors: list[Failure] = []
        for source in sources:
            try:
                scan = await source.scan()
            except SourceUnavailable as exc:
                errors.append(Failure(source.record.name, str(exc)))
                continue
            plans.append(await self._compare(source, scan))
        if errors and not plans:
            raise SourceUnavailable(" ".join(failure.error for failure in errors))
        return plans, errors

    async def _compare(self, source: DocumentSource, scan: Scan) -> _Plan:
        known = {record.id: record for record in await self._catalogue.documents(source.record.name)}
        recipe = f"{_RECIPE}|{source.recipe}|{self._embedder.name}"
        plan = _Plan(source, recipe, known)
        plan.report.notes.extend(scan.notes)
        for found in scan.found:
            record = known.get(found.id)
            same_reading = record and record.recipe == recipe and record.attributes == found.attributes
            if record and same_reading and record.stamp == found.stamp:
                plan.report.unchanged += 1
            elif record and same_reading and not record.error and await source.digest(found) == record.content_hash:
                plan.report.unchanged += 1
                plan.recorded.append(replace(record, stamp=found.stamp))
            else:
                plan.to_load[found.id] = found
        for failure in scan.failures:
            plan.failed(failure)
        present = {found.id for found in scan.found} | {failure.document for failure in scan.failures}
        unlisted = tuple(f"{failure.document}/" for failure in scan.failures)
        plan.report.deleted = [id for id in known if id not in present and not id.startswith(unlisted)]
        return plan

    async def _index_source(self, plan: _Plan, tick: Callable[[], None]) -> None:
        """Load, split, embed and stage all that is to be loaded, several batches at a time."""
        slots = asyncio.Semaphore(_BATCHES_AT_ONCE)
        waiting: list[Passage] = []

        async def store(passages: Sequence[Passage]) -> None:
            try:
                await self._stage(passages)
            finally:
                slots.release()

        async def flush(least: int) -> None:
            while len(waiting) >= least:
                await slots.acquire()
                tasks.create_task(store(waiting[:_BATCH]))
                del waiting[:_BATCH]

        try:
            async with asyncio.TaskGroup() as tasks:
                async with aclosing(plan.source.load(list(plan.to_load.values()))) as results:
                    async for loaded in results:
                        waiting.extend(await self._take(plan, loaded))
                        await flush(_BATCH)
                        tick()
                await flush(1)
        except BaseExceptionGroup as group:
            first = group.exceptions[0]
            raise first from first.__cause__

    async def _take(self, plan: _Plan, loaded: Loaded | Failure) -> Sequence[Passage]:
        if isinstance(loaded, Failure):
            plan.failed(loaded)
            return ()
        document = loaded.document
        found = plan.to_load[document.id]
        passages = await asyncio.to_thread(
            split,
            document,
            loaded.blocks,
            count_tokens=self._embedder.count_tokens,
            max_tokens=self._embedder.max_tokens,
        )
        plan.count(document.id)
        plan.report.notes.extend(loaded.notes)
        record = DocumentRecord(
            id=document.id,
            source=document.source,
            stamp=found.stamp,
            content_hash=document.content_hash,
            attributes=found.attributes,
            recipe=plan.recipe,
            title=document.title,
            passages=len(passages),
            notes=tuple(note.text for note in loaded.notes),
        )
        plan.replaced.append(Replacement(record, tuple(passage.id for passage in passages)))
        return passages

    async def _stage(self, passages: Sequence[Passage]) -> None:
        texts = [indexed_text(passage) for passage in passages]
        keys = [self._key(text) for text in texts]
        vectors = dict(await self._index.vectors(keys))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in vectors}
        vectors.update(zip(missing, await self._embedder.embed(list(missing.values())), strict=True))
        rows = [
            IndexRow(passage, " ".join(terms(text)), vectors[key], key)
            for passage, text, key in zip(passages, texts, keys, strict=True)
        ]
        await self._index.stage(rows)

    def _key(self, text: str) -> str:
        return hashlib.sha256(f"{self._embedder.name}\n{text}".encode()).hexdigest()

    async def _publish(self, plans: Sequence[_Plan], *, dropped: Sequence[str], seconds: float) -> None:
        finished = datetime.now(UTC)
        publication = Publication(
            sources=[plan.source.record for plan in plans],
            replaced=[replacement for plan in plans for replacement in plan.replaced],
            recorded=[record for plan in plans for record in plan.recorded],
            deleted=[document for plan in plans for document in plan.report.deleted],
            runs=[
                RunRecord(
                    source=plan.source.record.name,
                    finished=finished,
                    seconds=seconds,
                    added=len(plan.report.added),
                    changed=len(plan.report.changed),
                    deleted=len(plan.report.deleted),
                    unchanged=plan.report.unchanged,
                    errors=len(plan.report.errors),
                )
                for plan in plans
            ],
            dropped=dropped,
        )
        # One object may be both: then it publishes once, in one transaction.
        for part in {id(part): part for part in (self._index, self._catalogue)}.values():
            await part.publish(publication)

    async def _report(
        self, plans: Sequence[_Plan], errors: Sequence[Failure], *, gone: Sequence[str], started: float
    ) -> Report:
        totals = await self._catalogue.totals()
        whole = Report(errors=list(errors), documents=totals.documents, passages=totals.passages)
        for plan in plans:
            whole.added += plan.report.added
            whole.changed += plan.report.changed
            whole.deleted += plan.report.deleted
            whole.unchanged += plan.report.unchanged
            whole.notes += plan.report.notes
            whole.errors += plan.report.errors
        # A single file keeps its id when its source gets another name.
        whole.deleted += set(gone).difference(whole.added, whole.changed)
        for documents in (whole.added, whole.changed, whole.deleted):
            documents.sort()
        whole.seconds = time.monotonic() - started
        return whole
