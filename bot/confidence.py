"""How likely an answer is right: raw evidence -> features -> probability -> threshold.

A logistic regression on features that mean the same for every question (a fused score does not). Its weights come from
public question sets, fitted by `python -m tests.evals.fit`; they are not yet proven on yours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bot.models import Draft
from knowledge.models import Evidence, Passage, Retrieval
from knowledge.terms import terms, words

SHIPPED_THRESHOLD = 0.5
"""From this confidence on an answer is given, until an organisation's own labels say better.

On seven public sets, mixed equally, three in four of the answers given were right then.
"""

WEIGHTS: Mapping[str, float] = {
    "similarity": 3.177,
    "cosine": 1.7,
    "margin": 0.75,
    "agreement": 0.666,
    "missing": -1.195,
}
BIAS = -2.526
FIXED: Mapping[str, float] = {"unfamiliar": -12.0}
"""Weights set by hand, because labelled sets hold no such questions: in another language, or of no sense."""

_FAMILIAR = 0.35
"""Share of a question's words that the documents may lack without being in another language. Of the questions of seven
public sets that were answered right, one in a thousand had more; of questions in German, French or Spanish, nearly all.
"""


def confidence(question: str, retrieval: Retrieval, draft: Draft) -> float:
    """The probability, 0..1, that the draft answers the question; 0 without quotes."""
    if not draft.quotes:
        return 0.0
    found = features(question, retrieval, draft)
    weights = {**WEIGHTS, **FIXED}
    return 1 / (1 + math.exp(-(BIAS + sum(weight * found[name] for name, weight in weights.items()))))


def features(question: str, retrieval: Retrieval, draft: Draft) -> dict[str, float]:
    """What confidence is made of, about 0..1 each. The draft must have quotes.

    Of the best quote and its passage: `similarity` and `cosine` with the question, `margin` of that cosine over the
    best passage of another document, `agreement` of the best by words and the best by vector on its document,
    `missing`, the share of the question's terms that the passage lacks, and `unfamiliar`, how far beyond a third of
    the question's words no document found knows.
    """
    chosen = draft.citations[0].passage
    document = chosen.document.id
    cosine = next(found.cosine for found in retrieval.evidence if found.passage.id == chosen.id)
    others = [found.cosine for found in retrieval.evidence if found.passage.document.id != document]
    by_vector = max(retrieval.evidence, key=lambda found: found.cosine).passage.document.id
    by_words = max(retrieval.evidence, key=lambda found: found.bm25).passage.document.id
    missing = retrieval.weights.keys() - _terms(chosen)
    return {
        "similarity": draft.similarity,
        "cosine": cosine,
        "margin": cosine - max(others, default=0.0),
        "agreement": float(by_vector == by_words == document),
        "missing": len(missing) / max(1, len(retrieval.weights)),
        "unfamiliar": _unfamiliar(question, missing, retrieval.evidence),
    }


def _unfamiliar(question: str, missing: set[str], evidence: Sequence[Evidence]) -> float:
    """How far the share of the question's words that no evidence has exceeds what is usual."""
    asked = max(1, len(set(words(question))))
    for found in evidence:
        if len(missing) / asked <= _FAMILIAR:
            return 0.0
        missing = missing - _terms(found.passage)
    return max(0.0, len(missing) / asked - _FAMILIAR)


def _terms(passage: Passage) -> set[str]:
    return set(terms("\n".join([passage.document.title, *passage.heading_path, passage.text])))
