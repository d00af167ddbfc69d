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
_SPREAD: Final = 0.05
"""The more examples a topic has, the nearer to them every message comes: the bar is `_AT_ONE` for one example, and
`_AT_DOUBLE` higher each time that their number doubles. On CLINC150, with 1 to 10 topics of 1 to 20 examples drawn from
its intents, between 70 and 95 of 100 messages of a topic pass it, and of 100 others 80 to 99 do not."""


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
        bar = _AT_ONE + _AT_DOUBLE * math.log2(self._counts[guess.label])
        sure = 1 / (1 + math.exp((bar - guess.inside) / _SPREAD))
        return guess.label if sure >= self._sure else None
