"""An answer is given again from memory, until somebody does not trust it any more: in whatever process they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from adapters.memory import MemoryIndex
from adapters.memory_cache import MemoryCache
from adapters.sql_store import SqlStore
from bot.models import Answer, Citation, Question, Quote
from bot.router.answers import Answers
from knowledge.indexer import Indexer
from knowledge.models import MEMBERS, PUBLIC, Passage, Query
from tests.unit.doubles import Shelf, WordEmbedder

MEMBER = frozenset({MEMBERS, PUBLIC})
TODAY = date(2026, 11, 27)
LEAVE, PARKING = "How many days of leave?", "Where may I park?"


class Process:
    """One of several that answer over the same documents and the same store."""

    def __init__(self, index: MemoryIndex, store: SqlStore) -> None:
        self._index = index
        self._answers = Answers(
            ask=self._make, cache=MemoryCache(), index=index, catalogue=index, store=store, recipe="test"
        )

    async def origin(self, text: str) -> str:
        return (await self._answers.ask(Question(text, MEMBER, today=TODAY))).origin

    async def _make(self, question: Question) -> Answer:
        passage = await self._passage(question)
        cited = [Citation(1, passage, passage.heading_path)]
        quotes = [Quote(passage.text, 1)]
        return Answer("answered", quotes, cited, (), confidence=0.9, threshold=0.5, reply=passage.text)

    async def _passage(self, question: Question) -> Passage:
        passage = await self.passage_of(question.text)
        return (await self._index.passages([passage]))[0]

    async def passage_of(self, text: str) -> str:
        """What the answer quotes."""
        document = "handbook/leave" if text == LEAVE else "handbook/parking"
        found = await self._index.search(Query((), WordEmbedder().vector(text), MEMBER, TODAY))
        return next(hit.passage_id for hit in found.hits if hit.document_id == document)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = SqlStore(tmp_path / "store.sqlite")
    await made.migrate()
    yield made
    await made.close()


@pytest.fixture
async def processes(store: SqlStore) -> list[Process]:
    """Two, which both know the answer to two questions already."""
    index, shelf = MemoryIndex(), Shelf()
    shelf.put(leave="Everybody has 25 days of leave.", parking="You may park behind the house.")
    await Indexer(index=index, catalogue=index, embedder=WordEmbedder()).run([shelf])
    both = [Process(index, store) for _ in range(2)]
    for process in both:
        assert [await process.origin(text) for text in (LEAVE, LEAVE, PARKING)] == ["made", "cached", "made"]
    return both


async def test_after_a_purge_no_process_answers_from_memory(store: SqlStore, processes: list[Process]) -> None:
    async with store.transaction() as work:
        await work.distrust()
    for process in processes:
        assert [await process.origin(text) for text in (LEAVE, PARKING, LEAVE)] == ["made", "made", "cached"]


async def test_a_passage_that_misled_somebody_is_quoted_from_memory_by_no_process(
    store: SqlStore, processes: list[Process]
) -> None:
    async with store.transaction() as work:
        await work.distrust({await processes[0].passage_of(LEAVE)})
    for process in processes:
        assert [await process.origin(text) for text in (LEAVE, PARKING, LEAVE)] == ["made", "cached", "cached"]
