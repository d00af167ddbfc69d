"""Work that an admin ordered and that outlives a process. One at a time in the whole deployment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

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
    ) -> None:
        super().__init__(store=store, wake=wake, name=name, timing=timing)
        self._execute = execute

    async def claim(self, limit: int) -> list[AdminJob]:
        async with self.store.transaction() as work:
            job = await work.jobs.claim(self.name, lease=self.timing.lease)
        return [job] if job else []

    async def work_on(self, item: AdminJob) -> None:
        await self._execute(item, self.name)
        await self._show(item.id)

    async def _show(self, id: int) -> None:
        """The post that announced the job says how it ended."""
        async with self.store.transaction() as work:
            job = await work.jobs.get(id)
            posted = await work.posts.get(job.reply) if job and job.reply else None
            if job and posted:
                await work.outbox.add(replace(posted.reply, text=job.result or job.state), "update")
        self.wake.notify("outbox")

    async def let_go_of(self, item: AdminJob) -> None:
        """The lease runs out by itself."""

    async def extend(self) -> None:
        """Each step that is recorded renews the lease."""

    async def release(self) -> None:
        """The lease runs out by itself; what was not published is begun again."""
