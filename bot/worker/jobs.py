"""Work that an admin ordered and that outlives a process. One at a time in the whole deployment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from bot.errors import StoreUnavailable
from bot.models import AdminJob
from bot.ports import Store, WakeUps
from bot.worker.loop import Loop, Timing


class Jobs(Loop[AdminJob]):
    """`execute` does a job, records how far it is, and ends it."""

    what = "jobs"

    def __init__(
        self,
        *,
        store: Store,
        wake: WakeUps,
        execute: Callable[[AdminJob, str], Awaitable[None]],
        name: str,
        timing: Timing,
        every: timedelta = timedelta(seconds=3),
    ) -> None:
        """`every` so often is shown how far a job is: platforms allow about one change a second."""
        super().__init__(store=store, wake=wake, name=name, timing=timing)
        self._execute = execute
        self._every = every

    async def claim(self, limit: int) -> list[AdminJob]:
        async with self.store.transaction() as work:
            job = await work.jobs.claim(self.name, lease=self.timing.lease)
        return [job] if job else []

    async def work_on(self, item: AdminJob) -> None:
        watching = asyncio.create_task(self._watch(item)) if item.reply else None
        try:
            await self._execute(item, self.name)
        finally:
            if watching:
                watching.cancel()
                await asyncio.wait([watching])
        await self._show(item.id)

    async def _watch(self, item: AdminJob) -> None:
        """Until cancelled: a look that fails costs nothing but what it would have shown."""
        while True:
            await asyncio.sleep(self._every.total_seconds())
            with suppress(StoreUnavailable):
                await self._show(item.id)

    async def _show(self, id: int) -> None:
        """The post that announced the job says how far it is, and in the end what came of it."""
        async with self.store.transaction() as work:
            job = await work.jobs.get(id)
            posted = await work.posts.get(job.reply) if job and job.reply else None
            if job is None or posted is None:
                return
            text = job.result or (f"Job {job.id}: {job.done:,} of {job.of:,} documents." if job.of else "")
            if text and text != posted.reply.text:
                await work.outbox.add(replace(posted.reply, text=text), "update")
        self.wake.notify("outbox")

    async def let_go_of(self, item: AdminJob) -> None:
        """The lease runs out by itself."""

    async def extend(self) -> None:
        """Each step that is recorded renews the lease."""

    async def release(self) -> None:
        """The lease runs out by itself; what was not published is begun again."""
