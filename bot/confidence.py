"""How likely an answer is right: raw evidence -> features -> probability -> threshold.

A logistic regression on features that mean the same for every question (a fused score does not). `make fit` fits the
weights on labelled questions; the shipped ones come from public question sets and are not yet proven on yours.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from bot.models import Draft
from knowledge.models import Retrieval
from knowledge.terms import terms

SHIPPED_THRESHOLD = 0.5
"""From this confidence on an answer is given, until an organisation's own labels say better."""

WEIGHTS: Mapping[str, float] = {}
BIAS = 0.0

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_K1_PLUS_1 = 2.2


def confidence(question: str, retrieval: Retrieval, draft: Draft) -> float:
    """The probability, 0..1, that the draft answers the question; 0 without quotes."""
    if not draft.quotes:
        return 0.0
    found = features(question, retrieval, draft)
    return 1 / (1 + math.exp(-(BIAS + sum(weight * found[name] for name, weight in WEIGHTS.items()))))


def features(question: str, retrieval: Retrieval, draft: Draft) -> dict[str, float]:
    """What confidence is made of; each about 0..1. The draft must have quotes."""
    chosen = draft.citations[0].passage
    evidence = next(entry for entry in retrieval.evidence if entry.passage.id == chosen.id)
    others = [entry for entry in retrieval.evidence if entry.passage.document.id != chosen.document.id]
    total = sum(retrieval.weights.values()) or 1.0
    held = set(terms("\n".join([chosen.document.title, *chosen.heading_path, chosen.text])))
    missing = [weight for term, weight in retrieval.weights.items() if term not in held]
    best_cosine = max(retrieval.evidence, key=lambda entry: entry.cosine)
    best_bm25 = max(retrieval.evidence, key=lambda entry: entry.bm25)
    numbers = set(_NUMBER.findall(question))
    return {
        "cosine": evidence.cosine,
        "bm25": min(1.0, evidence.bm25 / (total * _K1_PLUS_1)),
        "similarity": draft.similarity,
        "overlap": draft.overlap,
        "coverage": 1 - sum(missing) / total,
        "rarest_missing": max(missing, default=0.0) / max(retrieval.weights.values(), default=1.0),
        "margin_cosine": evidence.cosine - max((entry.cosine for entry in others), default=0.0),
        "margin_bm25": (evidence.bm25 - max((entry.bm25 for entry in others), default=0.0)) / (total * _K1_PLUS_1),
        "agreement": float(best_cosine.passage.document.id == best_bm25.passage.document.id == chosen.document.id),
        "numbers_missing": float(bool(numbers - set(_NUMBER.findall(chosen.text)))),
        "length": min(1.0, len(retrieval.weights) / 12),
    }
