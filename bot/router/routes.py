"""Which way a message takes, before anything is searched.

Knowledge is the default: a wrong route of another kind silences an answer. The others need a pattern that leaves no
doubt, or a high probability by examples (`routes.toml`) and a look that fits. What is in no English goes to knowledge,
unless it plainly asks for a person.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast, get_args

import numpy as np

from bot.router.classifier import Classifier, Fitted
from bot.router.patterns import (
    RouteName,
    is_command,
    is_for_someone,
    is_foreign,
    is_own,
    is_vague,
    plain,
    plain_route,
)
from knowledge.models import FloatArray
from knowledge.ports import Embedder
from knowledge.terms import terms, words

__all__ = ["RouteClassifier", "RouteGuess", "RouteName", "fit_routes", "load_examples"]

_FOLDER: Final = Path(__file__).parent
_EXAMPLES: Final = _FOLDER / "routes.toml"
_LEXICAL: Final = 0.3
"""Words count for more than in a sorting by subject: "left" in "how many days do I have left" decides the route."""
_ENGLISH: Final = 0.5
_SURELY_ENGLISH: Final = 0.7
"""Shares of a message's words that must be known for it to be taken for English: more if it has foreign ones too."""
_MISSPELT: Final = 0.75
"""Probability of `person` that is believed without any word for one: "humna please"."""
_PLAIN: Final = 0.99
"""Probability of a route that a pattern has found."""


@dataclass(frozen=True, slots=True)
class RouteGuess:
    name: RouteName
    probability: float
    """That this route is right."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """When the examples' word for a route is taken."""

    probability: float
    fits: Callable[[str], bool]


class RouteClassifier:
    """Tells the route of a message. `load` makes one."""

    def __init__(self, classifier: Classifier, *, vocabulary: frozenset[str]) -> None:
        self._classifier = classifier
        self._vocabulary = vocabulary

    @classmethod
    async def load(cls, *, embedder: Embedder) -> RouteClassifier:
        """The shipped weights if they belong to the embedder, in about 30 ms. If not, they are made from the examples,
        in a few seconds. Raises EmbedderUnavailable."""
        examples = load_examples()
        fitted = await asyncio.to_thread(read_weights, weights_file(embedder.name), embedder=embedder.name)
        classifier = Classifier(fitted) if fitted else await fit_routes(examples, embedder=embedder)
        known = frozenset(term for given in examples.values() for text in given for term in terms(text))
        return cls(classifier, vocabulary=known)

    def classify(self, text: str, vector: FloatArray) -> RouteGuess:
        """The route of a message that comes without history; `vector` is its embedding.

        The caller decides what becomes of `clarify` where earlier turns say what is meant.
        """
        words_only = plain(text)
        if doubtless := plain_route(words_only):
            return RouteGuess(doubtless, _PLAIN)
        guess = self._classifier.classify(text, vector)
        chances = dict(zip(self._classifier.fitted.labels, guess.probabilities, strict=True))
        name = cast(RouteName, guess.label)
        if name == "knowledge":
            return RouteGuess(name, guess.probability)
        rule, person = _RULES[name], name == "person"
        fits = rule.fits(words_only) or (person and guess.probability >= _MISSPELT)
        readable = self._english(text) or (person and not is_foreign(text))
        if guess.probability >= rule.probability and fits and readable:
            return RouteGuess(name, guess.probability)
        return RouteGuess("knowledge", max(chances["knowledge"], 1 - guess.probability))

    def _english(self, text: str) -> bool:
        """Whether the words are English stop words or known from the examples."""
        found = words(text)
        known = sum(self._vocabulary.issuperset(terms(word)) for word in found)
        return known >= (_SURELY_ENGLISH if is_foreign(text) else _ENGLISH) * len(found)


def load_examples() -> Mapping[str, Sequence[str]]:
    """The shipped examples of every route."""
    given = tomllib.loads(_EXAMPLES.read_text(encoding="utf-8"))
    return {name: tuple(given[name]) for name in get_args(RouteName)}


async def fit_routes(examples: Mapping[str, Sequence[str]], *, embedder: Embedder) -> Classifier:
    """A classifier of these examples. Raises EmbedderUnavailable."""
    return await Classifier.fit(examples, embedder=embedder, lexical=_LEXICAL)


def weights_file(embedder: str) -> Path:
    """Where the shipped weights for an embedder would be."""
    return _FOLDER / f"routes.{re.sub(r'[^A-Za-z0-9.]+', '-', embedder)}.npz"


def write_weights(path: Path, fitted: Fitted, *, embedder: str) -> Fitted:
    """Keep weights in a file, rounded, and return what reading it will give."""
    scale = np.abs(fitted.vectors).max(axis=1, keepdims=True) / 127
    about = {
        "embedder": embedder,
        "examples": _digest(),
        "labels": fitted.labels,
        "lexical": fitted.lexical,
        "temperature": fitted.temperature,
    }
    np.savez_compressed(
        path,
        about=np.array(json.dumps(about)),
        vectors=np.rint(fitted.vectors / scale).astype(np.int8),
        scale=scale.astype(np.float16),
        grams=fitted.grams.astype(np.float16),
        rarity=fitted.rarity.astype(np.float32),
        weights=fitted.weights.astype(np.float16),
    )
    written = read_weights(path, embedder=embedder)
    assert written is not None
    return written


def read_weights(path: Path, *, embedder: str) -> Fitted | None:
    """Weights from a file; None if there are none, or if they are another embedder's or of other examples."""
    if not path.exists():
        return None
    with np.load(path) as file:
        about = json.loads(str(file["about"]))
        if about["embedder"] != embedder or about["examples"] != _digest():
            return None
        return Fitted(
            labels=tuple(about["labels"]),
            vectors=file["vectors"].astype(np.float32) * file["scale"].astype(np.float32),
            grams=file["grams"].astype(np.float32),
            rarity=file["rarity"],
            weights=file["weights"].astype(np.float32),
            lexical=about["lexical"],
            temperature=about["temperature"],
        )


def _digest() -> str:
    return hashlib.sha256(_EXAMPLES.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:16]


def _is_short(most: int) -> Callable[[str], bool]:
    return lambda text: len(words(text)) <= most


_RULES: Final[Mapping[RouteName, _Rule]] = {
    "small_talk": _Rule(0.5, _is_short(9)),
    "person": _Rule(0.5, is_for_someone),
    "clarify": _Rule(0.55, is_vague),
    "personal": _Rule(0.7, is_own),
    "admin": _Rule(0.7, is_command),
}
"""Chosen on the split `tune` of `tests/evals/routes.jsonl`."""
