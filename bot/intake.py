"""The one way in. What is accepted is on the disk before the platform hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import structlog

from bot.errors import NotAllowed
from bot.models import Event, Exchange, Person, Posted, Ticket
from bot.ports import Directory, Store, WakeUps
from knowledge.ports import PassageIndex
from knowledge.rights import readable

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Why:
    """Why was this answered so? By the id of the reply, or of the message it answers."""

    reply: str


@dataclass(frozen=True, slots=True)
class Mine:
    """What somebody has asked, and what became of it."""


@dataclass(frozen=True, slots=True)
class Queue:
    """The tickets that wait for people, oldest first."""


Query: TypeAlias = Why | Mine | Queue


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked, latest first, and their tickets."""

    exchanges: tuple[Exchange, ...]
    tickets: tuple[Ticket, ...]


class Intake:
    """Accepts events, and answers at once what a platform wants at once."""

    def __init__(self, *, store: Store, directory: Directory, index: PassageIndex, wake: WakeUps) -> None:
        self._store = store
        self._directory = directory
        self._index = index
        self._wake = wake

    async def accept(self, event: Event) -> bool:
        """Keep an event durably; only then may the platform be told that it arrived. False for a redelivery.

        Raises StoreUnavailable: then it was not kept, and the platform must be told so (HTTP 503, or silence).
        """
        async with self._store.transaction() as work:
            new = await work.inbox.add(event)
        log.info("event.accepted" if new else "event.redelivered", kind=type(event).__name__.lower())
        self._wake.notify("inbox")
        return new

    async def ask_now(self, query: Query, *, by: str) -> Exchange | Asked | tuple[Ticket, ...] | None:
        """`Why` gives an Exchange or None, `Mine` an Asked, `Queue` tickets. Nothing of it is journalled.

        Whoever asked or answers, nothing is shown of documents that the person may not read now. Raises NotAllowed,
        StoreUnavailable, IndexUnavailable.
        """
        person = await self._directory.person(by)
        match query:
            case Why():
                async with self._store.reading() as work:
                    exchange = await work.exchanges.get(query.reply)
                if exchange is None or not (person.id == exchange.asker or person.may("expert")):
                    return None
                return (await self._exchanges([exchange], person))[0]
            case Mine():
                async with self._store.reading() as work:
                    exchanges, tickets = await work.exchanges.of(person.id), await work.tickets.of(person.id)
                return Asked(await self._exchanges(exchanges, person), await self._tickets(tickets, person))
            case Queue():
                if not person.may("expert"):
                    raise NotAllowed("Only those who answer questions can see what is waiting.")
                async with self._store.reading() as work:
                    tickets = await work.tickets.in_state("open", "claimed", "answered")
                return await self._tickets(tickets, person)

    async def _exchanges(self, exchanges: Sequence[Exchange], person: Person) -> tuple[Exchange, ...]:
        """Without passages that the person may not read, and without texts that quote one."""
        ids = [found.passage for exchange in exchanges for found in exchange.found]
        ids += [source.passage for exchange in exchanges for source in exchange.sources]
        allowed = await self._readable(ids, person)
        return tuple(exchange.readable(allowed) for exchange in exchanges)

    async def _tickets(self, tickets: Sequence[Ticket], person: Person) -> tuple[Ticket, ...]:
        """Without drafts that quote what the person may not read."""
        allowed = await self._readable([source.passage for each in tickets for source in each.sources], person)
        return tuple(ticket.readable(allowed) for ticket in tickets)

    async def _readable(self, ids: Sequence[str], person: Person) -> frozenset[str]:
        passages = await readable(self._index, ids, groups=person.readable)
        return frozenset(passage.id for passage in passages)

    async def posts(self, platform: str, *, after: int) -> list[tuple[int, Posted]]:
        """What was posted on a platform that has no memory of its own: terminal and console follow along with it."""
        async with self._store.reading() as work:
            return await work.posts.latest(platform, after=after)
