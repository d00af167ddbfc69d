"""The one way in. What is accepted is on the disk before the platform hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import structlog

from bot.errors import NotAllowed
from bot.learning.finding import told
from bot.models import (
    Case,
    Changed,
    Conversation,
    Dialogue,
    Event,
    Exchange,
    Message,
    Opened,
    Person,
    Posted,
    Ticket,
)
from bot.ports import Directory, Store, WakeUps
from bot.tickets.cards import card
from knowledge.ports import PassageIndex
from knowledge.rights import readable

log = structlog.get_logger()

_MOST_SAID: Final = 200
_CLOSED: Final = "(This quoted what has changed since, or what you may not read any more.)"


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


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation of one's own; those who answer see any. Gives a Dialogue."""

    conversation: Conversation


@dataclass(frozen=True, slots=True)
class Open:
    """A passage in its document. Gives an Opened, or None where there is none that the person may read."""

    passage: str


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
        kind, message = type(event).__name__.lower(), event.id if isinstance(event, Message) else ""
        log.info("event.accepted" if new else "event.redelivered", kind=kind, message=message)
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

    async def talk(self, query: Talk, *, by: str) -> Dialogue:
        """Answers that quote what the person may not read today are without their text. Raises NotAllowed."""
        person = await self._directory.person(by)
        async with self._store.reading() as work:
            state = await work.turns.state(query.conversation)
            if state.asker not in ("", person.id) and not person.may("expert"):
                raise NotAllowed("That is somebody else's conversation.")
            said = await work.turns.recent(query.conversation, limit=_MOST_SAID)
            posted = await work.posts.within(query.conversation)
            pending = await work.inbox.pending(query.conversation)
            ticket = await work.tickets.latest_in(query.conversation)
        allowed = await self._readable([source.passage for each in posted for source in each.reply.sources], person)
        return Dialogue(
            state=state,
            said=tuple(said),
            posted=tuple(_as_readable(each, allowed) for each in posted if each.reply.only_for in ("", person.id)),
            pending=tuple(pending),
            ticket=(await self._tickets([ticket], person))[0] if ticket else None,
        )

    async def case(self, number: int, *, by: str) -> Case | None:
        """A ticket, and what people said in it. Without what the bot said, which not every expert may read.

        Raises NotAllowed.
        """
        person = await self._directory.person(by)
        if not person.may("expert"):
            raise NotAllowed("Only those who answer questions can see tickets.")
        async with self._store.reading() as work:
            ticket = await work.tickets.get(number)
            if ticket is None:
                return None
            said = await work.turns.recent(ticket.conversation, limit=_MOST_SAID)
            if ticket.private:
                said += await work.turns.recent(ticket.private, limit=_MOST_SAID)
            posted = await work.posts.get(ticket.card)
            notes = await work.posts.within(replace(posted.conversation, thread=posted.post)) if posted else []
            learned = [each for each in await work.learned.in_state("draft") if each.ticket == number]
        ticket = (await self._tickets([ticket], person))[0]
        return Case(
            ticket=ticket,
            card=card(ticket),
            said=tuple(each for each in said if each.author != "deskhand"),
            notes=tuple(each for each in notes if each.reply.under == ticket.card),
            learned=tuple(
                replace(each, check=told(each.check, person)) for each in learned if each.may_be_read_by(person)
            ),
        )

    async def open(self, query: Open, *, by: str) -> Opened | None:
        """Nobody learns whether a document exists that they may not read. Raises IndexUnavailable."""
        person = await self._directory.person(by)
        found = await readable(self._index, [query.passage], groups=person.readable)
        if not found:
            return None
        passages = await self._index.document(found[0].document.id)
        return Opened(found[0], tuple(each for each in passages if each.document.audience & person.readable))

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

    async def changed(self, *, after: int) -> list[Changed]:
        """Posts of all platforms that changed since, in order: whoever shows them looks again."""
        async with self._store.reading() as work:
            return await work.posts.changed(after=after)

    async def latest_change(self) -> int:
        async with self._store.reading() as work:
            return await work.posts.number()

    async def posts(self, platform: str, *, after: int) -> list[tuple[int, Posted]]:
        """What was posted on a platform that has no memory of its own: terminal and console follow along with it."""
        async with self._store.reading() as work:
            return await work.posts.latest(platform, after=after)


def _as_readable(posted: Posted, allowed: frozenset[str]) -> Posted:
    if all(source.passage in allowed for source in posted.reply.sources):
        return posted
    return replace(posted, reply=replace(posted.reply, text=_CLOSED, sources=(), votes=False))
