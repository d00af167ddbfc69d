"""Buttons and votes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.errors import ChannelUnavailable, PostRefused
from bot.models import (
    OPEN,
    Action,
    AuditEntry,
    Conversation,
    Feedback,
    Learned,
    Person,
    Pressed,
    Reply,
    Source,
    Ticket,
    Voted,
    made_id,
)
from bot.ports import Channel, Store, Work
from bot.service import resuming, wording
from bot.service.rooms import Rooms
from bot.tickets.cards import draft_with_sources
from bot.tickets.desk import Asked, Desk, withdraw
from knowledge.models import MEMBERS, PUBLIC

Commit = Callable[[Work], Awaitable[None]]

_OF_EXPERTS: Final[frozenset[Action]] = frozenset(
    {"take", "release", "send_draft", "edit_and_send", "not_a_request", "wrong_source", "make_knowledge", "go_private"}
)


@dataclass(frozen=True, slots=True)
class Presses:
    """What people press. Every press ends in a change that can be seen, or in a word to whoever pressed."""

    store: Store
    channels: Mapping[str, Channel]
    rooms: Rooms
    desk: Desk
    clock: Callable[[], datetime]

    def is_expert(self, person: Person, conversation: Conversation) -> bool:
        """By role, or because the organisation lets them into a channel of experts."""
        return person.may("expert") or (not person.external and self.rooms.is_for_experts(conversation))

    async def handle(self, event: Pressed | Voted, person: Person) -> Commit:
        if isinstance(event, Voted):
            return lambda work: self._voted(work, event, person)
        if event.action in ("ask_person", "resume"):
            pressed = self._ask_person if event.action == "ask_person" else self._resume
            return lambda work: pressed(work, event, person)
        private = await self._private_of(event)
        return lambda work: self._on_ticket(work, event, person, private)

    async def _private_of(self, event: Pressed) -> Conversation | None:
        if event.action != "go_private":
            return None
        async with self.store.reading() as work:
            ticket = await work.tickets.get(_number(event.subject))
        channel = self.channels.get(ticket.conversation.platform) if ticket else None
        if ticket is None or channel is None or "private" in channel.lacks:
            return None
        try:
            return await channel.direct(ticket.asker)
        except (ChannelUnavailable, PostRefused):
            return None

    async def _on_ticket(self, work: Work, event: Pressed, by: Person, private: Conversation | None) -> None:
        ticket = await work.tickets.get(_number(event.subject))
        if ticket is None:
            await self._say(work, event, wording.NOT_OPEN)
        elif not self._may(event, by, ticket):
            await self._say(work, event, wording.NOT_YOURS)
        elif event.action in _OF_EXPERTS - {"make_knowledge"} and ticket.state not in OPEN:
            await self._say(work, event, wording.NOT_OPEN)
        else:
            await self._do(work, event, by, ticket, private)

    def _may(self, event: Pressed, by: Person, ticket: Ticket) -> bool:
        expert = self.is_expert(by, event.conversation)
        return expert or (event.action not in _OF_EXPERTS and by.id == ticket.asker)

    async def _do(self, work: Work, event: Pressed, by: Person, ticket: Ticket, private: Conversation | None) -> None:
        desk, key = self.desk, event.keys[0]
        match event.action:
            case "take" if await desk.take(work, ticket, by) is None:
                await self._say(work, event, f"**{ticket.claimant_name}** has it already.")
            case "release":
                await desk.release(work, ticket, by)
            case "send_draft" if not await desk.send_draft(work, ticket, by, event=key):
                await self._say(work, event, wording.NO_DRAFT)
            case "take" | "send_draft":
                pass  # it is theirs now; it is on its way
            case "edit_and_send" if event.text.strip():
                await desk.answer(work, ticket, by, text=event.text, event=key)
            case "resolve":
                await desk.resolve(work, ticket, by)
            case "reopen":
                await desk.reopen(work, ticket, by)
            case "cancel_ticket" | "not_a_request":
                told = "Your question is withdrawn." if event.action == "cancel_ticket" else ""
                await desk.cancel(work, ticket, by, why=event.action, told=told)
            case "wrong_source":
                await self._wrong_source(work, event, by, ticket)
            case "make_knowledge":
                await self._make_knowledge(work, event, by, ticket)
            case "go_private" if private is not None:
                await desk.go_private(work, ticket, by, private=private)
            case _:
                empty = event.action == "edit_and_send"
                await self._say(work, event, wording.NOTHING_WRITTEN if empty else "That cannot be done here.")

    async def _ask_person(self, work: Work, event: Pressed, by: Person) -> None:
        """The subject is the reply that did not help."""
        exchange = await work.exchanges.get(event.subject)
        if exchange is None or exchange.asker != by.id:
            text = wording.NOT_OPEN if exchange is None else "Only whoever asked can pass this on. Ask me yourself."
            await self._say(work, event, text)
            return
        room = self.rooms.of(exchange.conversation, by)
        there = await work.tickets.open_in(exchange.conversation)
        if there:
            await self._say(work, event, f"#{there.number} is with them already: they {self.desk.when(by.zone)}.")
            return
        ticket = await self.desk.open(
            work,
            Asked(
                conversation=exchange.conversation,
                message=exchange.message,
                asker=by,
                question=exchange.standalone or exchange.question,
                reason="They asked for a person after the bot's reply.",
                experts=self.rooms.experts(room, exchange.topic),
                topic=exchange.topic,
                draft=exchange.text,
                sources=exchange.sources,
                exchange=exchange.id,
            ),
        )
        await work.exchanges.add(replace(exchange, ticket=ticket.number))
        await work.outbox.add(
            Reply(
                id=made_id("handed", exchange.id, *event.keys),
                kind="notice",
                conversation=exchange.conversation,
                text=wording.passed_on(ticket, when=self.desk.when(by.zone)),
                buttons=(withdraw(ticket),),
                ticket=ticket.number,
            )
        )

    async def _resume(self, work: Work, event: Pressed, by: Person) -> None:
        state = await work.turns.state(event.conversation)
        ticket = await work.tickets.open_in(event.conversation)
        if ticket and (by.id == ticket.asker or self.is_expert(by, event.conversation)):
            await self.desk.resolve(work, ticket, by)
        elif state.owner:
            await work.turns.save(replace(state, owner=""))
            await self._say(work, event, wording.RESUMED)
            await resuming.take_away(work, event.conversation)

    async def _wrong_source(self, work: Work, event: Pressed, by: Person, ticket: Ticket) -> None:
        shown = (await self.desk.card(ticket)).sources
        documents = ", ".join(dict.fromkeys(source.document for source in shown)) or "what the draft quotes"
        if ticket.exchange:
            # A review, as a down-vote is one: admins see it where they look for those.
            text = event.text or "wrong source"
            await work.feedback.put(Feedback(ticket.exchange, by.id, False, f"{text} ({documents})", self.clock()))
        await _distrust(work, ticket.sources)
        await work.audit.add(AuditEntry(self.clock(), by.id, "source.wrong", f"ticket {ticket.number}", documents))
        await self.desk.note(
            work, ticket, f"**{by.name}**: wrong source. It is noted for {documents}.", event=event.keys[0]
        )

    async def _make_knowledge(self, work: Work, event: Pressed, by: Person, ticket: Ticket) -> None:
        said = [turn for turn in await work.turns.recent(ticket.talks_in, limit=50) if turn.author != "deskhand"]
        answers = [turn.text for turn in said if turn.role == "assistant" and turn.at >= ticket.opened]
        text = event.text or "\n\n".join(answers[-1:])
        if not text or text == draft_with_sources(ticket.draft, ticket.sources):
            await self._say(work, event, wording.KNOWN_ALREADY if text else wording.NOTHING_TO_LEARN)
            return
        exchange = await work.exchanges.get(ticket.exchange) if ticket.exchange else None
        # A channel that only looks into some collections is to find what was learned there.
        room = self.rooms.of(ticket.conversation, by)
        audience = exchange.groups if exchange else by.readable
        learned = await work.learned.add(
            Learned(
                id=0,
                state="draft",
                question=ticket.question,
                answer=text,
                audience=learned_audience(audience),
                ticket=ticket.number,
                author=by.id,
                at=self.clock(),
                collection=min(room.collections) if room.collections else "learned",
            )
        )
        await work.audit.add(AuditEntry(self.clock(), by.id, "learned.drafted", f"learned {learned.id}"))
        await self._say(work, event, f"{wording.LEARNING} It is number {learned.id}.")

    async def _voted(self, work: Work, event: Voted, person: Person) -> None:
        exchange = await work.exchanges.get(event.reply)
        if exchange is None:
            await self._say(work, event, wording.NOT_OPEN)
            return
        await work.feedback.put(Feedback(event.reply, person.id, event.helpful, event.reason, self.clock()))
        if not event.helpful:
            await _distrust(work, exchange.sources)
        await self._say(work, event, wording.THANKS_HELPFUL if event.helpful else wording.THANKS_REASON)

    async def _say(self, work: Work, event: Pressed | Voted, text: str) -> None:
        """A word to whoever pressed, and to nobody else."""
        await work.outbox.add(
            Reply(
                id=made_id("said", *event.keys),
                kind="notice",
                conversation=event.conversation,
                text=text,
                only_for=event.author,
            )
        )


async def _distrust(work: Work, sources: Sequence[Source]) -> None:
    """No answer that quotes them is given from memory any more."""
    await work.distrust({source.passage for source in sources})


def learned_audience(groups: frozenset[str]) -> frozenset[str]:
    """Who may read what an expert answered to somebody who may read `groups`, until a reviewer says otherwise.

    Never more people than could have read all that the answer may rest on; empty (nobody) where no audience says that.
    """
    special = groups - {MEMBERS, PUBLIC}
    if len(special) > 1:
        return frozenset()
    return special or frozenset({MEMBERS if MEMBERS in groups else PUBLIC})


def _number(subject: str) -> int:
    return int(subject) if subject.isdecimal() and len(subject) < 10 else 0
