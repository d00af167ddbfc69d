"""What was said, and what was decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from adapters.sql_store.schema import conversations, exchanges, said
from adapters.sql_store.unit import Row, Unit
from adapters.sql_store.values import from_json, to_json, to_number
from bot.models import Conversation, ConversationState, Exchange, Said


class SqlTurns:
    """`Turns`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def state(self, conversation: Conversation) -> ConversationState:
        unit, new = self._unit, ConversationState(conversation)
        if unit.writing and unit.dialect == "postgresql":
            # A row that is not there cannot be held against others.
            await unit.run(_NEW_STATE, {**_state_row(new), "updated": unit.now()})
        row = await unit.first(_STATE_HELD if unit.writing else _STATE, {"id": conversation.id})
        return from_json(ConversationState, row.value) if row else new

    async def save(self, state: ConversationState) -> None:
        await self._unit.put(conversations, {**_state_row(state), "updated": self._unit.now()}, key=("id",))

    async def add(self, said_now: Said) -> None:
        await self._unit.run(
            insert(said),
            {
                "conversation": said_now.conversation.id, "message": said_now.message, "author": said_now.author,
                "at": to_number(said_now.at), "value": to_json(said_now),
            },
        )  # fmt: skip

    async def recent(self, conversation: Conversation, *, limit: int = 8) -> list[Said]:
        rows = await self._unit.rows(_RECENT, {"conversation": conversation.id, "most": limit})
        return [from_json(Said, row.value) for row in reversed(rows)]

    async def edit(self, conversation: Conversation, message: str, *, text: str) -> bool:
        rows = await self._unit.rows(_SAID, {"conversation": conversation.id, "message": message})
        for row in rows:
            edited = to_json(replace(from_json(Said, row.value), text=text))
            await self._unit.run(_EDIT, {"row": row.id, "new_value": edited})
        return bool(rows)

    async def delete(self, conversation: Conversation, message: str) -> bool:
        values = {"conversation": conversation.id, "message": message}
        return bool(await self._unit.changed(_UNSAY, values))


class SqlExchanges:
    """`Exchanges`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, exchange: Exchange) -> None:
        values = {
            "id": exchange.id, "conversation": exchange.conversation.id, "message": exchange.message,
            "asker": exchange.asker, "outcome": exchange.outcome, "route": exchange.route, "ticket": exchange.ticket,
            "at": to_number(exchange.at), "value": to_json(exchange),
        }  # fmt: skip
        await self._unit.put(exchanges, values, key=("id",))

    async def get(self, id: str) -> Exchange | None:
        return _exchange(await self._unit.first(_EXCHANGE, {"id": id}))

    async def about(self, conversation: Conversation, message: str) -> Exchange | None:
        return _exchange(await self._unit.first(_ABOUT, {"conversation": conversation.id, "message": message}))

    async def last(self, conversation: Conversation) -> Exchange | None:
        return _exchange(await self._unit.first(_LAST, {"conversation": conversation.id}))

    async def of(self, asker: str, *, limit: int = 20) -> list[Exchange]:
        rows = await self._unit.rows(_OF, {"asker": asker, "most": limit})
        return [from_json(Exchange, row.value) for row in rows]

    async def unanswered(self, *, since: datetime) -> list[Exchange]:
        rows = await self._unit.rows(_UNANSWERED, {"at": to_number(since)})
        return [from_json(Exchange, row.value) for row in rows]

    async def count(self, *, since: datetime) -> Mapping[str, int]:
        rows = await self._unit.rows(_COUNT, {"at": to_number(since)})
        counts: dict[str, int] = {}
        for row in rows:
            for name in (row.outcome, f"route:{row.route}"):
                counts[name] = counts.get(name, 0) + row.many
        return counts


_NEW_STATE: Final = postgresql.insert(conversations).on_conflict_do_nothing()
_STATE: Final = select(conversations.c.value).where(conversations.c.id == bindparam("id"))
_STATE_HELD: Final = _STATE.with_for_update()
_RECENT: Final = (
    select(said.c.value).where(said.c.conversation == bindparam("conversation"))
    .order_by(said.c.id.desc()).limit(bindparam("most"))
)  # fmt: skip
_SAID: Final = select(said.c.id, said.c.value).where(
    said.c.conversation == bindparam("conversation"), said.c.message == bindparam("message")
)
_EDIT: Final = update(said).where(said.c.id == bindparam("row")).values(value=bindparam("new_value"))
_UNSAY: Final = delete(said).where(
    said.c.conversation == bindparam("conversation"), said.c.message == bindparam("message")
)

_VALUE: Final = select(exchanges.c.value)
_EXCHANGE: Final = _VALUE.where(exchanges.c.id == bindparam("id"))
_LATEST: Final = _VALUE.order_by(exchanges.c.row.desc())
_LAST: Final = _LATEST.where(exchanges.c.conversation == bindparam("conversation")).limit(1)
_ABOUT: Final = _LAST.where(exchanges.c.message == bindparam("message"))
_OF: Final = _LATEST.where(exchanges.c.asker == bindparam("asker")).limit(bindparam("most"))
_UNANSWERED: Final = _VALUE.where(
    exchanges.c.at >= bindparam("at"), exchanges.c.outcome != "answered"
).order_by(exchanges.c.row)  # fmt: skip
_COUNT: Final = (
    select(exchanges.c.outcome, exchanges.c.route, func.count().label("many"))
    .where(exchanges.c.at >= bindparam("at")).group_by(exchanges.c.outcome, exchanges.c.route)
)  # fmt: skip


def _state_row(state: ConversationState) -> dict[str, object]:
    return {
        "id": state.conversation.id, "asker": state.asker, "owner": state.owner,
        "private": state.conversation.private, "value": to_json(state),
    }  # fmt: skip


def _exchange(row: Row | None) -> Exchange | None:
    return from_json(Exchange, row.value) if row else None
