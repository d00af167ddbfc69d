"""A logistic regression on the features of confidence, and what it is worth on questions it has not seen."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.evals.asking import Asked

Floats = NDArray[np.float64]

STRENGTHS = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """The decidable questions of a set that had something to quote; a row of `rows` each."""

    name: str
    rows: Floats
    right: NDArray[np.bool_]
    answerable: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Weights:
    """For raw features: probability = 1 / (1 + exp(-(bias + row @ weights)))."""

    weights: Floats
    bias: float

    def scores(self, rows: Floats) -> Floats:
        return np.asarray(1 / (1 + np.exp(-(self.bias + rows @ self.weights))))


def with_fixed(weights: Weights, features: Sequence[str], fixed: Mapping[str, float]) -> Weights:
    """The weights with those of some features set by hand."""
    own = zip(features, weights.weights, strict=True)
    return Weights(np.array([fixed.get(name, float(weight)) for name, weight in own]), weights.bias)


def sample(name: str, asked: Iterable[Asked], features: Sequence[str]) -> Sample:
    found = [each for each in asked if each.labelled.decidable and each.features]
    return Sample(
        name,
        np.array([[each.features[feature] for feature in features] for each in found]).reshape(-1, len(features)),
        np.array([each.right for each in found], dtype=bool),
        np.array([each.labelled.answerable for each in found], dtype=bool),
    )


def fit(samples: Sequence[Sample], *, strength: float, used: Sequence[bool] | None = None) -> Weights:
    """L2 logistic regression of `right`, standardised inside, each set of equal weight; `strength` is its C.

    Features that are not `used` get the weight 0.
    """
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped,import-not-found,unused-ignore]

    rows = np.concatenate([each.rows for each in samples])
    right = np.concatenate([each.right for each in samples])
    share = np.concatenate([np.full(len(each.right), 1 / len(each.right)) for each in samples])
    share *= len(share) / share.sum()
    mean = np.average(rows, axis=0, weights=share)
    spread = np.sqrt(np.average((rows - mean) ** 2, axis=0, weights=share))
    spread[spread < 1e-9] = 1.0
    rows = rows * (1.0 if used is None else np.array(used, dtype=float))
    mean = mean * (1.0 if used is None else np.array(used, dtype=float))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = LogisticRegression(C=strength, max_iter=2000).fit((rows - mean) / spread, right, sample_weight=share)
    weights = model.coef_[0] / spread
    return Weights(weights, float(model.intercept_[0] - mean @ weights))


def loss(weights: Weights, given: Sample) -> float:
    """Mean negative log-likelihood."""
    scores = np.clip(weights.scores(given.rows), 1e-9, 1 - 1e-9)
    return float(-np.where(given.right, np.log(scores), np.log(1 - scores)).mean())


def best_strength(samples: Sequence[Sample], *, used: Sequence[bool] | None = None) -> float:
    """The C with the least mean loss when each set in turn is left out of the fit."""
    if len(samples) < 2:
        return 0.1
    losses = {
        strength: np.mean(
            [loss(fit(others, strength=strength, used=used), left) for left, others in leave_one_out(samples)]
        )
        for strength in STRENGTHS
    }
    return min(losses, key=lambda strength: float(losses[strength]))


def leave_one_out(samples: Sequence[Sample]) -> list[tuple[Sample, list[Sample]]]:
    return [(left, [other for other in samples if other is not left]) for left in samples]


def rounded(weights: Weights, features: Sequence[str]) -> tuple[Mapping[str, float], float]:
    """As they go into `bot/confidence.py`."""
    named = zip(features, weights.weights, strict=True)
    return {name: round(float(weight), 3) for name, weight in named}, round(weights.bias, 3)
