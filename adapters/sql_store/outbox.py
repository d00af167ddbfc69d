"""Replies on their way to a platform."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import sqlalchemy
import structlog
from sqlalchemy import bindparam, delete, exists, literal, select

from adapters.sql_store import leases
from adapters.sql_store.posts import SqlPosts
from adapters.sql_store.schema import outbox, posts
from adapters.sql_store.unit import DialectName, Row, Unit, insert
from adapters.sql_store.values import from_json, to_json, to_moment
from bot.errors import LeaseLost, StoreUnavailable
from bot.models import Delivery, Operation, Reply

log = structlog.get_logger()

_COLUMNS: Final = ("lane", "reply", "operation", "only_for", "ticket", "value", "added")


class SqlOutbox:
    """`Outbox`. A lane is a conversation: what stands under a post of it goes out after that post."""

    def __init__(self, unit: Unit, written: SqlPosts) -> None:
        self._unit = unit
        self._posts = written

    async def add(self, reply: Reply, operation: Operation = "post") -> None:
        values = {
            "lane": reply.conversation.id, "reply": reply.id, "operation": operation, "only_for": reply.only_for,
            "ticket": reply.ticket,             "value": to_json(reply), "added": self._unit.now(),
        }  # fmt: skip
        await self._unit.run(_post(self._unit.dialect) if operation == "post" else _CHANGE, values)

    async def claim(self, worker: str, *, lease: timedelta, limit: int) -> list[Delivery]:
        rows = await leases.claim(self._unit, outbox, worker=worker, lease=lease, limit=limit)
        now = self._unit.clock()
        return [delivery for row in rows if (delivery := _delivery(row, now=now))]

    async def extend(self, worker: str, *, lease: timedelta) -> None:
        await leases.extend(self._unit, outbox, worker=worker, lease=lease)

    async def keep_placeholder(self, delivery: Delivery, *, worker: str, post: str) -> None:
        if not await leases.change(
            self._unit, outbox, id=delivery.id, worker=worker, attempts=delivery.attempts, values={"placeholder": post}
        ):
            raise LeaseLost(f"Somebody else sends {delivery.reply.id} now: its placeholder was not kept.")

    async def sent(self, delivery: Delivery, *, worker: str, post: str) -> None:
        await leases.finish(self._unit, outbox, id=delivery.id, worker=worker, attempts=delivery.attempts)
        if delivery.operation == "delete":
            await self._posts.remove(delivery.reply)
        elif post:  # else it was never there, so there was nothing to change
            await self._posts.put(delivery.reply, post=post, again=delivery.operation == "update")

    async def retry(self, delivery: Delivery, *, worker: str, after: timedelta) -> None:
        await leases.retry(
            self._unit, outbox, id=delivery.id, worker=worker, attempts=delivery.attempts, after=after,
            uncertain=delivery.uncertain,
        )  # fmt: skip

    async def give_up(self, delivery: Delivery, *, worker: str, reason: str) -> None:
        await leases.finish(
            self._unit, outbox, id=delivery.id, worker=worker, attempts=delivery.attempts, reason=reason or "unknown"
        )

    async def release(self, worker: str) -> None:
        # Nobody knows how far it came with each: whoever is next looks first.
        await leases.release(self._unit, outbox, worker=worker, uncertain=True)

    async def withdraw(self, reply: str) -> bool:
        return bool(await self._unit.changed(_WITHDRAW, {"reply": reply}))

    async def waiting(self) -> int:
        return await leases.waiting(self._unit, outbox)

    async def took(self, *, limit: int = 100) -> list[timedelta]:
        return await leases.took(self._unit, outbox, limit=limit, where=outbox.c.reason == "")

    async def failed(self, *, limit: int = 50) -> list[tuple[Reply, str]]:
        rows = await self._unit.rows(_FAILED, {"most": limit})
        return [(from_json(Reply, row.value), row.reason) for row in rows]


_CHANGE: Final = sqlalchemy.insert(outbox).values({name: bindparam(name) for name in _COLUMNS})
_WITHDRAW: Final = delete(outbox).where(
    outbox.c.reply == bindparam("reply"), outbox.c.operation == "post", outbox.c.finished.is_(None),
    outbox.c.worker.is_(None), outbox.c.attempts == 0, outbox.c.uncertain.is_(False),
)  # fmt: skip
_FAILED: Final = (
    select(outbox.c.value, outbox.c.reason)
    .where(outbox.c.finished.is_not(None), outbox.c.reason != "")
    .order_by(outbox.c.finished.desc(), outbox.c.id.desc())
    .limit(bindparam("most"))
)


@cache
def _post(dialect: DialectName) -> Any:
    """A post whose id was never added before, neither to what is here nor to what was posted long ago."""
    values = select(*(bindparam(name, type_=outbox.c[name].type) for name in _COLUMNS))
    posted = exists(select(literal(1)).select_from(posts).where(posts.c.reply == bindparam("reply")))
    return insert(dialect, outbox).from_select(_COLUMNS, values.where(~posted)).on_conflict_do_nothing()


def _delivery(row: Row, *, now: datetime) -> Delivery | None:
    try:
        reply = from_json(Reply, row.value)
    except StoreUnavailable as exc:
        # Its conversation waits; the others go on.
        log.error("outbox.unreadable", delivery=row.id, reply=row.reply, reason=str(exc))
        return None
    return Delivery(
        row.id, row.operation, reply, row.attempts, bool(row.uncertain), row.placeholder, now - to_moment(row.added)
    )
