"""Figures of merit as pure functions. Definitions: the evaluation sets' own README, standard sources named below.

A document's rank is that of its best passage; `ranked` lists distinct documents, best first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise
from math import ceil, log2

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

_WORD = re.compile(r"[^\W_]+")
_ROUNDING = 1e-9


def normalised(text: str) -> list[str]:
    """Lower-case words of letters and digits."""
    return _WORD.findall(text.lower())


def recall(ranked: Sequence[str], gold: Collection[str], *, at: int) -> float:
    """Share of the gold documents among the first `at`."""
    return len(set(ranked[:at]) & set(gold)) / len(gold)


def hit(ranked: Sequence[str], gold: Collection[str], *, at: int) -> float:
    """Whether any gold document is among the first `at`."""
    return float(not set(gold).isdisjoint(ranked[:at]))


def ndcg(ranked: Sequence[str], gold: Collection[str], *, at: int) -> float:
    """Sum of 1 / log2(rank + 1) over gold documents, divided by that of all gold documents first (Järvelin 2002)."""
    gained = sum(1 / log2(rank + 1) for rank, document in enumerate(ranked[:at], 1) if document in gold)
    return gained / sum(1 / log2(rank + 1) for rank in range(1, min(len(gold), at) + 1))


def mrr(ranked: Sequence[str], gold: Collection[str], *, at: int) -> float:
    """1 / rank of the first gold document, 0 beyond `at`."""
    return next((1 / rank for rank, document in enumerate(ranked[:at], 1) if document in gold), 0.0)


def contains(text: str, phrase: str) -> bool:
    """Whether the words of `phrase` stand in `text` one after the other; False for a phrase without words."""
    words = normalised(phrase)
    return bool(words) and f" {' '.join(words)} " in f" {' '.join(normalised(text))} "


def passage_matches(passage: str, span: str) -> bool:
    """Whether a passage has at least half of the span's word trigrams; contains it, if under four words."""
    words = normalised(span)
    if len(words) < 4:
        return contains(passage, span)
    wanted = _trigrams(words)
    return 2 * len(wanted & _trigrams(normalised(passage))) >= len(wanted)


def token_f1(text: str, answers: Sequence[str]) -> float:
    """Harmonic mean of word precision and recall (Rajpurkar 2016), best over the references."""
    return max((_f1(Counter(normalised(text)), Counter(normalised(answer))) for answer in answers), default=0.0)


def exact_match(text: str, answers: Sequence[str]) -> float:
    return float(any(normalised(text) == normalised(answer) for answer in answers))


def auroc(positive: ArrayLike, negative: ArrayLike) -> float:
    """The chance that a positive scores above a negative, ties counted half (Mann-Whitney); nan without both."""
    above, below = np.asarray(positive, dtype=float), np.sort(np.asarray(negative, dtype=float))
    if not above.size or not below.size:
        return float("nan")
    less = np.searchsorted(below, above, side="left")
    less_or_same = np.searchsorted(below, above, side="right")
    return float((less + less_or_same).sum() / (2 * above.size * below.size))


def risks(confidence: ArrayLike, right: ArrayLike) -> Floats:
    """The error rate among the k most confident, for k = 1..n; among equals, its expectation over their order."""
    scores, wrong = np.asarray(confidence, dtype=float), 1 - np.asarray(right, dtype=float)
    _, group = np.unique(-scores, return_inverse=True)
    expected = np.bincount(group, weights=wrong) / np.bincount(group)
    return np.asarray(np.cumsum(expected[np.sort(group)]) / np.arange(1, scores.size + 1))


def aurc(confidence: ArrayLike, right: ArrayLike) -> float:
    """Area under the risk-coverage curve (Geifman 2017): the mean of `risks`. Lower is better."""
    return float(risks(confidence, right).mean())


def error_at(confidence: ArrayLike, right: ArrayLike, *, coverage: float) -> float:
    """The error rate among the most confident `coverage` of all."""
    found = risks(confidence, right)
    return float(found[max(1, ceil(coverage * found.size - _ROUNDING)) - 1])


def coverage_at(confidence: ArrayLike, right: ArrayLike, *, error: float) -> float:
    """The largest share of the most confident whose error rate is at most `error`."""
    found = risks(confidence, right)
    within = np.flatnonzero(found <= error + _ROUNDING)
    return float((within[-1] + 1) / found.size) if within.size else 0.0


def ece(confidence: ArrayLike, right: ArrayLike, *, bins: int = 10) -> float:
    """Expected calibration error over bins of equal mass: mean |confidence - share right| (Naeini 2015)."""
    scores, correct = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, bins) if part.size]
    return float(sum(part.size * abs(scores[part].mean() - correct[part].mean()) for part in parts) / scores.size)


def bootstrap(
    differences: Sequence[ArrayLike], *, resamples: int = 4000, level: float = 0.95, seed: int = 20240607
) -> tuple[float, float]:
    """Percentile interval of the macro mean of paired differences (Efron 1979).

    `differences` holds, for each set, ours minus theirs of each question; questions are drawn again within their set.
    """
    random = np.random.default_rng(seed)
    means = np.zeros(resamples)
    for given in differences:
        values = np.asarray(given, dtype=float)
        means += values[random.integers(values.size, size=(resamples, values.size))].mean(axis=1)
    low, high = np.quantile(means / len(differences), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _trigrams(words: Sequence[str]) -> set[tuple[str, str, str]]:
    return {(first, second, third) for (first, second), (_, third) in pairwise(pairwise(words))}


def _f1(found: Counter[str], wanted: Counter[str]) -> float:
    same = (found & wanted).total()
    return 2 * same / (found.total() + wanted.total()) if same else 0.0
