"""Answers in the process, against a list in which everything is looked for."""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adapters.memory_cache import MemoryCache
from bot.models import Answer
from bot.ports import AnswerCache, Cached

Result = TypeVar("Result")
LIVES = 100.0
SIZE = 3


def cached(text: str, *, generation: int, epoch: int = 0) -> Cached:
    return Cached(Answer("answered", (), (), (), confidence=1, threshold=0.5, reply=text), generation, epoch)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_an_answer_comes_back_with_its_generation() -> None:
    cache: AnswerCache = MemoryCache()
    await cache.put("key", cached("yes", generation=7))
    assert await cache.get("key") == cached("yes", generation=7)
    assert await cache.get("other") is None


async def test_use_does_not_make_it_live_longer_and_neither_does_renewing_its_generation() -> None:
    clock = Clock()
    cache = MemoryCache(lives=timedelta(seconds=LIVES), clock=clock, chance=lambda: 0.0)
    await cache.put("key", cached("yes", generation=1))
    for clock.now in (50.0, 99.0):
        assert await cache.get("key") is not None
        await cache.put("key", cached("yes", generation=2))
    assert await cache.get("key") == cached("yes", generation=2)
    clock.now = LIVES
    assert await cache.get("key") is None


async def test_another_answer_lives_as_long_as_any() -> None:
    clock = Clock()
    cache = MemoryCache(lives=timedelta(seconds=LIVES), clock=clock, chance=lambda: 0.0)
    await cache.put("key", cached("yes", generation=1))
    clock.now = 99.0
    await cache.put("key", cached("no", generation=1))
    clock.now = 198.0
    assert await cache.get("key") == cached("no", generation=1)


async def test_the_same_answer_is_new_after_it_expired() -> None:
    clock = Clock()
    cache = MemoryCache(lives=timedelta(seconds=LIVES), clock=clock, chance=lambda: 0.0)
    await cache.put("key", cached("yes", generation=1))
    clock.now = LIVES
    await cache.put("key", cached("yes", generation=1))
    assert await cache.get("key") == cached("yes", generation=1)


@pytest.mark.parametrize(("chance", "lived"), [(0.0, 100.0), (0.5, 95.0), (1.0, 90.0)])
async def test_some_expire_earlier_than_others(chance: float, lived: float) -> None:
    clock = Clock()
    cache = MemoryCache(lives=timedelta(seconds=LIVES), clock=clock, chance=lambda: chance)
    await cache.put("key", cached("yes", generation=1))
    clock.now = lived - 0.01
    assert await cache.get("key") is not None
    clock.now = lived + 0.01
    assert await cache.get("key") is None


@dataclass
class Kept:
    key: str
    cached: Cached
    expires: float


KEYS = st.sampled_from("abcde")


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
        assert found == (kept.cached if kept else None)

    @rule(key=KEYS, text=st.sampled_from(["yes", "no"]), generation=st.integers(0, 3), epoch=st.integers(0, 1))
    def put(self, key: str, text: str, generation: int, epoch: int) -> None:
        given = cached(text, generation=generation, epoch=epoch)
        done(self.cache.put(key, given))
        kept = self.find(key)
        expires = kept.expires if kept and kept.cached.answer == given.answer else self.clock.now + LIVES
        others = [each for each in self.list if each.key != key]
        self.list = [*others, Kept(key, given, expires)][-SIZE:]

    @rule(seconds=st.floats(0, LIVES))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def it_keeps_no_more_than_it_may(self) -> None:
        assert set(self.cache._entries) == {kept.key for kept in self.list}


TestCacheBesideAList = CacheBesideAList.TestCase
TestCacheBesideAList.settings = settings(deadline=None, max_examples=100)


def done(coroutine: Coroutine[object, None, Result]) -> Result:
    """Run what never waits for anything."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("it waits")
