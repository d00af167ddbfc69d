"""Sorts messages by examples, and knows when a message is like none of them.

Kernel ridge regression (Saunders, Gammerman and Vovk, 1998) on 0/1 targets, one column a label. Two messages are alike
by the cosine of their embeddings and by the words and letter groups that they share. Far from all examples every score
goes to 0: that is what tells a message that belongs nowhere. Beyond 4,096 examples the Nystroem approximation is
used, with every so-manieth example as a landmark. Nothing is random: the same examples give the same classifier.
"""

from __future__ import annotations

import asyncio
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from knowledge.models import FloatArray
from knowledge.ports import Embedder
from knowledge.terms import words

_MOST: Final = 4096
"""Landmarks kept. On CLINC150 (15,000 examples) 4,096 of them do as well as all, and a message costs 0.5 ms."""
_GRAMS: Final = 1024
_SHARPNESS: Final = 2.5
_RIDGE: Final = 0.1
_NEAREST: Final = 0.2
"""How much the nearest example counts beside the score, in `inside`. Chosen on CLINC150's validation messages, as are
the sharpness, the ridge and the share of words."""
_TEMPERATURES: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 30.0)
_ALMOST_ALL: Final = 0.99


@dataclass(frozen=True, slots=True)
class Guess:
    """What a message most likely is."""

    label: str
    probability: float
    """Of this label, if it is one of the labels at all; calibrated on the examples, each scored without itself."""
    inside: float
    """About 0 for a message like no example of any label, about 1 for one of the examples; no probability."""
    probabilities: tuple[float, ...] = ()
    """Of all labels, in the classifier's order."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """All that a classifier has learnt: m landmarks, n labels. Numbers only, so that it can be kept in a file."""

    labels: tuple[str, ...]
    vectors: FloatArray
    """Of the landmarks, m x dimensions."""
    grams: FloatArray
    """Of the landmarks, m x `_GRAMS`, of unit length."""
    rarity: FloatArray
    """By which each of the `_GRAMS` groups counts."""
    weights: FloatArray
    """m x n."""
    lexical: float
    """Share of words in the likeness, 0..1; the rest is the embedding's."""
    temperature: float


class Classifier:
    """Sorts messages by examples. Classifying takes well under a millisecond, the embedding aside."""

    def __init__(self, fitted: Fitted) -> None:
        self.fitted = fitted
        # By groups first: a message has a hundred of them, and only their rows are read.
        self._by_gram = np.ascontiguousarray(fitted.grams.T)

    @classmethod
    async def fit(
        cls,
        examples: Mapping[str, Sequence[str]],
        *,
        embedder: Embedder,
        outside: Sequence[str] = (),
        lexical: float = 0.2,
    ) -> Classifier:
        """Learn labels by example. `outside` are messages that belong to none of them; none are needed.

        Raises EmbedderUnavailable; ValueError without any example.
        """
        texts = [text for given in examples.values() for text in given] + list(outside)
        labels = [label for label, given in examples.items() for _ in given] + [None] * len(outside)
        vectors = await embedder.embed(texts)
        return await asyncio.to_thread(cls.from_vectors, texts, labels=labels, vectors=vectors, lexical=lexical)

    @classmethod
    def from_vectors(
        cls,
        texts: Sequence[str],
        *,
        labels: Sequence[str | None],
        vectors: FloatArray,
        lexical: float = 0.2,
        most: int = _MOST,
    ) -> Classifier:
        """`fit` for texts whose embeddings are known; a text without a label is outside. At `most` landmarks are kept.

        15,000 texts take ten seconds and 1 GB, a thousand 0.2 s.
        """
        names = tuple(dict.fromkeys(label for label in labels if label is not None))
        if not names:
            raise ValueError("a classifier needs at least one example")
        rarity = _rarity(texts)
        grams = np.stack([_dense(text, rarity) for text in texts])
        targets = np.zeros((len(texts), len(names)), np.float32)
        for row, label in enumerate(labels):
            if label is not None:
                targets[row, names.index(label)] = 1.0
        landmarks = np.linspace(0, len(texts) - 1, min(len(texts), most)).astype(int)
        likeness = _likeness(vectors @ vectors[landmarks].T, grams @ grams[landmarks].T, lexical)
        weights, left_out = _solve(likeness, landmarks, targets)
        labelled = targets.any(axis=1)
        temperature = _best_temperature(left_out[labelled], targets[labelled])
        return cls(
            Fitted(names, vectors[landmarks], grams[landmarks], rarity, weights, float(lexical), temperature),
        )

    def classify(self, text: str, vector: FloatArray) -> Guess:
        """The best label of a message; `vector` is its embedding."""
        likeness = self._likeness(text, vector)
        scores = likeness @ self.fitted.weights
        best = int(scores.argmax())
        inside = (float(scores[best]) + _NEAREST * float(likeness.max())) / (1 + _NEAREST)
        probabilities = _softmax(scores[None] * self.fitted.temperature)[0]
        return Guess(
            self.fitted.labels[best],
            float(probabilities[best]),
            min(1.0, max(0.0, inside)),
            tuple(probabilities.tolist()),
        )

    def _likeness(self, text: str, vector: FloatArray) -> FloatArray:
        at, values = _sparse(text, self.fitted.rarity)
        # Not by BLAS: its threads and those of the embedder, which has just run, take each other's processor for 2 ms.
        cosines = np.einsum("ij,j->i", self.fitted.vectors, vector)
        shared = np.einsum("i,ij->j", values, self._by_gram[at])
        return _likeness(cosines, shared, self.fitted.lexical)


