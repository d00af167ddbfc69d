"""An event -> what the bot decides -> committed with the event, in one transaction."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Protocol

import structlog

from bot.errors import LeaseLost, StoreUnavailable
from bot.models import Job
from bot.ports import Store, WakeUps, Work
from bot.worker.loop import Loop, Timing

log = structlog.get_logger()

_LATER = timedelta(minutes=1)


class Decision(Protocol):
    """What is to be done about an event."""

    async def commit(self, work: Work) -> None:
        """Record it. Looks once more at what may have changed since it was decided."""
        ...

    async def committed(self) -> None:
        """Best effort afterwards: what people see of it at once."""
        ...


class Decides(Protocol):
    async def handle(self, job: Job) -> Decision: ...

    def give_up(self, job: Job) -> Decision:
        """What to do about an event that cannot be worked on. Needs nothing that may be broken but the store."""
        ...


class Worker(Loop[Job]):
    """Works on events: one of each conversation at a time, in order."""

    what = "inbox"

    def __init__(
        self,
        *,
        store: Store,
        wake: WakeUps,
        bot: Decides,
        name: str,
        timing: Timing,
        deadline: timedelta,
        attempts: int,
    ) -> None:
        super().__init__(store=store, wake=wake, name=name, timing=timing)
        self._bot = bot
        self._deadline = deadline
        self._attempts = attempts

    async def claim(self, limit: int) -> list[Job]:
        async with self.store.transaction() as work:
            return await work.inbox.claim(self.name, lease=self.timing.lease, limit=limit)

    async def work_on(self, item: Job) -> None:
        if item.attempts > self._attempts:
            # It ended its processes before it could be counted as failed.
            await self._give_up(item, reason="attempts")
            return
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                decision = await self._bot.handle(item)
            await self._commit(item, decision)
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as exc:  # noqa: BLE001  # a message that breaks us must not stop the others
            log.error("message.failed", job=item.id, attempt=item.attempts, error=type(exc).__name__)
            if item.attempts >= self._attempts or isinstance(exc, TimeoutError):
                await self._give_up(item, reason=type(exc).__name__)
            else:
                await self._retry(item, after=timedelta(seconds=0.2 * 4 ** (item.attempts - 1)))

    async def _commit(self, job: Job, decision: Decision) -> None:
        # Others wait for this transaction: what it still asks of anybody must not take for ever either.
        async with asyncio.timeout(self._deadline.total_seconds()), self.store.transaction() as work:
            await decision.commit(work)
            await work.inbox.finish(job, worker=self.name)
        self.wake.notify("outbox")
        await decision.committed()

    async def _give_up(self, job: Job, *, reason: str) -> None:
        log.error("message.given_up", job=job.id, attempts=job.attempts, reason=reason)
        try:
            await self._commit(job, self._bot.give_up(job))
        except (LeaseLost, StoreUnavailable):
            raise
        except Exception as exc:  # noqa: BLE001  # it stays in the inbox: late is better than never
            log.error("message.stuck", job=job.id, error=type(exc).__name__)
            await self._retry(job, after=_LATER)

    async def _retry(self, job: Job, *, after: timedelta) -> None:
        async with self.store.transaction() as work:
            await work.inbox.retry(job, worker=self.name, after=after)

    async def let_go_of(self, item: Job) -> None:
        await self._retry(item, after=timedelta(0))

    async def extend(self) -> None:
        async with self.store.transaction() as work:
            await work.inbox.extend(self.name, lease=self.timing.lease)

    async def release(self) -> None:
        async with self.store.transaction() as work:
            await work.inbox.release(self.name)
