"""Answers in the process: the cache of a single replica."""

from __future__ import annotations

import random
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final

from bot.models import Answer

JITTER: Final = 0.1
"""Entries expire up to this share of their time earlier, so that what was put together does not expire together."""


@dataclass(frozen=True, slots=True)
class _Entry:
    answer: Answer
    generation: int
    expires: float
    passages: frozenset[str]


class MemoryCache:
    """`AnswerCache` of at most `size` answers; those that were not used for longest make room.

    An answer is kept for `lives` at most, however often it is used: putting the same answer again renews its
    generation, and not its time. `clock` counts seconds, `chance` is 0..1.
    """

    def __init__(
        self,
        *,
        size: int = 1000,
        lives: timedelta = timedelta(hours=24),
        clock: Callable[[], float] = monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._size = size
        self._lives = lives.total_seconds()
        self._clock = clock
        self._chance = chance
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # the one used last is last
        self._citing: defaultdict[str, set[str]] = defaultdict(set)

    async def get(self, key: str) -> tuple[Answer, int] | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires <= self._clock():
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry.answer, entry.generation

    async def put(self, key: str, answer: Answer, *, generation: int) -> None:
        now = self._clock()
        expires = now + self._lives * (1 - JITTER * self._chance())
        if before := self._entries.get(key):
            self._remove(key)
            if before.expires > now and before.answer == answer:
                expires = before.expires
        passages = frozenset(citation.passage.id for citation in answer.citations)
        self._entries[key] = _Entry(answer, generation, expires, passages)
        for passage in passages:
            self._citing[passage].add(key)
        while len(self._entries) > self._size:
            self._remove(next(iter(self._entries)))

    async def drop(self, *, passages: Collection[str] = ()) -> int:
        now, dropped = self._clock(), 0
        for key in set().union(*(self._citing.get(each, ()) for each in passages)) if passages else set(self._entries):
            dropped += self._entries[key].expires > now
            self._remove(key)
        return dropped

    def _remove(self, key: str) -> None:
        for passage in self._entries.pop(key).passages:
            citing = self._citing[passage]
            citing.discard(key)
            if not citing:
                del self._citing[passage]
