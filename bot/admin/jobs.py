"""Index runs as jobs: their progress is recorded, they can be cancelled, and they outlive the process they began in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.errors import BotError
from bot.models import AdminJob, JobState
from bot.ports import Store
from knowledge.errors import KnowledgeError
from knowledge.models import Report

log = structlog.get_logger()

LEASE: Final = timedelta(seconds=30)
_STEP: Final = 0.5
_NAMED: Final = 5


class IndexJobs:
    """Runs claimed jobs. `index` is `App.index`."""

    def __init__(self, *, store: Store, index: Callable[..., Awaitable[Report]]) -> None:
        self._store = store
        self._index = index

    async def execute(self, job: AdminJob, worker: str) -> None:
        """Until it is done, failed or cancelled. What a cancelled run has not published changes nothing.

        Raises LeaseLost, and then another worker has it.
        """
        order = json.loads(job.argument)
        at = [0, 0]

        def progress(done: int, of: int) -> None:
            at[:] = done, of

        running = asyncio.ensure_future(
            self._index(names=order["sources"], dry_run=order["dry_run"], progress=progress)
        )
        try:
            state = await self._watch(job, running, at, worker=worker)
        finally:
            running.cancel()
        state, result = await _outcome(running, state, dry_run=order["dry_run"])
        log.info("job.ended", job=job.id, state=state)
        async with self._store.transaction() as work:
            await work.jobs.finish(job.id, worker=worker, state=state, result=result)

    async def _watch(self, job: AdminJob, running: asyncio.Future[Report], at: list[int], *, worker: str) -> JobState:
        while True:
            await asyncio.wait([running], timeout=_STEP)
            if running.done():
                return "done"
            async with self._store.transaction() as work:
                if not await work.jobs.advance(job.id, worker=worker, done=at[0], of=at[1], lease=LEASE):
                    running.cancel()
                    return "cancelled"


async def _outcome(running: asyncio.Future[Report], state: JobState, *, dry_run: bool) -> tuple[JobState, str]:
    with suppress(asyncio.CancelledError):
        try:
            return "done", described(await running, dry_run=dry_run)
        except (BotError, KnowledgeError) as exc:
            return "failed", str(exc)
        except Exception as exc:  # noqa: BLE001  # whatever it was, the job has ended, and whoever ordered it is told
            log.error("job.failed", error=type(exc).__name__)
            return "failed", f"It failed unexpectedly ({type(exc).__name__}): see the log of the worker."
    return state, "Cancelled: nothing was changed."


def index_job(names: Sequence[str], *, by: str, at: datetime, dry_run: bool = False, reply: str = "") -> AdminJob:
    """An order to bring sources up to date, all if none are named."""
    argument = json.dumps({"sources": list(names), "dry_run": dry_run})
    return AdminJob(id=0, kind="reindex", state="queued", argument=argument, by=by, at=at, reply=reply)


def described(report: Report, *, dry_run: bool) -> str:
    """What a run did, or would do, in words."""
    groups = (("added", report.added), ("changed", report.changed), ("deleted", report.deleted))
    parts = [f"{len(documents):,} {name}" for name, documents in groups if documents]
    counts = ", ".join([*parts, *([f"{report.unchanged:,} unchanged"] if report.unchanged else [])]) or "no documents"
    lines = [f"{'It would be' if dry_run else f'Done in {report.seconds:.1f} s'}: {counts}."]
    lines += [f"- {failure.document}: {failure.error}" for failure in report.errors[:_NAMED]]
    if report.errors[_NAMED:]:
        lines.append(f"- and {len(report.errors) - _NAMED} more: see `sources`")
    return "\n".join(lines)
