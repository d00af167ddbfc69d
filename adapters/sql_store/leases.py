"""Ordered work that one worker at a time holds for a while: what inbox and outbox have in common.

Order is that of row numbers, never of clocks. A row is held until its lease ends, or waits until it is tried again;
both ends are remembered as times. A clock that was set back must not block a row: an end further away than it can
have been set counts as reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from adapters.sql_store.unit import Row, Unit
from adapters.sql_store.values import to_moment
from bot.errors import LeaseLost

LONGEST_RETRY: Final = timedelta(hours=1)
_TRUE: Final = true()
_SLACK: Final = timedelta(minutes=1)
"""By how much the clocks of several machines may differ."""


async def claim(unit: Unit, table: Table, *, worker: str, lease: timedelta, limit: int) -> list[Row]:
    """The oldest rows that nobody holds, each the first of its lane; each is counted as an attempt."""
    values = {**bounds(unit, lease), "worker": worker, "end": end(unit, lease), "most": limit}
    return sorted(await unit.rows(_claim(table), values), key=lambda row: int(row.id))


async def extend(unit: Unit, table: Table, *, worker: str, lease: timedelta) -> None:
    await unit.run(
        update(table).where(table.c.worker == worker, table.c.finished.is_(None)).values(until=bindparam("end")),
        {"end": end(unit, lease)},
    )


async def change(unit: Unit, table: Table, *, id: int, worker: str, attempts: int, values: Mapping[str, Any]) -> bool:
    """Change a row that the worker holds since that attempt; whether it still does."""
    return bool(await unit.changed(_change(table, tuple(values)), {**_mine(id, worker, attempts), **values}))


async def finish(unit: Unit, table: Table, *, id: int, worker: str, attempts: int, **values: Any) -> None:
    """Raises LeaseLost."""
    done = {"finished": unit.now(), "worker": None, "until": 0, **values}
    if not await change(unit, table, id=id, worker=worker, attempts=attempts, values=done):
        raise LeaseLost(f"Somebody else has taken over {table.name} {id}: nothing of this attempt is stored.")


async def retry(
    unit: Unit, table: Table, *, id: int, worker: str, attempts: int, after: timedelta, **values: Any
) -> None:
    again = unit.now() + _number(max(timedelta(0), min(after, LONGEST_RETRY)))
    await change(
        unit, table, id=id, worker=worker, attempts=attempts, values={"worker": None, "until": again, **values}
    )


async def release(unit: Unit, table: Table, *, worker: str, **values: Any) -> None:
    await unit.run(
        update(table)
        .where(table.c.worker == worker, table.c.finished.is_(None))
        .values(worker=None, until=0, attempts=table.c.attempts - 1, **values)
    )


async def waiting(unit: Unit, table: Table) -> int:
    return await unit.number(select(func.count()).select_from(table).where(table.c.finished.is_(None)))


async def took(unit: Unit, table: Table, *, limit: int, where: ColumnElement[bool] = _TRUE) -> list[timedelta]:
    """How long the rows that were finished last were there, latest first."""
    latest = select(table.c.added, table.c.finished).where(table.c.finished.is_not(None), where)
    rows = await unit.rows(latest.order_by(table.c.finished.desc()).limit(limit))
    return [to_moment(row.finished) - to_moment(row.added) for row in rows]


def free(table: FromClause) -> Any:
    """Whether nobody holds a row and it need not wait, given `bounds`."""
    longest = case(
        (table.c.worker.is_(None), bindparam("longest_retry", type_=BigInteger)),
        else_=bindparam("longest_lease", type_=BigInteger),
    )
    return or_(table.c.until <= bindparam("now"), table.c.until > longest)


def bounds(unit: Unit, lease: timedelta) -> dict[str, int]:
    """What `free` needs to know of a claim."""
    now = unit.now()
    return {
        "now": now,
        "longest_retry": now + _number(LONGEST_RETRY + _SLACK),
        "longest_lease": now + _number(lease + _SLACK),
    }


def end(unit: Unit, lease: timedelta) -> int:
    return unit.now() + _number(lease)


def _number(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _mine(id: int, worker: str, attempts: int) -> dict[str, Any]:
    return {"my_id": id, "my_worker": worker, "my_attempts": attempts}


@cache
def _claim(table: Table) -> ReturningUpdate[Any]:
    before = table.alias("before")
    behind = exists(
        select(1).select_from(before).where(
            before.c.lane == table.c.lane, before.c.finished.is_(None), before.c.id < table.c.id
        )
    )  # fmt: skip
    next_ones: Select[Any] = (
        select(table.c.id)
        .where(table.c.finished.is_(None), free(table), ~behind)
        .order_by(table.c.id)
        .limit(bindparam("most"))
        # PostgreSQL: who finds a row held by a claim that is under way takes another. SQLite has one writer anyway.
        .with_for_update(skip_locked=True, of=table)
    )
    values: dict[str, Any] = {
        "worker": bindparam("worker"), "until": bindparam("end"), "attempts": table.c.attempts + 1,
    }  # fmt: skip
    if "uncertain" in table.c:  # its last holder never said what became of it
        values["uncertain"] = case((table.c.worker.is_not(None), true()), else_=table.c.uncertain)
    picked = next_ones.cte("picked")
    return update(table).where(table.c.id.in_(select(picked.c.id))).values(values).returning(*table.c)


@cache
def _change(table: Table, columns: tuple[str, ...]) -> Any:
    return (
        update(table)
        .where(
            and_(
                table.c.id == bindparam("my_id"),
                table.c.worker == bindparam("my_worker"),
                table.c.attempts == bindparam("my_attempts"),
                table.c.finished.is_(None),
            )
        )
        .values({name: bindparam(name) for name in columns})
    )
