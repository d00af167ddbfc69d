"""Claims what is to be done, a few at a time, and holds a lease on it until it is done.

Whoever dies loses their leases after a while, and somebody else takes over. Nothing here is lost by a crash at any
point: what was not committed is claimed again.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Generic, Literal, Protocol, TypeVar

import structlog

from bot.errors import LeaseLost, StoreUnavailable
from bot.ports import Store, WakeUps


class Numbered(Protocol):
    @property
    def id(self) -> int: ...


T = TypeVar("T", bound=Numbered)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Timing:
    """How a loop behaves. `lease` is renewed three times before it ends; `poll` is how long it sleeps unless woken.

    `grace` is what it gives running work to end when it is told to stop: with the rest it is below the 25 s that
    platforms leave a process after SIGTERM.
    """

    at_once: int = 4
    lease: timedelta = timedelta(seconds=30)
    poll: timedelta = timedelta(milliseconds=200)
    grace: timedelta = timedelta(seconds=18)
    patience: timedelta = timedelta(seconds=1)
    """How long it waits before it asks a database again that did not answer."""


class Loop(ABC, Generic[T]):
    """`run` until cancelled or told to `stop`. `name` is unique among all processes."""

    what: Literal["inbox", "outbox", "jobs"]

    def __init__(self, *, store: Store, wake: WakeUps, name: str, timing: Timing) -> None:
        self.store = store
        self.wake = wake
        self.name = name
        self.timing = timing
        self._running: set[asyncio.Task[None]] = set()
        self._latest: dict[int, asyncio.Task[None]] = {}
        self._unheard = False
        self._renewed = 0.0
        self._stopping = asyncio.Event()

    @abstractmethod
    async def claim(self, limit: int) -> list[T]:
        """At most `limit` things to do, now ours."""

    @abstractmethod
    async def work_on(self, item: T) -> None:
        """Do it and record that it is done. What it raises is logged, and the item let go of."""

    @abstractmethod
    async def let_go_of(self, item: T) -> None:
        """Nobody knows how far we came with it: whoever is free may claim it."""

    @abstractmethod
    async def extend(self) -> None:
        """Renew the lease of all that is ours."""

    @abstractmethod
    async def release(self) -> None:
        """Let go of all that is ours."""

    async def run(self) -> None:
        """Until `stop`. Then nothing more is claimed, and what is running ends or is let go of."""
        heart = asyncio.create_task(self._beat())
        try:
            while not self._stopping.is_set():
                if not await self._claim_some():
                    await self._rest()
        finally:
            await self._let_go()
            heart.cancel()
            with suppress(asyncio.CancelledError):
                await heart

    def stop(self) -> None:
        self._stopping.set()
        self.wake.notify(self.what)

    @property
    def idle(self) -> bool:
        return not self._running

    async def _claim_some(self) -> bool:
        """Whether there was something to do."""
        free = self.timing.at_once - len(self._running)
        if not free or (self._unheard and self._running):
            return False
        try:
            if self._unheard:
                await self.release()
                self._unheard = False
            begun = monotonic()
            items = await self.claim(free)
            if not self._running:
                self._renewed = begun
        except StoreUnavailable as exc:
            log.warning(f"{self.what}.unavailable", reason=str(exc))
            # It may have been committed: what is ours without our knowing is let go of once nothing else is ours.
            self._unheard = True
            await asyncio.sleep(self.timing.patience.total_seconds())
            return False
        for item in items:
            self._begin(item)
        return bool(items)

    def _begin(self, item: T) -> None:
        task = asyncio.create_task(self._guarded(item, after=self._latest.get(item.id)))
        self._running.add(task)
        self._latest[item.id] = task
        task.add_done_callback(partial(self._ended, id=item.id))

    def _ended(self, task: asyncio.Task[None], *, id: int) -> None:
        self._running.discard(task)
        if self._latest.get(id) is task:
            del self._latest[id]
        # One of its conversation, or of its lane, may be next.
        self.wake.notify(self.what)

    async def _rest(self) -> None:
        await self.wake.wait(self.what, at_most=self.timing.poll)

    async def _guarded(self, item: T, *, after: asyncio.Task[None] | None) -> None:
        """`after` it was claimed here before: a machine that slept finds the lease on what it is doing run out."""
        if after:
            await asyncio.wait({after})
        try:
            await self.work_on(item)
        except LeaseLost:
            log.info(f"{self.what}.lease_lost")
        except StoreUnavailable as exc:
            log.warning(f"{self.what}.unavailable", reason=str(exc))
            await self._give_back(item)
        except Exception as exc:  # noqa: BLE001  # whatever it is, the others go on and this one is claimed again
            log.error(f"{self.what}.failed", error=type(exc).__name__)
            await self._give_back(item)

    async def _give_back(self, item: T) -> None:
        """Once the database answers again. The lease would not run out: it is renewed with those of what else runs."""
        while not self._stopping.is_set():
            await asyncio.sleep(self.timing.patience.total_seconds())
            with suppress(StoreUnavailable):
                await self.let_go_of(item)
                return

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.timing.lease.total_seconds() / 3)
            if self._running:
                with suppress(StoreUnavailable):
                    begun = monotonic()
                    await self.extend()
                    self._renewed = begun

    def require_lease(self) -> None:
        """Before what cannot be undone. Raises LeaseLost if this process was frozen, or could not renew what it holds,
        for so long that somebody else may have it.
        """
        if monotonic() >= self._renewed + self.timing.lease.total_seconds():
            raise LeaseLost("It was held for too long without being renewed.")

    async def _let_go(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=self.timing.grace.total_seconds())
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        with suppress(StoreUnavailable, asyncio.TimeoutError):
            await asyncio.wait_for(self.release(), timeout=3)
