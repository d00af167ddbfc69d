"""`WakeUps` within a process."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from datetime import timedelta
from typing import Literal

What = Literal["inbox", "outbox", "jobs"]


class MemoryWakeUps:
    """Everybody who waits is woken. What was notified while nobody waited wakes the next one at once, and only once."""

    def __init__(self) -> None:
        self._events: defaultdict[What, asyncio.Event] = defaultdict(asyncio.Event)

    def notify(self, what: What) -> None:
        self._events[what].set()

    async def wait(self, what: What, *, at_most: timedelta) -> None:
        event = self._events[what]
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most.total_seconds()):
                await event.wait()
        # A new event in place of clearing it: of several who are woken, the last must not undo what came meanwhile.
        if event.is_set() and self._events[what] is event:
            del self._events[what]
