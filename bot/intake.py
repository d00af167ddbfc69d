"""The one way in. What is accepted is on the disk before the platform hears of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import structlog

from bot.errors import NotAllowed
from bot.models import Event, Exchange, Person, Posted, Ticket
from bot.ports import Directory, Store, WakeUps
from knowledge.ports import PassageIndex

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

        Raises NotAllowed and StoreUnavailable.
        """
        person = await self._directory.person(by)
        match query:
            case Why():
                return await self._why(query.reply, person)
            case Mine():
                async with self._store.reading() as work:
                    return Asked(tuple(await work.exchanges.of(person.id)), tuple(await work.tickets.of(person.id)))
            case Queue():
                if not person.may("expert"):
                    raise NotAllowed("Only those who answer questions can see what is waiting.")
                async with self._store.reading() as work:
                    return tuple(await work.tickets.in_state("open", "claimed", "answered"))

    async def _why(self, reply: str, person: Person) -> Exchange | None:
        """Without passages that the person may not read now, and without a text that quotes one, whoever asked."""
        async with self._store.reading() as work:
            exchange = await work.exchanges.get(reply)
        if exchange is None or not (person.id == exchange.asker or person.may("expert")):
            return None
        ids = [found.passage for found in exchange.found] + [source.passage for source in exchange.sources]
        readable = {
            passage.id for passage in await self._index.passages(ids) if passage.document.audience & person.readable
        }
        whole = all(source.passage in readable for source in exchange.sources)
        return replace(
            exchange,
            text=exchange.text if whole else "",
            found=tuple(found for found in exchange.found if found.passage in readable),
            sources=tuple(source for source in exchange.sources if source.passage in readable),
        )

    async def posts(self, platform: str, *, after: int) -> list[tuple[int, Posted]]:
        """What was posted on a platform that has no memory of its own: terminal and console follow along with it."""
        async with self._store.reading() as work:
            return await work.posts.latest(platform, after=after)
