"""A handbook, a store and people to review with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from adapters.file_directory import FileDirectory
from adapters.memory import MemoryIndex
from adapters.onnx_embedder import OnnxEmbedder
from adapters.sql_store import SqlStore
from bot.learning import LearnedSource, Learning
from bot.models import Answer, Exchange, Feedback, Learned, Person, Pin, Question, Source
from bot.ports import Work
from bot.router import ask, build_router
from bot.router.routing import Routing
from bot.settings import RouterSection
from knowledge.indexer import Indexer
from knowledge.models import Report
from knowledge.ports import PassageIndex
from knowledge.retriever import Retriever
from tests.contracts.stores import thread

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
MEMBER = frozenset({"members", "public"})
ADMIN = Person("terminal:root", "Root", role="admin")
EXPERT = Person("terminal:eva", "Eva Expert", role="expert")
OTHER = Person("terminal:otto", "Otto Other", role="expert")
PEOPLE = """
[[person]]
id = "terminal:eva"
name = "Eva Expert"
role = "expert"

[[person]]
id = "terminal:hanna"
name = "Hanna"
groups = ["hr"]

[[person]]
id = "shop:kim"
name = "Kim"
groups = ["customers"]
external = true
"""
HANDBOOK = {
    "leave": "# Annual leave\nEvery full-time employee has 25 days of annual leave a year.\n"
    "# Carrying over\nUp to 5 unused days move to the next year. They are lost after 31 March.",
    "vpn": "# Setting up the VPN\nInstall QuayLink from the software centre and sign in with your company account.",
    "hotels": "# Hotels\nThe highest hotel rate is 155 EUR a night in Dublin.",
}
DOGS = "May I bring my dog to the office?"
DOGS_ANSWER = "Dogs may come to the office on Fridays. Register your dog at the reception first."
LEAVE = "How many days of annual leave does a full-time employee have?"


@dataclass
class Place:
    """A store, a handbook that is indexed, and what was ordered."""

    store: SqlStore
    directory: FileDirectory
    embedder: OnnxEmbedder
    index: MemoryIndex = field(default_factory=MemoryIndex)
    ordered: list[str] = field(default_factory=list)

    @property
    def learning(self) -> Learning:
        async def reindex(work: Work, by: Person) -> None:
            self.ordered.append(by.id)

        return Learning(
            store=self.store, directory=self.directory, index=self.index, embedder=self.embedder,
            asking=self.asking, reindex=reindex, clock=lambda: NOW,
        )  # fmt: skip

    @property
    def source(self) -> LearnedSource:
        return LearnedSource(store=self.store, directory=self.directory)

    def asking(self, index: PassageIndex) -> Any:
        router = build_router(
            retriever=Retriever(index=index, embedder=self.embedder), embedder=self.embedder, threshold=0.5,
            routing=Routing(topics=(), embedder=self.embedder, settings=RouterSection()),
        )  # fmt: skip
        return partial(ask, router)

    async def ask(self, text: str, groups: frozenset[str] = MEMBER) -> Answer:
        answer: Answer = await self.asking(self.index)(Question(text, groups, NOW.date()))
        return answer

    async def reindex(self) -> Report:
        return await Indexer(index=self.index, catalogue=self.index, embedder=self.embedder).run([self.source])

    async def draft(self, question: str = DOGS, answer: str = DOGS_ANSWER, **more: Any) -> Learned:
        drafted = Learned(
            id=0, state="draft", question=question, answer=answer, ticket=0, at=NOW,
            audience=more.pop("audience", frozenset({"members"})), author=more.pop("author", EXPERT.id), **more,
        )  # fmt: skip
        async with self.store.transaction() as work:
            return await work.learned.add(drafted)

    async def get(self, id: int) -> Learned | None:
        async with self.store.reading() as work:
            return await work.learned.get(id)

    async def audited(self) -> list[tuple[str, str]]:
        async with self.store.reading() as work:
            return [(entry.action, entry.detail) async for entry in work.audit.entries()]

    async def sources(self, question: str, groups: frozenset[str] = MEMBER) -> tuple[Source, ...]:
        """What the bot cites for a question now."""
        answer = await self.ask(question, groups)
        assert answer.outcome == "answered"
        return tuple(
            Source(
                each.number, each.passage.document.title, each.heading_path, each.passage.uri,
                each.passage.document.id, each.passage.id, each.passage.content_hash, each.passage.document.audience,
            )
            for each in answer.citations
        )  # fmt: skip

    async def pin(self, question: str, groups: frozenset[str] = MEMBER) -> None:
        sources = await self.sources(question, groups)
        async with self.store.transaction() as work:
            audience = frozenset().union(*(source.audience for source in sources))
            await work.pins.put(Pin(question, question, "As it is.", sources, audience, ADMIN.id, NOW))

    async def exchange(self, question: str, id: str = "r", **more: Any) -> None:
        sources = await self.sources(question)
        exchange = Exchange(
            id=id, conversation=thread(), message="m", asker="terminal:ana", question=question, standalone="",
            route="knowledge", outcome="answered", confidence=0.7, threshold=0.5, groups=MEMBER, text="25", at=NOW,
            sources=sources, **more,
        )  # fmt: skip
        async with self.store.transaction() as work:
            await work.exchanges.add(exchange)

    async def vote(self, reply: str, person: str, *, helpful: bool) -> None:
        async with self.store.transaction() as work:
            await work.feedback.put(Feedback(reply, person, helpful, "", NOW))
