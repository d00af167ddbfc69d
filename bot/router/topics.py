"""Which of the configured topics a message belongs to, if to any."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.router.classifier import Classifier
from knowledge.models import FloatArray
from knowledge.ports import Embedder

_SHIPPED: Final = 0.5
_AT_ONE: Final = 0.15
_AT_DOUBLE: Final = 0.05
_AT_DOUBLE_ALONE: Final = 0.065
_SPREAD: Final = 0.05
"""The more examples a topic has, the nearer to them every message comes, and most of all where no other topic pulls it
away. So the bar is `_AT_ONE` for one example, and higher each time that their number doubles. Chosen on random intents
of CLINC150 as topics; `python -m tests.evals.routing` shows what passes."""


@dataclass(frozen=True, slots=True)
class TopicExamples:
    """A topic as it is configured; a description counts as an example, and the name where there is nothing else."""

    name: str
    description: str = ""
    examples: Sequence[str] = ()

    @property
    def texts(self) -> list[str]:
        texts = [text for text in (self.description, *self.examples) if text.strip()]
        return list(dict.fromkeys(texts)) or [self.name]


class Topics:
    """Sorts messages by topic. One topic is enough: then what is like its examples belongs to it."""

    def __init__(self, classifier: Classifier, *, counts: Mapping[str, int], sure: float) -> None:
        self._classifier = classifier
        self._counts = counts
        self._sure = sure

    @classmethod
    async def fit(cls, topics: Sequence[TopicExamples], *, embedder: Embedder, sure: float | None = None) -> Topics:
        """Learn topics from their examples, of which few are enough.

        A topic is named from `sure` on, between 0 (the nearest topic, always) and 1; .5 is the shipped bar.
        Raises EmbedderUnavailable; ValueError without any topic.
        """
        texts = {topic.name: topic.texts for topic in topics}
        classifier = await Classifier.fit(texts, embedder=embedder)
        counts = {name: len(given) for name, given in texts.items()}
        return cls(classifier, counts=counts, sure=_SHIPPED if sure is None else sure)

    def topic(self, text: str, vector: FloatArray) -> str | None:
        """The name of a message's topic, None if it is like none of them; `vector` is its embedding."""
        guess = self._classifier.classify(text, vector)
        step = _AT_DOUBLE if len(self._counts) > 1 else _AT_DOUBLE_ALONE
        bar = _AT_ONE + step * math.log2(self._counts[guess.label])
        sure = 1 / (1 + math.exp((bar - guess.inside) / _SPREAD))
        return guess.label if sure >= self._sure else None
