"""Hybrid search: words and meaning, one ranking for every index.

The index gives raw BM25 and cosine for the best of both. Each is scaled to 0..1 over the hits of the question and
the two are averaged ("relative score fusion"); a document with more than one good passage gains a little, and so does a
recent one. The result orders evidence; what a score means as confidence is for the raw values to say.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from knowledge.models import Evidence, Hit, Matches, Passage, Query, Retrieval
from knowledge.ports import Embedder, PassageIndex
from knowledge.terms import query_terms

_ALPHA = 0.5
"""Weight of the cosine; the rest is BM25's."""
_SECOND, _THIRD = 0.08, 0.04
"""How much of the score of its second and third best passage a document gains."""
_RECENT = 0.03
"""What a document of today gains over an old one; it halves every year."""
_MOST_TERMS = 64
_MOST_PASSAGES = 50


class Retriever:
    """Finds evidence for questions."""

    def __init__(self, *, index: PassageIndex, embedder: Embedder) -> None:
        self._index = index
        self._embedder = embedder

    async def search(
        self,
        question: str,
        *,
        groups: frozenset[str],
        today: date,
        collections: frozenset[str] | None = None,
    ) -> Retrieval:
        """The best passages that `groups` may read and that count on `today`, at most 50.

        Raises IndexUnavailable and EmbedderUnavailable.
        """
        terms = query_terms(question)[:_MOST_TERMS]
        vector = (await self._embedder.embed([question]))[0]
        matches = await self._index.search(
            Query(terms=terms, vector=vector, groups=groups, today=today, collections=collections)
        )
        ranked = _fuse(matches.hits)[:_MOST_PASSAGES]
        passages = {p.id: p for p in await self._index.passages([hit.passage_id for hit, _ in ranked])}
        evidence = [
            Evidence(passages[hit.passage_id], hit.cosine, hit.bm25, score + _recency(passages[hit.passage_id], today))
            for hit, score in ranked
            if hit.passage_id in passages
        ]
        evidence.sort(key=lambda found: -found.score)
        return Retrieval(evidence=evidence, vector=vector, weights=_weights(terms, matches))


def best_documents(evidence: Sequence[Evidence], *, most: int) -> list[Evidence]:
    """The best passage of each of the `most` best documents."""
    first: dict[str, Evidence] = {}
    for found in evidence:
        first.setdefault(found.passage.document.id, found)
    return list(first.values())[:most]


def _fuse(hits: Sequence[Hit]) -> list[tuple[Hit, float]]:
    if not hits:
        return []
    cosine = _scaled(np.array([hit.cosine for hit in hits]))
    bm25 = _scaled(np.array([hit.bm25 for hit in hits]))
    scores = _ALPHA * cosine + (1 - _ALPHA) * bm25
    order = np.argsort(-scores, kind="stable")
    of_document: dict[str, list[float]] = defaultdict(list)
    for i in order:
        of_document[hits[i].document_id].append(float(scores[i]))
    gains = {document: _SECOND * sum(found[1:2]) + _THIRD * sum(found[2:3]) for document, found in of_document.items()}
    fused = [(hits[i], float(scores[i]) + gains[hits[i].document_id]) for i in order]
    return sorted(fused, key=lambda pair: -pair[1])


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = np.ptp(values)
    return (values - values.min()) / spread if spread > 0 else np.zeros_like(values)


def _recency(passage: Passage, today: date) -> float:
    updated = passage.document.updated
    if updated is None:
        return 0.0
    years = max(0, (today - updated).days) / 365.25
    return float(_RECENT * 0.5**years)


def _weights(terms: Sequence[str], matches: Matches) -> Mapping[str, float]:
    """Inverse document frequency, ln(1 + (N - n + .5) / (n + .5))."""
    counts = {term: matches.frequencies.get(term, 0) for term in terms}
    return {term: math.log(1 + (matches.passages - n + 0.5) / (n + 0.5)) for term, n in counts.items()}
