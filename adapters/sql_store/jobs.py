"""Work that admins ordered: one at a time in the whole deployment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import bindparam, case, exists, insert, literal, select, update

from adapters.sql_store import leases
from adapters.sql_store.schema import admin_jobs
from adapters.sql_store.unit import Row, Unit
from adapters.sql_store.values import to_moment, to_number
from bot.errors import LeaseLost
from bot.models import AdminJob, JobState


class SqlJobs:
    """`AdminJobs`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, job: AdminJob) -> AdminJob:
        values = {
            "kind": job.kind, "state": job.state, "argument": job.argument, "by": job.by, "at": to_number(job.at),
            "done": job.done, "of": job.of, "result": job.result, "cancel": job.cancel, "reply": job.reply,
        }  # fmt: skip
        return _job(await self._unit.first(insert(admin_jobs).returning(*admin_jobs.c), values))

    async def get(self, id: int) -> AdminJob | None:
        row = await self._unit.first(select(admin_jobs).where(admin_jobs.c.id == id))
        return _job(row) if row else None

    async def claim(self, worker: str, *, lease: timedelta) -> AdminJob | None:
        await self._unit.lock("admin_jobs")  # of two that look at once, the second sees what the first took
        values = {**leases.bounds(self._unit, lease), "worker": worker, "end": leases.end(self._unit, lease)}
        row = await self._unit.first(_CLAIM, values)
        return _job(row) if row else None

    async def advance(self, id: int, *, worker: str, done: int, of: int, lease: timedelta) -> bool:
        row = await self._mine(id, worker, done=done, of=of, until=leases.end(self._unit, lease))
        return not row.cancel

    async def finish(self, id: int, *, worker: str, state: JobState, result: str) -> None:
        await self._mine(id, worker, state=state, result=result, worker=None, until=0)

    async def cancel(self, id: int) -> bool:
        return bool(await self._unit.changed(_CANCEL, {"job": id}))

    async def recent(self, *, limit: int = 10) -> list[AdminJob]:
        query = select(admin_jobs).order_by(admin_jobs.c.id.desc()).limit(limit)
        return [_job(row) for row in await self._unit.rows(query)]

    async def _mine(self, id: int, holder: str, /, **values: Any) -> Row:
        row = await self._unit.first(
            update(admin_jobs)
            .where(admin_jobs.c.id == id, admin_jobs.c.worker == holder, admin_jobs.c.state == "running")
            .values(values)
            .returning(admin_jobs.c.cancel)
        )
        if row is None:
            raise LeaseLost(f"Somebody else has taken over job {id}: it goes on there.")
        return row


_other: Final = admin_jobs.alias("other")
_CLAIM: Final = (
    update(admin_jobs)
    .where(
        admin_jobs.c.id
        == select(admin_jobs.c.id)
        .where(
            admin_jobs.c.state.in_(("queued", "running")),
            leases.free(admin_jobs),
            ~exists(
                select(literal(1)).select_from(_other).where(_other.c.state == "running", ~leases.free(_other))
            ),
        )
        # Whoever was running goes on before another begins.
        .order_by((admin_jobs.c.state == "queued"), admin_jobs.c.id)
        .limit(1)
        .scalar_subquery()
    )
    .values(state="running", worker=bindparam("worker"), until=bindparam("end"))
    .returning(*admin_jobs.c)
)  # fmt: skip
_CANCEL: Final = (
    update(admin_jobs)
    .where(admin_jobs.c.id == bindparam("job"), admin_jobs.c.state.in_(("queued", "running")))
    .values(cancel=True, state=case((admin_jobs.c.state == "queued", "cancelled"), else_=admin_jobs.c.state))
)


def _job(row: Row) -> AdminJob:
    return AdminJob(
        row.id, row.kind, row.state, row.argument, row.by, to_moment(row.at), row.done, row.of, row.result,
        bool(row.cancel), row.reply,
    )  # fmt: skip
