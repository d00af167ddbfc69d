"""Which way a message takes, and where its answer is looked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.models import Question, Route
from bot.router.routes import RouteClassifier
from bot.router.topics import TopicExamples, Topics
from bot.settings import RouterSection, TopicSection
from knowledge.models import FloatArray
from knowledge.ports import Embedder


class Routing:
    """Routes by the shipped examples, topics by the configured ones. What they need is made at the first question."""

    def __init__(self, *, topics: Sequence[TopicSection], embedder: Embedder, settings: RouterSection) -> None:
        self._sections = {topic.name: topic for topic in topics}
        self._embedder = embedder
        self._settings = settings
        self._routes: RouteClassifier | None = None
        self._topics: Topics | None = None
        self._loading = asyncio.Lock()

    async def route(self, question: Question, *, vector: FloatArray, follows_up: bool) -> Route:
        """The route of a question, whose own words have this vector. Raises EmbedderUnavailable.

        What follows up on earlier turns is not too vague: they say what is meant.
        """
        routes, topics = await self._loaded()
        guess = routes.classify(question.text, vector)
        name = guess.name
        if name == "clarify" and (follows_up or not self._settings.clarify):
            name = "knowledge"
        topic = topics.topic(question.text, vector) if topics else None
        section = self._sections.get(topic or "")
        if section is None or (section.audience is not None and not section.audience & question.groups):
            return Route(name, collections=question.collections, sure=guess.probability)
        return Route(name, section.name, _within(section.collections, question.collections), guess.probability)

    async def _loaded(self) -> tuple[RouteClassifier, Topics | None]:
        async with self._loading:
            if self._routes is None:
                if self._sections:
                    given = [TopicExamples(t.name, t.description, t.examples) for t in self._sections.values()]
                    self._topics = await Topics.fit(given, embedder=self._embedder, sure=self._settings.sure)
                self._routes = await RouteClassifier.load(embedder=self._embedder)
            return self._routes, self._topics


def _within(chosen: frozenset[str] | None, allowed: frozenset[str] | None) -> frozenset[str] | None:
    """What the topic chooses of what the question may look in."""
    if chosen is None or allowed is None:
        return allowed if chosen is None else chosen
    return (chosen & allowed) or allowed
