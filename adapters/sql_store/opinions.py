"""What people thought, what they did, and the answers that were pinned."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from adapters.sql_store.schema import audit, feedback, pins
from adapters.sql_store.unit import Row, Unit
from adapters.sql_store.values import clean, from_json, to_json, to_moment, to_number
from bot.models import AuditEntry, Feedback, Pin


class SqlFeedback:
    """`Feedbacks`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def put(self, opinion: Feedback) -> None:
        values = {
            "reply": opinion.reply, "person": opinion.person, "helpful": opinion.helpful, "reason": opinion.reason,
            "at": to_number(opinion.at), "seen": opinion.seen,
        }  # fmt: skip
        await self._unit.put(feedback, values, key=("reply", "person"))

    async def of(self, reply: str) -> list[Feedback]:
        query = select(feedback).where(feedback.c.reply == reply).order_by(feedback.c.at, feedback.c.person)
        return [_opinion(row) for row in await self._unit.rows(query)]

    async def latest(self, *, unseen: bool = False, helpful: bool | None = None, limit: int = 100) -> list[Feedback]:
        query = select(feedback).order_by(feedback.c.at.desc(), feedback.c.reply, feedback.c.person).limit(limit)
        if unseen:
            query = query.where(feedback.c.seen.is_(False))
        if helpful is not None:
            query = query.where(feedback.c.helpful.is_(helpful))
        return [_opinion(row) for row in await self._unit.rows(query)]


class SqlAudit:
    """`Audit`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, entry: AuditEntry) -> None:
        await self._unit.run(
            insert(audit),
            {
                "at": to_number(entry.at), "actor": entry.actor, "action": entry.action, "subject": entry.subject,
                "detail": entry.detail,
            },
        )  # fmt: skip

    async def entries(self, *, since: datetime | None = None) -> AsyncIterator[AuditEntry]:
        last, at = 0, to_number(since) if since else -(2**62)
        while rows := await self._unit.rows(_ENTRIES, {"id": last, "at": at}):
            for row in rows:
                yield AuditEntry(to_moment(row.at), row.actor, row.action, row.subject, row.detail)
            last = rows[-1].id


class SqlPins:
    """`Pins`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def put(self, pin: Pin) -> None:
        readers = json.dumps(sorted(map(clean, pin.audience)), ensure_ascii=False)
        await self._unit.put(pins, {"key": pin.key, "readers": readers, "value": to_json(pin)}, key=("key", "readers"))

    async def of(self, key: str) -> list[Pin]:
        return [from_json(Pin, row.value) for row in await self._unit.rows(_PINS.where(pins.c.key == key))]

    async def all(self) -> list[Pin]:
        return [from_json(Pin, row.value) for row in await self._unit.rows(_PINS)]

    async def remove(self, key: str) -> bool:
        return bool(await self._unit.changed(delete(pins).where(pins.c.key == key)))


_ENTRIES: Final = (
    select(audit).where(audit.c.id > bindparam("id"), audit.c.at >= bindparam("at")).order_by(audit.c.id).limit(500)
)
_PINS: Final = select(pins.c.value).order_by(pins.c.key, pins.c.readers)


def _opinion(row: Row) -> Feedback:
    return Feedback(row.reply, row.person, bool(row.helpful), row.reason, to_moment(row.at), bool(row.seen))
