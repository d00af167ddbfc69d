"""An index with a few documents that are not published: what would be found if they were.

The base is only read, so its scores stay as they are. The added passages are scored with the base's statistics: how
many passages have a word, how long passages are. Only a word that the base lacks counts by the added ones.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from knowledge.errors import IndexUnavailable
from knowledge.models import FloatArray, Hit, IndexRow, Loaded, Matches, Passage, Publication, Query
from knowledge.ports import Embedder, PassageIndex
from knowledge.splitter import indexed_text, split
from knowledge.terms import terms

_K1: Final = 1.2
_B: Final = 0.75
_LEAST_WEIGHT: Final = 1e-6


async def unpublished(loaded: Loaded, *, embedder: Embedder) -> list[IndexRow]:
    """The rows that indexing a document would make. Raises EmbedderUnavailable."""
    passages = await asyncio.to_thread(
        split, loaded.document, loaded.blocks, count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens
    )
    texts = [indexed_text(passage) for passage in passages]
    vectors = await embedder.embed(texts)
    return [
        IndexRow(passage, " ".join(terms(text)), vector, f"unpublished {passage.id}")
        for passage, text, vector in zip(passages, texts, vectors, strict=True)
    ]


class OverlayIndex:
    """Implements `PassageIndex`, to read only: `base` as if the documents of `rows` had been published.

    What the base holds of these documents, and of those named in `without`, is not found. Meant for a few dozen rows:
    each search looks at all of them.
    """

    def __init__(self, base: PassageIndex, rows: Sequence[IndexRow], *, without: Collection[str] = ()) -> None:
        self._base = base
        self._rows = {row.passage.id: row for row in rows}
        self._words = {id: Counter(row.terms.split()) for id, row in self._rows.items()}
        self._hidden = frozenset(without).union(row.passage.document.id for row in rows)
        self._lengths: dict[str, int] = {}

    async def search(self, query: Query) -> Matches:
        found = await self._base.search(query)
        size = max(found.passages, len(self._rows))
        frequencies = {term: found.frequencies.get(term, 0) or self._holding(term) for term in query.terms}
        allowed = [id for id, row in self._rows.items() if query.admits(row.passage.document)]
        scores = await self._bm25(allowed, frequencies, size=size, beside=found.hits)
        added = [
            Hit(id, row.passage.document.id, _cosine(query.vector, row.vector), scores[id])
            for id, row in ((id, self._rows[id]) for id in allowed)
        ]
        hits = [*(hit for hit in found.hits if hit.document_id not in self._hidden), *added]
        return Matches(_best(hits, limit=query.limit), frequencies, size)

    async def passages(self, ids: Sequence[str]) -> list[Passage]:
        base = await self._base.passages([id for id in ids if id not in self._rows])
        found = {passage.id: passage for passage in base if passage.document.id not in self._hidden}
        found |= {id: self._rows[id].passage for id in ids if id in self._rows}
        return [found[id] for id in ids if id in found]

    async def document(self, id: str) -> list[Passage]:
        own = [row.passage for row in self._rows.values() if row.passage.document.id == id]
        return own if id in self._hidden else await self._base.document(id)

    async def vectors(self, keys: Collection[str]) -> Mapping[str, FloatArray]:
        own = {row.vector_key: row.vector for row in self._rows.values() if row.vector_key in keys}
        return {**await self._base.vectors(keys), **own}

    async def stage(self, rows: Sequence[IndexRow]) -> None:
        raise IndexUnavailable("This is a preview of an index: nothing can be stored in it.")

    async def publish(self, publication: Publication) -> None:
        raise IndexUnavailable("This is a preview of an index: nothing can be published in it.")

    async def fault(self) -> str:
        return await self._base.fault()

    async def close(self) -> None:
        """The base stays open: it belongs to others."""

    def _holding(self, term: str) -> int:
        return sum(term in words for words in self._words.values())

    async def _bm25(
        self, ids: Sequence[str], frequencies: Mapping[str, int], *, size: int, beside: Sequence[Hit]
    ) -> Mapping[str, float]:
        """As FTS5 computes it: https://www.sqlite.org/fts5.html#the_bm25_function."""
        weights = {
            term: max(math.log((size - count + 0.5) / (count + 0.5)), _LEAST_WEIGHT)
            for term, count in frequencies.items()
        }
        if not any(self._words[id].keys() & weights.keys() for id in ids):
            return dict.fromkeys(ids, 0.0)
        average = await self._average_length(beside)
        scores: dict[str, float] = {}
        for id in ids:
            counts = self._words[id]
            damping = _K1 * (1 - _B + _B * counts.total() / average)
            scores[id] = math.fsum(
                weight * counts[term] * (_K1 + 1) / (counts[term] + damping)
                for term, weight in weights.items()
                if counts[term]
            )
        return scores

    async def _average_length(self, hits: Sequence[Hit]) -> float:
        """Words of a passage. No index says it, so those that were found speak for all."""
        unknown = [hit.passage_id for hit in hits if hit.passage_id not in self._lengths]
        for passage in await self._base.passages(unknown):
            self._lengths[passage.id] = len(terms(indexed_text(passage)))
        lengths = [self._lengths[hit.passage_id] for hit in hits if hit.passage_id in self._lengths]
        lengths = lengths or [counts.total() for counts in self._words.values()]
        return max(1.0, sum(lengths) / len(lengths))


def _best(hits: Sequence[Hit], *, limit: int) -> list[Hit]:
    """What one index of all of it would give: the best by words and the best by vector."""
    by_words = sorted((hit for hit in hits if hit.bm25 > 0), key=lambda hit: -hit.bm25)[:limit]
    by_vector = sorted(hits, key=lambda hit: -hit.cosine)[:limit]
    return list({hit.passage_id: hit for hit in (*by_words, *by_vector)}.values())


def _cosine(one: FloatArray, other: FloatArray) -> float:
    return min(1.0, max(-1.0, float(one @ other))) if one.shape == other.shape else 0.0
