"""What has to be looked at from time to time: tickets that nobody took, and what may be forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from bot.errors import StoreUnavailable
from bot.models import Ticket
from bot.ports import Store, Work

log = structlog.get_logger()


class Upkeep:
    """Runs beside workers, in as many processes as there are: each look is one transaction."""

    def __init__(
        self,
        *,
        store: Store,
        remind: Callable[[Work, Ticket], Awaitable[None]],
        keep: Mapping[str, timedelta],
        clock: Callable[[], datetime],
        every: timedelta = timedelta(seconds=10),
    ) -> None:
        """`keep` says how long finished rows of which table are kept."""
        self._store = store
        self._remind = remind
        self._keep = keep
        self._clock = clock
        self._every = every
        self._expired: datetime | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as exc:
                log.warning("upkeep.unavailable", reason=str(exc))
            except Exception as exc:  # noqa: BLE001  # reminders must not end because one of them fails
                log.error("upkeep.failed", error=type(exc).__name__)
            await asyncio.sleep(self._every.total_seconds())

    async def look(self) -> None:
        """Remind experts of what is due; once a day, forget what is old."""
        async with self._store.reading() as work:
            due = await work.tickets.due()
        if due:
            async with self._store.transaction() as work:
                for ticket in await work.tickets.due():
                    await self._remind(work, ticket)
        now = self._clock()
        if self._expired is None or now - self._expired >= timedelta(days=1):
            await self._forget({table: now - kept for table, kept in self._keep.items()})
            self._expired = now

    async def _forget(self, before: Mapping[str, datetime]) -> None:
        gone: Counter[str] = Counter()
        # In small transactions, beside which messages are accepted as usual.
        while sum((removed := await self._forget_some(before)).values()):
            gone.update(removed)
        if gone:
            log.info("upkeep.expired", **gone)

    async def _forget_some(self, before: Mapping[str, datetime]) -> Mapping[str, int]:
        async with self._store.transaction() as work:
            return await work.expire(before=before)
