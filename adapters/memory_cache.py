"""Answers in the process: the cache of a single replica."""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Final

from bot.ports import Cached

JITTER: Final = 0.1
"""Entries expire up to this share of their time earlier, so that what was put together does not expire together."""


@dataclass(frozen=True, slots=True)
class _Entry:
    cached: Cached
    expires: float


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

    async def get(self, key: str) -> Cached | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.expires <= self._clock():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry.cached

    async def put(self, key: str, cached: Cached) -> None:
        now = self._clock()
        expires = now + self._lives * (1 - JITTER * self._chance())
        before = self._entries.pop(key, None)
        if before and before.expires > now and before.cached.answer == cached.answer:
            expires = before.expires
        self._entries[key] = _Entry(cached, expires)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)
