"""Index runs as jobs: their progress is recorded, they can be cancelled, and they outlive the process they began in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.admin.words import counted, failure
from bot.errors import BotError, CommandError, StoreUnavailable
from bot.models import AdminJob, JobState
from bot.ports import Store
from knowledge.errors import KnowledgeError, RunInProgress
from knowledge.indexer import Progress
from knowledge.models import Report

log = structlog.get_logger()

LEASE: Final = timedelta(seconds=30)
_STEP: Final = 0.5
_NAMED: Final = 5
_CHANGES: Final = 40
_PATIENCE: Final = timedelta(minutes=10)
"""For a `deskhand index` that is running already."""
_CANCELLED: Final[tuple[JobState, str]] = ("cancelled", "Cancelled: nothing was changed.")


@dataclass(frozen=True, slots=True)
class Order:
    """What a job is to bring up to date: all sources if none are named.

    `holds` says how many documents sources had when it was ordered: of those no run removes more than half.
    """

    sources: Sequence[str] = ()
    dry_run: bool = False
    holds: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, job: AdminJob) -> Order:
        given = json.loads(job.argument)
        return cls(given["sources"], given["dry_run"], given.get("holds", {}))

    def __str__(self) -> str:
        return json.dumps({"sources": list(self.sources), "dry_run": self.dry_run, "holds": dict(self.holds)})


class IndexJobs:
    """Runs claimed jobs. `index` is `App.index`."""

    def __init__(self, *, store: Store, index: Callable[..., Awaitable[Report]]) -> None:
        self._store = store
        self._index = index

    async def execute(self, job: AdminJob, worker: str) -> None:
        """Until it is done, failed or cancelled. What a cancelled run has not published changes nothing.

        Raises LeaseLost, and then another worker has it. If this is cancelled itself, another may have it at once.
        """
        try:
            # Whoever had it before may have died before it could heed this.
            state, result = _CANCELLED if job.cancel else await self._run(job, worker=worker)
        except asyncio.CancelledError:
            await self._let_go(job, worker=worker)
            raise
        log.info("job.ended", job=job.id, state=state)
        async with self._store.transaction() as work:
            await work.jobs.finish(job.id, worker=worker, state=state, result=result)

    async def _run(self, job: AdminJob, *, worker: str) -> tuple[JobState, str]:
        order, at = Order.of(job), [0, 0]

        def progress(done: int, of: int) -> None:
            at[:] = done, of

        running = asyncio.ensure_future(self._obey(order, progress))
        try:
            await self._watch(job, running, at, worker=worker)
        finally:
            # It holds the index until it has really ended, and nobody else could index.
            running.cancel()
            await asyncio.wait([running])
        return _outcome(running, dry_run=order.dry_run)

    async def _obey(self, order: Order, progress: Progress) -> Report:
        if order.holds and not order.dry_run:
            _require_most_stays(await self._index(names=order.sources, dry_run=True), order)
        started = asyncio.get_running_loop().time()
        while True:
            try:
                return await self._index(names=order.sources, dry_run=order.dry_run, progress=progress)
            except RunInProgress:
                if asyncio.get_running_loop().time() - started > _PATIENCE.total_seconds():
                    raise
                await asyncio.sleep(_STEP)

    async def _watch(self, job: AdminJob, running: asyncio.Future[Report], at: list[int], *, worker: str) -> None:
        """Until it has ended, or somebody wants it to. Raises LeaseLost."""
        while True:
            await asyncio.wait([running], timeout=_STEP)
            if running.done():
                return
            # A database that is away for a moment costs no run: the lease outlasts it, or is lost.
            with suppress(StoreUnavailable):
                async with self._store.transaction() as work:
                    if not await work.jobs.advance(job.id, worker=worker, done=at[0], of=at[1], lease=LEASE):
                        return

    async def _let_go(self, job: AdminJob, *, worker: str) -> None:
        with suppress(BotError):
            async with self._store.transaction() as work:
                await work.jobs.advance(job.id, worker=worker, done=0, of=0, lease=timedelta(0))


def _outcome(ended: asyncio.Future[Report], *, dry_run: bool) -> tuple[JobState, str]:
    if ended.cancelled():
        return _CANCELLED
    exc = ended.exception()
    if exc is None:
        return "done", described(ended.result(), dry_run=dry_run)
    if isinstance(exc, BotError | KnowledgeError):
        return "failed", str(exc)
    # Whatever it was, the job has ended, and whoever ordered it is told.
    log.error("job.failed", error=type(exc).__name__)
    return "failed", f"It failed unexpectedly ({type(exc).__name__}): see the log of the worker."


def _require_most_stays(preview: Report, order: Order) -> None:
    """A folder that is not mounted looks like one whose documents were all deleted. Raises CommandError."""
    lost = [
        f"{gone:,} of the {counted(had, 'document')} of {name}"
        for name, had in order.holds.items()
        if (gone := sum(id == name or id.startswith(f"{name}/") for id in preview.deleted)) * 2 > had
    ]
    if lost:
        again = " ".join(["reindex", *order.sources, "--yes"])
        raise CommandError(f"Nothing was changed: it would remove {', '.join(lost)}. If that is right: `{again}`.")


def index_job(
    names: Sequence[str],
    *,
    by: str,
    at: datetime,
    dry_run: bool = False,
    reply: str = "",
    holds: Mapping[str, int] | None = None,
) -> AdminJob:
    """An order to bring sources up to date, all if none are named; see `Order`."""
    order = Order(names, dry_run, holds or {})
    return AdminJob(id=0, kind="reindex", state="queued", argument=str(order), by=by, at=at, reply=reply)


def has_errors(job: AdminJob) -> bool:
    """Whether parts of a run that is done failed."""
    return job.state == "done" and "\n- " in job.result


def described(report: Report, *, dry_run: bool) -> str:
    """What a run did, or would do, in words: a line, and an item for each of the first errors.

    A dry run names what would change, each on a line after `+`, `~` or `−`.
    """
    groups = (("+", "added", report.added), ("~", "changed", report.changed), ("−", "deleted", report.deleted))
    parts = [f"{len(documents):,} {name}" for _, name, documents in groups if documents]
    parts += [f"{report.unchanged:,} unchanged"] if report.unchanged else []
    parts += [counted(len(report.errors), "error")] if report.errors else []
    counts = ", ".join(parts) or "no documents"
    lines = [f"{'It would be' if dry_run else f'Done in {report.seconds:.1f} s'}: {counts}."]
    if dry_run:
        changes = [f"{sign} {document}" for sign, _, documents in groups for document in documents]
        lines += changes[:_CHANGES]
        lines += [f"… {counted(len(changes) - _CHANGES, 'more change')}"] if changes[_CHANGES:] else []
    lines += [f"- {failure(each.document, each.error)}" for each in report.errors[:_NAMED]]
    if report.errors[_NAMED:]:
        lines.append(f"- and {len(report.errors) - _NAMED} more: see `sources`")
    return "\n".join(lines)