def choose_threshold(outside: Sequence[float], *, recall: float) -> float:
    """The lowest threshold below which at least the share `recall` of messages lies that belong to no label.

    `outside` is their `Guess.inside`. With few of them ask for more than you need: of a hundred, a recall of .85 is
    good to about .07. Raises ValueError without any.
    """
    if not outside:
        raise ValueError("a threshold needs messages that belong to no label")
    found = sorted(outside)
    below = min(len(found), max(1, math.ceil(recall * len(found))))
    following = found[below] if below < len(found) else found[-1] + 1e-6
    return float(max((found[below - 1] + following) / 2, np.nextafter(found[below - 1], np.inf)))


def _likeness(cosines: FloatArray, shared: FloatArray, lexical: float) -> FloatArray:
    blended = (1 - lexical) * cosines + lexical * shared
    return np.asarray(np.exp(_SHARPNESS * (blended - 1)), np.float32)


def _solve(likeness: FloatArray, landmarks: np.ndarray, targets: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Weights of the landmarks, and the scores of every example as they would be without it (Allen, 1974)."""
    among = likeness[landmarks].astype(np.float64)
    exact = len(landmarks) == len(likeness)
    count = len(landmarks)
    if exact:
        inverse = np.linalg.inv(among + _RIDGE * np.eye(count))
        weights = inverse @ targets
        return weights.astype(np.float32), (targets - weights / np.diag(inverse)[:, None]).astype(np.float32)
    normal = (likeness.T @ likeness).astype(np.float64) + _RIDGE * among + 1e-2 * np.eye(count)
    inverse = np.linalg.inv(normal)
    weights = (inverse @ (likeness.T @ targets).astype(np.float64)).astype(np.float32)
    leverage = np.einsum("ij,ij->i", likeness @ inverse.astype(np.float32), likeness)
    scores = likeness @ weights
    own = np.clip(leverage, 0.0, _ALMOST_ALL)[:, None]
    return weights, np.asarray((scores - own * targets) / (1 - own), np.float32)


def _best_temperature(scores: FloatArray, targets: FloatArray) -> float:
    """The one under which the right labels are least surprising. Few examples leave it at a cautious middle."""
    if targets.shape[1] == 1:
        return 1.0

    def surprise(temperature: float) -> float:
        right = (_softmax(scores * temperature) * targets).sum(axis=1)
        return float(-np.log(np.maximum(right, 1e-9)).mean())

    return min(_TEMPERATURES, key=surprise)


def _softmax(scores: FloatArray) -> FloatArray:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _grams(text: str) -> Iterable[str]:
    """The words of a text, pairs of them with its ends, and groups of three and four letters."""
    found = words(text)
    yield from found
    yield from (f"{first} {second}" for first, second in zip(["<", *found], [*found, ">"], strict=True))
    joined = f" {' '.join(found)} "
    for size in (3, 4):
        yield from (f"={joined[at : at + size]}" for at in range(len(joined) - size + 1))


def _counted(text: str) -> dict[int, int]:
    """Hashed groups and their signed counts: groups that fall together cancel as often as they add up."""
    counts: dict[int, int] = {}
    for gram, count in Counter(_grams(text)).items():
        hashed = zlib.crc32(gram.encode())
        counts[hashed % _GRAMS] = counts.get(hashed % _GRAMS, 0) + (count if hashed >> 31 else -count)
    return counts


def _sparse(text: str, rarity: FloatArray) -> tuple[np.ndarray, FloatArray]:
    """Which groups a text has, and their weights, of unit length together."""
    counts = _counted(text)
    at = np.fromiter(counts, np.intp, len(counts))
    raw = np.fromiter(counts.values(), np.float32, len(counts))
    values = np.sign(raw) * np.sqrt(np.abs(raw)) * rarity[at]
    return at, np.asarray(values / (np.linalg.norm(values) or 1.0), np.float32)


def _dense(text: str, rarity: FloatArray) -> FloatArray:
    row = np.zeros(_GRAMS, np.float32)
    at, values = _sparse(text, rarity)
    row[at] = values
    return row


def _rarity(texts: Sequence[str]) -> FloatArray:
    held = Counter(at for text in texts for at, count in _counted(text).items() if count)
    frequency = np.array([held[at] for at in range(_GRAMS)], np.float32)
    return np.asarray(1 + np.log((len(texts) + 1) / (frequency + 1)), np.float32)
