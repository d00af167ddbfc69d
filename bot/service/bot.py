"""Every event -> a decision, which is committed together with the event."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

import structlog

from bot.models import (
    OPEN,
    Conversation,
    Deleted,
    Edited,
    Event,
    Exchange,
    Job,
    Message,
    Person,
    Pressed,
    Progress,
    Reply,
    Said,
    Stopped,
    Ticket,
    Voted,
    made_id,
)
from bot.ports import Channel, Directory, Store, Work
from bot.service import resuming, wording
from bot.service.asked import Questions, answer_id
from bot.service.changes import Changes
from bot.service.decision import Decision
from bot.service.listening import Scene, verdict
from bot.service.orders import Orders
from bot.service.presses import Presses
from bot.service.rooms import Rooms
from bot.tickets.desk import Asked, Desk

log = structlog.get_logger()

_PATIENCE: Final = 1.0
"""Seconds for what is only nice to have."""


class SupportBot:
    """Decides. Whatever it needs is in its parts; it keeps nothing of its own from event to event."""

    def __init__(
        self,
        *,
        store: Store,
        directory: Directory,
        channels: Mapping[str, Channel],
        questions: Questions,
        presses: Presses,
        changes: Changes,
        orders: Orders,
        rooms: Rooms,
        desk: Desk,
    ) -> None:
        self._store = store
        self._directory = directory
        self._channels = channels
        self._questions = questions
        self._presses = presses
        self._changes = changes
        self._orders = orders
        self._rooms = rooms
        self._desk = desk

    async def handle(self, job: Job) -> Decision:
        """What to do about an event. May raise anything that its parts raise; `give_up` is what is left then."""
        event = job.event
        match event:
            case Message():
                return await self._message(job, event)
            case Edited() | Deleted():
                return await self._changes.handle(job, event)
            case Pressed(action="confirm"):
                return await self._orders.confirm(event)
            case Pressed(action="dismiss"):
                return Decision()
            case Pressed() | Voted():
                person = await self._directory.person(event.author)
                return Decision(await self._presses.handle(event, person))
            case Stopped():
                return Decision(lambda work: self._stopped(work, event))

    async def _message(self, job: Job, message: Message) -> Decision:
        scene = await self.scene(message)
        decided = verdict(scene)
        log.info("message.heard", job=job.id, message=message.id, verdict=decided, address=message.address)
        if decided == "answer":
            if order := self._orders.of(scene):
                return await self._orders.handle(scene, order)
            await self._show(message, "working")
            answered = await self._questions.decide(job, scene)
            return Decision(answered.commit, lambda: self._show(message, answered.progress))
        if decided in ("to_asker", "to_experts"):
            return Decision(lambda work: self._relay(work, scene), lambda: self._show(message, "seen"))
        if decided in ("take_over", "remember"):
            return Decision(lambda work: self._remember(work, scene, takes_over=decided == "take_over"))
        return Decision()

    async def scene(self, message: Message) -> Scene:
        author = await self._directory.person(message.author)
        conversation = message.conversation
        async with self._store.reading() as work:
            state = await work.turns.state(conversation)
            ticket = await work.tickets.open_in(conversation)
            said = await work.turns.recent(conversation)
            card = await _card_above(work, conversation)
        return Scene(
            message=message,
            author=author,
            state=state,
            room=self._rooms.of(conversation, author),
            said=tuple(said),
            ticket=ticket,
            card=card,
            experts=self._presses.is_expert(author, conversation),
        )

    async def _relay(self, work: Work, scene: Scene) -> None:
        message = scene.message
        ticket = scene.card or scene.ticket
        current = await work.tickets.get(ticket.number) if ticket else None
        if current is None:
            return
        text = message.text + _attached(message)
        if scene.card is None:
            await self._desk.from_asker(work, current, scene.author, text=text, message=message.id)
            await work.turns.add(Said.of(message))
        elif current.state in OPEN:
            await self._desk.answer(work, current, scene.author, text=text, event=message.id)
        else:
            note = f"#{current.number} is closed, so this was not passed on. Reopen it first."
            await self._desk.note(work, current, note, event=message.id)

    async def _remember(self, work: Work, scene: Scene, *, takes_over: bool) -> None:
        message = scene.message
        await work.turns.add(Said.of(message))
        if not takes_over:
            return
        state = await work.turns.state(message.conversation)
        if not state.owner:
            await work.turns.save(replace(state, owner=message.author))
            await resuming.offer(work, message.conversation, self._channels.get(message.conversation.platform))

    async def _stopped(self, work: Work, event: Stopped) -> None:
        """Say so if there was something to stop, which then was left without a word."""
        state = await work.turns.state(event.conversation)
        last = (await work.turns.recent(event.conversation, limit=1))[-1:]
        if state.owner or not last or last[0].author != event.author:
            return
        await work.outbox.add(
            Reply(
                id=made_id("stopped", *event.keys),
                kind="notice",
                conversation=event.conversation,
                text=wording.STOPPED,
                answers=last[0].message,
            )
        )

    def give_up(self, job: Job) -> Decision:
        """A ticket and an apology for what was asked; for what was pressed, an apology."""
        return Decision(lambda work: self._apologise(work, job.event))

    async def _apologise(self, work: Work, event: Event) -> None:
        match event:
            case Message(from_bot=False):
                await self._apologise_for_message(work, event)
            case Pressed() | Voted():
                await work.outbox.add(
                    Reply(
                        id=made_id("apology", *event.keys),
                        kind="apology",
                        conversation=event.conversation,
                        text=wording.BROKEN_PRESS,
                        only_for=event.author,
                    )
                )
            case Stopped():
                await self._stopped(work, event)
            case _:
                pass

    async def _apologise_for_message(self, work: Work, message: Message) -> None:
        """Whom it was for is told by the store alone: nobody knows what else is broken."""
        conversation = message.conversation
        card = await _card_above(work, conversation)
        ticket = await work.tickets.open_in(conversation)
        state = await work.turns.state(conversation)
        if card is not None:
            # Whether it may be passed on, nobody can tell now.
            await self._desk.note(work, card, wording.NOT_PASSED_ON, event=message.id)
        elif message.address != "seen":
            await self._apologise_with_ticket(work, message)
        elif ticket is not None and ticket.asker == message.author:
            asker = Person(id=ticket.asker, name=ticket.asker_name)
            await self._desk.from_asker(work, ticket, asker, text=message.text, message=message.id)
        elif state.answered and not state.owner and state.asker == message.author:
            await self._apologise_with_ticket(work, message)

    async def _apologise_with_ticket(self, work: Work, message: Message) -> None:
        # The directory may be what is broken: a person who is asked for needs a name, not a role.
        asker = Person(id=message.author, name=message.author.partition(":")[2], external=True)
        with suppress(Exception):
            async with asyncio.timeout(_PATIENCE):
                asker = await self._directory.person(message.author)
        room = self._rooms.of(message.conversation, asker)
        ticket = await self._desk.open(
            work,
            Asked(
                conversation=message.conversation,
                message=message.id,
                asker=asker,
                question=message.text,
                reason="The bot failed at it.",
                experts=self._rooms.experts(room, ""),
                exchange=answer_id(message),
            ),
        )
        await work.turns.add(Said.of(message))
        await work.exchanges.add(
            Exchange(
                id=answer_id(message),
                conversation=message.conversation,
                message=message.id,
                asker=message.author,
                question=message.text,
                standalone=message.text,
                route="knowledge",
                outcome="unsure",
                confidence=0.0,
                threshold=0.0,
                groups=frozenset(),
                text="",
                at=self._questions.clock(),
                ticket=ticket.number,
            )
        )
        await work.outbox.add(
            Reply(
                id=answer_id(message),
                kind="apology",
                conversation=message.conversation,
                text=f"{wording.BROKEN} It is #{ticket.number}: they {self._desk.when(asker.zone)}.",
                answers=message.id,
                ticket=ticket.number,
            )
        )

    async def _show(self, message: Message, state: Progress) -> None:
        """Best effort: nothing depends on it."""
        channel = self._channels.get(message.conversation.platform)
        if channel is None or "progress" in channel.lacks:
            return
        with suppress(Exception):
            async with asyncio.timeout(_PATIENCE):
                await channel.progress(message.conversation, message=message.id, state=state)


async def _card_above(work: Work, conversation: Conversation) -> Ticket | None:
    """The ticket under whose card the conversation is."""
    parent = await work.posts.at(conversation) if conversation.thread else None
    return await work.tickets.of_card(parent.reply.id) if parent and parent.reply.kind == "card" else None


def _attached(message: Message) -> str:
    names = ", ".join(each.name for each in message.attachments)
    return f"\n\n(attached, and not passed on: {names})" if names else ""
