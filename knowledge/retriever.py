"""Hybrid search: words and meaning, one ranking for every index.

The index gives raw BM25 and cosine for the best of both. A passage scores the mean of its cosine and of its BM25 as
a share of what the question's words could give at most; so words count for little where no passage has many of them.
A document with more than one good passage gains a little, and so does a recent one. (Scaling both to 0..1 over the
hits of one question, as most hybrid search does, ranks colloquial questions worse: it makes the best of bad matches
look as good as a perfect one.)
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from knowledge.models import Document, Evidence, FloatArray, Hit, Matches, Query, Retrieval
from knowledge.ports import Embedder, PassageIndex
from knowledge.terms import query_terms

_ALPHA = 0.5
"""Weight of the cosine; the rest is BM25's."""
_K1 = 1.2
_SECOND, _THIRD = 0.08, 0.04
"""How much of the score of its second and third best passage a document gains."""
_RECENT = 0.02
"""What a document of today gains over an old one; it halves every year."""
_MOST_TERMS = 64
_MOST_PASSAGES = 50
_OF_EACH = 40
"""How many passages words and vectors contribute. With 50 one question in a thousand ranks otherwise."""


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
        vector: FloatArray | None = None,
    ) -> Retrieval:
        """The best passages that `groups` may read and that count on `today`, at most 50. `vector` is the question's.

        Raises IndexUnavailable and EmbedderUnavailable.
        """
        terms = query_terms(question)[:_MOST_TERMS]
        if vector is None:
            vector = (await self._embedder.embed([question]))[0]
        query = Query(terms=terms, vector=vector, groups=groups, today=today, collections=collections, limit=_OF_EACH)
        matches = await self._index.search(query)
        weights = _weights(terms, matches)
        ranked = _fuse(matches.hits, weights)[:_MOST_PASSAGES]
        found = await self._index.passages([hit.passage_id for hit, _ in ranked])
        # Looked at once more: since the search, a publication may have closed a document to these people.
        passages = {passage.id: passage for passage in found if query.admits(passage.document)}
        evidence = [
            Evidence(passage, hit.cosine, hit.bm25, score + _recency(passage.document, today))
            for hit, score in ranked
            if (passage := passages.get(hit.passage_id))
        ]
        evidence.sort(key=lambda found: -found.score)
        return Retrieval(evidence=evidence, vector=vector, weights=weights)


def best_documents(evidence: Sequence[Evidence], *, most: int) -> list[Evidence]:
    """The best passage of each of the `most` best documents."""
    first: dict[str, Evidence] = {}
    for found in evidence:
        first.setdefault(found.passage.document.id, found)
    return list(first.values())[:most]


def _fuse(hits: Sequence[Hit], weights: Mapping[str, float]) -> list[tuple[Hit, float]]:
    """Hits with their scores, best first."""
    most = (_K1 + 1) * sum(weights.values()) or 1.0
    scores = {hit: _ALPHA * hit.cosine + (1 - _ALPHA) * hit.bm25 / most for hit in hits}
    of_document: dict[str, list[float]] = defaultdict(list)
    for hit, score in sorted(scores.items(), key=lambda entry: -entry[1]):
        of_document[hit.document_id].append(max(score, 0.0))
    gains = {id: _SECOND * sum(found[1:2]) + _THIRD * sum(found[2:3]) for id, found in of_document.items()}
    fused = [(hit, score + gains[hit.document_id]) for hit, score in scores.items()]
    return sorted(fused, key=lambda entry: -entry[1])


def _recency(document: Document, today: date) -> float:
    if document.updated is None:
        return 0.0
    years = max(0, (today - document.updated).days) / 365.25
    return float(_RECENT * 0.5**years)


def _weights(terms: Sequence[str], matches: Matches) -> Mapping[str, float]:
    """Inverse document frequency, ln(1 + (N - n + .5) / (n + .5))."""
    counts = {term: matches.frequencies.get(term, 0) for term in terms}
    return {term: math.log(1 + (matches.passages - n + 0.5) / (n + 0.5)) for term, n in counts.items()}
