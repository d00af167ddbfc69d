"""`PassageIndex` and `Catalogue` in plain Python: what the real ones promise, as simply as can be."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from knowledge.errors import IndexUnavailable, RunInProgress
from knowledge.models import (
    DocumentRecord,
    FloatArray,
    Hit,
    IndexRow,
    Matches,
    Passage,
    Publication,
    Query,
    RunRecord,
    SourceRecord,
    Totals,
)

K1: Final = 1.2
B: Final = 0.75


class MemoryIndex:
    """`PassageIndex` and `Catalogue` in dictionaries. Nothing outlives the object."""

    def __init__(self) -> None:
        self._staged: dict[str, IndexRow] = {}
        self._published: dict[str, IndexRow] = {}
        self._sources: dict[str, SourceRecord] = {}
        self._documents: dict[str, DocumentRecord] = {}
        self._runs: dict[str, RunRecord] = {}
        self._generation = 0
        self._running = False

    async def search(self, query: Query) -> Matches:
        words = {name: Counter(row.terms.split(" ")) for name, row in self._published.items()}
        for counts in words.values():
            del counts[""]
        frequencies = {term: sum(term in counts for counts in words.values()) for term in query.terms}
        allowed = [name for name, row in self._published.items() if query.admits(row.passage.document)]
        scores = _bm25(words, frequencies)
        comparable = {
            name: _cosine(query.vector, self._published[name].vector)
            for name in allowed
            if self._published[name].vector.shape == query.vector.shape
        }
        by_words = sorted((name for name in allowed if scores[name] > 0), key=lambda name: -scores[name])
        by_vector = sorted(comparable, key=lambda name: -comparable[name])
        hits = [
            Hit(name, self._published[name].passage.document.id, comparable.get(name, 0.0), scores[name])
            for name in dict.fromkeys([*by_words[: query.limit], *by_vector[: query.limit]])
        ]
        return Matches(hits, frequencies, len(self._published))

    async def passages(self, ids: Sequence[str]) -> list[Passage]:
        return [self._published[each].passage for each in ids if each in self._published]

    async def document(self, id: str) -> list[Passage]:
        passages = [row.passage for row in self._published.values() if row.passage.document.id == id]
        return sorted(passages, key=lambda passage: passage.start)

    async def vectors(self, keys: Collection[str]) -> Mapping[str, FloatArray]:
        rows = [*self._published.values(), *self._staged.values()]
        return {row.vector_key: row.vector for row in rows if row.vector_key in keys}

    async def stage(self, rows: Sequence[IndexRow]) -> None:
        self._staged.update({row.passage.id: row for row in rows})

    async def publish(self, publication: Publication) -> None:
        fresh = {name: self._taken(name, each.record.id) for each in publication.replaced for name in each.passage_ids}
        replaced = {each.record.id for each in publication.replaced}
        dropped = {record.id for record in self._documents.values() if record.source in publication.dropped}
        deleted = dropped.union(publication.deleted)
        kept = {
            name: row for name, row in self._published.items() if row.passage.document.id not in replaced.union(deleted)
        }
        self._published = {**kept, **fresh}
        self._staged = {}
        for name in deleted:
            self._documents.pop(name, None)
        for name in publication.dropped:
            self._sources.pop(name, None)
            self._runs.pop(name, None)
        for record in (*(each.record for each in publication.replaced), *publication.recorded):
            self._documents[record.id] = record
        self._sources.update({source.name: source for source in publication.sources})
        self._runs.update({run.source: run for run in publication.runs})
        self._generation += 1

    def _taken(self, passage: str, document: str) -> IndexRow:
        row = self._staged.get(passage)
        if row is None or row.passage.document.id != document:
            raise IndexUnavailable(
                f"Nothing was published: a passage of {document} was not staged. Run `deskhand index` again."
            )
        return row

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        if self._running:
            raise RunInProgress("Another `deskhand index` is running on this index: wait until it is done.")
        self._running = True
        try:
            yield
        finally:
            self._running = False

    async def sources(self) -> list[SourceRecord]:
        return [self._sources[name] for name in sorted(self._sources)]

    async def documents(self, source: str) -> list[DocumentRecord]:
        return [record for _, record in sorted(self._documents.items()) if record.source == source]

    async def last_runs(self) -> Mapping[str, RunRecord]:
        return dict(self._runs)

    async def totals(self) -> Totals:
        documents = sum(record.error is None or record.passages > 0 for record in self._documents.values())
        return Totals(generation=self._generation, documents=documents, passages=len(self._published))

    async def fault(self) -> str:
        return ""

    async def close(self) -> None:
        """Nothing to let go of."""


def _cosine(one: FloatArray, other: FloatArray) -> float:
    return min(1.0, max(-1.0, float(one @ other)))


def _bm25(words: Mapping[str, Counter[str]], frequencies: Mapping[str, int]) -> dict[str, float]:
    """BM25 of every passage as FTS5 computes it: the weight of a word that most passages have is almost 0, never less.

    https://www.sqlite.org/fts5.html#the_bm25_function
    """
    average = sum(counts.total() for counts in words.values()) / max(len(words), 1)
    weights = {
        term: max(math.log((len(words) - count + 0.5) / (count + 0.5)), 1e-6) for term, count in frequencies.items()
    }
    return {
        name: math.fsum(
            weight * counts[term] * (K1 + 1) / (counts[term] + K1 * (1 - B + B * counts.total() / average))
            for term, weight in weights.items()
            if counts[term]
        )
        for name, counts in words.items()
    }
