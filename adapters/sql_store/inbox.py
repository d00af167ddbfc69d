"""Events on their way to a decision."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any, Final

import sqlalchemy
import structlog
from sqlalchemy import BigInteger, and_, bindparam, delete, exists, func, literal, or_, select, union_all

from adapters.sql_store import leases
from adapters.sql_store.schema import inbox, inbox_keys
from adapters.sql_store.unit import DialectName, Row, Unit, insert
from adapters.sql_store.values import from_json, to_json, to_moment
from bot.errors import StoreUnavailable
from bot.models import EVENTS, Conversation, Deleted, Event, Job, Message

log = structlog.get_logger()

_KINDS: Final[dict[str, type[Any]]] = {kind.__name__: kind for kind in EVENTS}


class SqlInbox:
    """`Inbox`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, event: Event) -> bool:
        # Order is that of row numbers: of two that come at once, one waits until the other can be seen.
        await self._unit.lock(f"inbox {event.conversation.id}")
        keys = list(dict.fromkeys(event.keys))
        values = {
            "lane": event.conversation.id, "kind": type(event).__name__, "author": event.author,
            "message": event.message if isinstance(event, Deleted) else "", "private": event.conversation.private,
            "value": to_json(event), "added": self._unit.now(),
        }  # fmt: skip
        row = await self._unit.first(_add(len(keys)), {**values, **{f"key_{n}": key for n, key in enumerate(keys)}})
        if row is None:
            return False
        if not keys:
            return True
        named = {"event": row.id, **{f"key_{n}": key for n, key in enumerate(keys)}}
        if await self._unit.changed(_add_keys(self._unit.dialect, len(keys)), named) == len(keys):
            return True
        # Another conversation brought one of the keys in this very moment: what was added is a redelivery.
        await self._unit.run(delete(inbox_keys).where(inbox_keys.c.event == row.id))
        await self._unit.run(delete(inbox).where(inbox.c.id == row.id))
        return False

    async def claim(self, worker: str, *, lease: timedelta, limit: int) -> list[Job]:
        rows = await leases.claim(self._unit, inbox, worker=worker, lease=lease, limit=limit)
        return [job for row in rows if (job := _job(row))]

    async def extend(self, worker: str, *, lease: timedelta) -> None:
        await leases.extend(self._unit, inbox, worker=worker, lease=lease)

    async def finish(self, job: Job, *, worker: str) -> None:
        await leases.finish(self._unit, inbox, id=job.id, worker=worker, attempts=job.attempts)

    async def retry(self, job: Job, *, worker: str, after: timedelta) -> None:
        await leases.retry(self._unit, inbox, id=job.id, worker=worker, attempts=job.attempts, after=after)

    async def release(self, worker: str) -> None:
        await leases.release(self._unit, inbox, worker=worker)

    async def stops(self, conversation: Conversation, *, after: Job) -> bool:
        message = after.event.id if isinstance(after.event, Message) else ""
        values = {"lane": conversation.id, "id": after.id, "message": message, "author": after.event.author}
        return bool(await self._unit.number(_STOPS, values))

    async def waiting(self) -> int:
        return await leases.waiting(self._unit, inbox)

    async def pending(self, conversation: Conversation) -> list[Event]:
        rows = await self._unit.rows(_PENDING, {"lane": conversation.id})
        return [job.event for row in rows if (job := _job(row))]

    async def accepted(self) -> int:
        return await self._unit.number(_ACCEPTED)

    async def took(self, *, limit: int = 100) -> list[timedelta]:
        return await leases.took(self._unit, inbox, limit=limit)


_ACCEPTED: Final = select(func.coalesce(func.max(inbox.c.id), 0))
_PENDING: Final = (
    select(inbox).where(inbox.c.lane == bindparam("lane"), inbox.c.finished.is_(None)).order_by(inbox.c.id)
)  # fmt: skip
_STOPS: Final = select(
    func.count()
).where(
    inbox.c.lane == bindparam("lane"), inbox.c.finished.is_(None), inbox.c.id > bindparam("id"),
    or_(
        and_(inbox.c.kind == "Stopped", inbox.c.author == bindparam("author")),
        and_(inbox.c.kind == "Deleted", inbox.c.message == bindparam("message")),
    ),
)  # fmt: skip


@cache
def _add(keys: int) -> Any:
    """Insert an event unless one of its keys is there: a redelivery, which is common, writes nothing."""
    names = ("lane", "kind", "author", "message", "private", "value", "added")
    values = select(*(bindparam(name, type_=inbox.c[name].type) for name in names))
    if keys:
        known = [inbox_keys.c.key == bindparam(f"key_{number}") for number in range(keys)]
        values = values.where(~exists(select(literal(1)).select_from(inbox_keys).where(or_(*known))))
    return sqlalchemy.insert(inbox).from_select(names, values).returning(inbox.c.id)


@cache
def _add_keys(dialect: DialectName, keys: int) -> Any:
    # Not `values([...])`, which SQLAlchemy compiles each time.
    rows = [
        select(bindparam(f"key_{number}", type_=inbox_keys.c.key.type), bindparam("event", type_=BigInteger))
        for number in range(keys)
    ]
    return insert(dialect, inbox_keys).from_select(("key", "event"), union_all(*rows)).on_conflict_do_nothing()


def _job(row: Row) -> Job | None:
    try:
        event: Event = from_json(_KINDS.get(row.kind, Message), row.value)
    except StoreUnavailable as exc:
        # Its conversation waits; the others go on.
        log.error("inbox.unreadable", job=row.id, kind=row.kind, reason=str(exc))
        return None
    return Job(row.id, event, row.attempts, to_moment(row.added))
