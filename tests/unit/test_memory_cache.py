"""Answers in the process, against a list in which everything is looked for."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adapters.memory_cache import MemoryCache
from bot.models import Answer, Citation
from bot.ports import AnswerCache
from knowledge.models import Document, Passage

Result = TypeVar("Result")
LIVES = 100.0
SIZE = 3


def answer(text: str, passages: Sequence[str] = ()) -> Answer:
    document = Document("d", "s", "d.md", "D", "manual", frozenset({"members"}), "s", "0")
    cited = [
        Citation(number, Passage(each, document, (), "text", 0, 4, "0"), ())
        for number, each in enumerate(passages, start=1)
    ]
    return Answer("answered", (), cited, (), confidence=1, threshold=0.5, reply=text)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_answer_comes_back_with_its_generation() -> None:
    cache: AnswerCache = MemoryCache()
    await cache.put("key", answer("yes"), generation=7)
    assert await cache.get("key") == (answer("yes"), 7)
    assert await cache.get("other") is None


async def test_use_does_not_make_it_live_longer_and_neither_does_renewing_its_generation() -> None:
    clock = Clock()
    cache = MemoryCache(lives=timedelta(seconds=LIVES), clock=clock, chance=lambda: 0.0)
    await cache.put("key", answer("yes"), generation=1)
    for clock.now in (50.0, 99.0):
        assert await cache.get("key") is not None
        await cache.put("key", answer("yes"), generation=2)
    assert await cache.get("key") == (answer("yes"), 2)
    clock.now = LIVES
    assert await cache.get("key") is None


async def test_another_answer_lives_as_long_as_any() -> None:
    clock = Clock()
    cache = MemoryCache(lives=timedelta(seconds=LIVES), clock=clock, chance=lambda: 0.0)
    await cache.put("key", answer("yes"), generation=1)
    clock.now = 99.0
    await cache.put("key", answer("no"), generation=1)
    clock.now = 198.0
    assert await cache.get("key") == (answer("no"), 1)


async def test_the_same_answer_is_new_after_it_expired() -> None:
    clock = Clock()
    cache = MemoryCache(lives=timedelta(seconds=LIVES), clock=clock, chance=lambda: 0.0)
    await cache.put("key", answer("yes"), generation=1)
    clock.now = LIVES
    await cache.put("key", answer("yes"), generation=1)
    assert await cache.get("key") == (answer("yes"), 1)


@pytest.mark.parametrize(("chance", "lived"), [(0.0, 100.0), (0.5, 95.0), (1.0, 90.0)])
async def test_some_expire_earlier_than_others(chance: float, lived: float) -> None:
    clock = Clock()
    cache = MemoryCache(lives=timedelta(seconds=LIVES), clock=clock, chance=lambda: chance)
    await cache.put("key", answer("yes"), generation=1)
    clock.now = lived - 0.01
    assert await cache.get("key") is not None
    clock.now = lived + 0.01
    assert await cache.get("key") is None


@dataclass
class Kept:
    key: str
    answer: Answer
    passages: set[str]
    generation: int
    expires: float


KEYS = st.sampled_from("abcde")
PASSAGES = st.sets(st.sampled_from("pqr"), max_size=2)


class CacheBesideAList(RuleBasedStateMachine):
    """The list is in the order of use."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.cache = MemoryCache(size=SIZE, lives=timedelta(seconds=LIVES), clock=self.clock, chance=lambda: 0.0)
        self.list: list[Kept] = []

    def find(self, key: str) -> Kept | None:
        return next((kept for kept in self.list if kept.key == key and kept.expires > self.clock.now), None)

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        found = done(self.cache.get(key))
        kept = self.find(key)
        self.list = [each for each in self.list if each.key != key] + ([kept] if kept else [])
        assert found == ((kept.answer, kept.generation) if kept else None)

    @rule(key=KEYS, passages=PASSAGES, text=st.sampled_from(["yes", "no"]), generation=st.integers(0, 3))
    def put(self, key: str, passages: set[str], text: str, generation: int) -> None:
        given = answer(text, sorted(passages))
        done(self.cache.put(key, given, generation=generation))
        kept = self.find(key)
        expires = kept.expires if kept and kept.answer == given else self.clock.now + LIVES
        others = [each for each in self.list if each.key != key]
        self.list = [*others, Kept(key, given, passages, generation, expires)][-SIZE:]

    @rule(passages=PASSAGES)
    def drop(self, passages: set[str]) -> None:
        gone = [kept for kept in self.list if kept.passages & passages or not passages]
        self.list = [kept for kept in self.list if kept not in gone]
        assert done(self.cache.drop(passages=passages)) == sum(kept.expires > self.clock.now for kept in gone)

    @rule(seconds=st.floats(0, LIVES))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def it_keeps_no_more_than_it_may(self) -> None:
        assert set(self.cache._entries) == {kept.key for kept in self.list}
        assert set(self.cache._citing) == set().union(*(kept.passages for kept in self.list))


TestCacheBesideAList = CacheBesideAList.TestCase
TestCacheBesideAList.settings = settings(deadline=None, max_examples=100)


def done(coroutine: Coroutine[object, None, Result]) -> Result:
    """Run what never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("it waits")
