"""Questions handed to people, and what they taught."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, insert, or_, select, update

from adapters.sql_store.schema import learned, tickets
from adapters.sql_store.unit import Row, Unit
from adapters.sql_store.values import from_json, to_json, to_number
from bot.errors import StoreUnavailable
from bot.models import OPEN, Conversation, Learned, LearnedState, Ticket, TicketState


class SqlTickets:
    """`Tickets`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, ticket: Ticket) -> Ticket:
        number = await self._unit.number(
            insert(tickets).returning(tickets.c.number), {**_ticket_row(ticket), "updated": self._unit.now()}
        )
        return replace(ticket, number=number)

    async def get(self, number: int) -> Ticket | None:
        return await self._one(_GET_HELD if self._unit.writing else _GET, number=number)

    async def save(self, ticket: Ticket) -> None:
        values = {**_ticket_row(ticket), "updated": self._unit.now()}
        if not await self._unit.changed(_SAVE, {"old": ticket.number, **values}):
            raise StoreUnavailable(f"There is no ticket {ticket.number} any more: it was removed.")

    async def open_in(self, conversation: Conversation) -> Ticket | None:
        return await self._one(_OPEN_IN, conversation=conversation.id)

    async def latest_in(self, conversation: Conversation) -> Ticket | None:
        return await self._one(_LATEST_IN, conversation=conversation.id)

    async def of_card(self, card: str) -> Ticket | None:
        return await self._one(_OF_CARD, card=card)

    async def in_state(self, *states: TicketState, limit: int = 100) -> list[Ticket]:
        return await self._many(_IN_STATE, states=list(states), most=limit)

    async def of(self, asker: str, *, limit: int = 20) -> list[Ticket]:
        return await self._many(_OF, asker=asker, most=limit)

    async def due(self, *, limit: int = 50) -> list[Ticket]:
        return await self._many(_DUE, now=self._unit.now(), most=limit)

    async def count(self) -> Mapping[TicketState, int]:
        return {row.state: row.many for row in await self._unit.rows(_COUNT)}

    async def _one(self, query: Select[Any], **values: Any) -> Ticket | None:
        row = await self._unit.first(query, values)
        return _ticket(row) if row else None

    async def _many(self, query: Select[Any], **values: Any) -> list[Ticket]:
        return [_ticket(row) for row in await self._unit.rows(query, values)]


class SqlLearned:
    """`LearnedDocuments`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def add(self, document: Learned) -> Learned:
        values = {"state": document.state, "value": to_json(document)}
        return replace(document, id=await self._unit.number(insert(learned).returning(learned.c.id), values))

    async def get(self, id: int) -> Learned | None:
        row = await self._unit.first(self._unit.held(_LEARNED), {"id": id})
        return _document(row) if row else None

    async def save(self, document: Learned) -> None:
        await self._unit.run(
            _SAVE_LEARNED, {"old": document.id, "new_state": document.state, "new_value": to_json(document)}
        )

    async def in_state(self, state: LearnedState) -> list[Learned]:
        return [_document(row) for row in await self._unit.rows(_LEARNED_IN, {"state": state})]

    async def remove(self, id: int) -> bool:
        return bool(await self._unit.changed(_REMOVE_LEARNED, {"old": id}))


_ALL: Final = select(tickets.c.number, tickets.c.value)
_GET: Final = _ALL.where(tickets.c.number == bindparam("number"))
_GET_HELD: Final = _GET.with_for_update()
_LATEST_IN: Final = (
    _ALL.where(
        or_(tickets.c.conversation == bindparam("conversation"), tickets.c.private == bindparam("conversation"))
    ).order_by(tickets.c.number.desc()).limit(1)
)  # fmt: skip
_OPEN_IN: Final = _LATEST_IN.where(tickets.c.state.in_(sorted(OPEN)))
_OF_CARD: Final = _ALL.where(tickets.c.card == bindparam("card")).order_by(tickets.c.number.desc()).limit(1)
_IN_STATE: Final = (
    _ALL.where(tickets.c.state.in_(bindparam("states", expanding=True)))
    .order_by(tickets.c.number).limit(bindparam("most"))
)  # fmt: skip
_OF: Final = (
    _ALL.where(tickets.c.asker == bindparam("asker"))
    .order_by(tickets.c.number.desc()).limit(bindparam("most"))
)  # fmt: skip
_DUE: Final = (
    _ALL.where(tickets.c.remind_at <= bindparam("now"))
    .order_by(tickets.c.remind_at, tickets.c.number).limit(bindparam("most"))
)  # fmt: skip
_COUNT: Final = select(tickets.c.state, func.count().label("many")).group_by(tickets.c.state)
_SAVE: Final = (
    update(tickets).where(tickets.c.number == bindparam("old"))
    .values({column.name: bindparam(column.name) for column in tickets.columns if column is not tickets.c.number})
)  # fmt: skip

_LEARNED: Final = select(learned.c.id, learned.c.value).where(learned.c.id == bindparam("id"))
_LEARNED_IN: Final = (
    select(learned.c.id, learned.c.value).where(learned.c.state == bindparam("state")).order_by(learned.c.id)
)
_SAVE_LEARNED: Final = (
    update(learned).where(learned.c.id == bindparam("old"))
    .values(state=bindparam("new_state"), value=bindparam("new_value"))
)  # fmt: skip

_REMOVE_LEARNED: Final = delete(learned).where(learned.c.id == bindparam("old"))


def _ticket_row(ticket: Ticket) -> dict[str, Any]:
    return {
        "state": ticket.state, "conversation": ticket.conversation.id,
        "private": ticket.private.id if ticket.private else "", "asker": ticket.asker, "card": ticket.card,
        "remind_at": to_number(ticket.remind_at) if ticket.remind_at else None,
        "opened": to_number(ticket.opened), "answered": to_number(ticket.answered) if ticket.answered else None,
        "draft_sent": ticket.draft_sent, "value": to_json(ticket),
    }  # fmt: skip


def _ticket(row: Row) -> Ticket:
    return replace(from_json(Ticket, row.value), number=row.number)


def _document(row: Row) -> Learned:
    return replace(from_json(Learned, row.value), id=row.id)
