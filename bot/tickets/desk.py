"""Handing over: what happens to a ticket, and who is told.

    open -> claimed -> answered -> resolved      any of them -> cancelled; resolved, cancelled -> open again

Everything here happens in the transaction of the event that caused it: the asker is told only what is committed, and
of two experts who claim at once the transaction lets one win.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.models import OPEN, AuditEntry, Button, Conversation, Person, Reply, Said, Source, Ticket, made_id
from bot.ports import Directory, Work
from bot.tickets.cards import card, draft_with_sources
from bot.tickets.events import ticket_event
from bot.tickets.hours import Hours, expect
from knowledge.errors import KnowledgeError
from knowledge.ports import PassageIndex
from knowledge.rights import readable

_NOT_SHOWN: Final = "The draft quotes documents that not everybody here may read, so it is not shown."


@dataclass(frozen=True, slots=True)
class Promise:
    """What the desk promises: when people are there, how long they usually take, when they are reminded."""

    hours: Hours
    usual: timedelta
    remind: timedelta
    reassign: timedelta


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is to be handed over."""

    conversation: Conversation
    message: str
    asker: Person
    question: str
    reason: str
    experts: Conversation
    topic: str = ""
    draft: str = ""
    sources: tuple[Source, ...] = ()
    exchange: str = ""


class Desk:
    """Opens tickets and moves them on.

    `experts` hear of what belongs to no ticket. `events` says which events leave by webhook: `ticket.opened`. `index`
    tells who may read what a draft quotes today.
    """

    def __init__(
        self,
        *,
        promise: Promise,
        directory: Directory,
        experts: Conversation,
        clock: Callable[[], datetime],
        events: Callable[[str], bool],
        index: PassageIndex,
    ) -> None:
        self._promise = promise
        self._directory = directory
        self._experts = experts
        self._clock = clock
        self._events = events
        self._index = index

    def when(self, zone: str = "") -> str:
        """When somebody can be expected, as it follows "they ...": "usually answer within 20 minutes"."""
        return expect(self._promise.hours, self._clock(), usual=self._promise.usual, zone=zone)

    async def open(self, work: Work, asked: Asked) -> Ticket:
        """The ticket of a conversation: a new one, or the one it has already, to which the question is added."""
        there = await work.tickets.open_in(asked.conversation)
        if there:
            await self.from_asker(work, there, asked.asker, text=asked.question, message=asked.message)
            return there
        now = self._clock()
        asked = await self._for_all_experts(asked)
        ticket = await work.tickets.add(
            Ticket(
                number=0,
                state="open",
                conversation=asked.conversation,
                asker=asked.asker.id,
                asker_name=asked.asker.name,
                question=asked.question,
                reason=asked.reason,
                experts=asked.experts,
                card=made_id("card", asked.conversation.id, asked.message),
                opened=now,
                topic=asked.topic,
                draft=asked.draft,
                sources=asked.sources,
                exchange=asked.exchange,
                remind_at=self._working(now, self._promise.remind),
            )
        )
        await self._own(work, ticket)
        await work.outbox.add(await self.card(ticket))
        await self._record(work, ticket, "opened", by=asked.asker.id)
        return ticket

    async def _for_all_experts(self, asked: Asked) -> Asked:
        """Without the draft if it quotes what not everyone in the experts' channel may read."""
        if await self._may_read(asked.sources, asked.experts):
            return asked
        return replace(asked, reason=f"{asked.reason} {_NOT_SHOWN}", draft="", sources=())

    async def card(self, ticket: Ticket) -> Reply:
        """The card as it may be seen now: documents may have been closed to some since the draft was made."""
        if await self._may_read(ticket.sources, ticket.experts):
            return card(ticket)
        return card(replace(ticket, reason=f"{ticket.reason} {_NOT_SHOWN}", draft="", sources=()))

    async def _may_read(self, sources: Sequence[Source], place: Conversation, *, alone: str = "") -> bool:
        """Whether everybody in a channel, or the person who is `alone` with the bot, may read what is quoted there."""
        if not sources:
            return True
        if place.private:
            groups = (await self._directory.person(alone)).readable
        else:
            groups = await self._directory.audience(place)
        cited = {source.passage for source in sources}
        try:
            return cited == {passage.id for passage in await readable(self._index, cited, groups=groups)}
        except KnowledgeError:
            return False  # nobody knows

    async def take(self, work: Work, ticket: Ticket, by: Person) -> Ticket | None:
        """The ticket with its claimant; None if somebody else has it."""
        if ticket.claimant == by.id:
            return ticket
        if ticket.claimant or ticket.state not in OPEN:
            return None
        now = self._clock()
        taken = replace(
            ticket,
            state="answered" if ticket.answered else "claimed",
            claimant=by.id,
            claimant_name=by.name,
            claimed=now,
            reminders=0,
            remind_at=None if ticket.answered else self._working(now, self._promise.reassign),
        )
        await self._changed(work, taken, "claimed", by=by)
        await self._tell(work, taken, "taken", f"**{by.name}** has your question now.")
        return taken

    async def release(self, work: Work, ticket: Ticket, by: Person) -> None:
        """Give it back to whoever takes it."""
        now = self._clock()
        free = replace(
            ticket,
            state="open",
            claimant="",
            claimant_name="",
            claimed=None,
            remind_at=self._working(now, self._promise.remind),
        )
        await self._changed(work, free, "released", by=by)
        await self._tell(work, free, "released", f"**{by.name}** has given your question back. They {self.when()}.")

    async def answer(
        self, work: Work, ticket: Ticket, by: Person, *, text: str, event: str, draft: bool = False
    ) -> None:
        """What an expert says goes to the asker."""
        now = self._clock()
        told = Reply(
            id=made_id("relay", ticket.card, event),
            kind="relay",
            conversation=ticket.talks_in,
            text=f"**{by.name}**: {text}",
            buttons=(Button("resolve", "That solves it", str(ticket.number)),),
            ticket=ticket.number,
        )
        await work.outbox.add(told)
        await work.turns.add(Said(ticket.talks_in, "assistant", by.id, told.id, text, now))
        sent = replace(
            ticket,
            state="answered",
            claimant=ticket.claimant or by.id,
            claimant_name=ticket.claimant_name or by.name,
            claimed=ticket.claimed or now,
            answered=ticket.answered or now,
            draft_sent=ticket.draft_sent or draft,
            remind_at=None,
        )
        await self._changed(work, sent, "answered", by=by)

    async def send_draft(self, work: Work, ticket: Ticket, by: Person, *, event: str) -> bool:
        """False if there is none, or none that both sides may still read."""
        places = (ticket.experts, ticket.talks_in)
        if not ticket.draft or not all(
            [await self._may_read(ticket.sources, place, alone=ticket.asker) for place in places]
        ):
            return False
        text = draft_with_sources(ticket.draft, ticket.sources)
        await self.answer(work, ticket, by, text=text, event=event, draft=True)
        return True

    async def from_asker(self, work: Work, ticket: Ticket, asker: Person, *, text: str, message: str) -> None:
        """What the asker writes meanwhile goes to the experts, under the card."""
        await self.note(work, ticket, f"**{asker.name}**: {text}", event=message)
        if ticket.state == "answered":
            # They want more: somebody is reminded again, and the ticket does not pass for answered.
            now = self._clock()
            asked = replace(ticket, state="claimed", remind_at=self._working(now, self._promise.reassign))
            await self._changed(work, asked, "asked_again", by=asker)

    async def resolve(self, work: Work, ticket: Ticket, by: Person) -> None:
        if ticket.state not in OPEN:
            return
        done = replace(ticket, state="resolved", resolved=self._clock(), remind_at=None)
        await self._changed(work, done, "resolved", by=by)
        await self._hand_back(work, done)
        text = "This is resolved. I answer again from here on."
        if by.id != ticket.asker:
            text = f"**{by.name}** has marked this as resolved. I answer again from here on."
        await self._tell(
            work, done, f"resolved{done.reopened}", text, Button("reopen", "Not resolved", str(done.number))
        )

    async def reopen(self, work: Work, ticket: Ticket, by: Person) -> None:
        if ticket.state in OPEN:
            return
        now = self._clock()
        again = replace(
            ticket,
            state="open",
            claimant="",
            claimant_name="",
            claimed=None,
            answered=None,
            resolved=None,
            reopened=ticket.reopened + 1,
            remind_at=self._working(now, self._promise.remind),
        )
        await self._changed(work, again, "reopened", by=by)
        await self._own(work, again)
        await self._tell(work, again, f"reopened{again.reopened}", f"Your question is open again. They {self.when()}.")

    async def cancel(self, work: Work, ticket: Ticket, by: Person, *, why: str, told: str = "") -> None:
        """Nothing is to be answered any more. The asker is told what `told` says, if it says anything."""
        if ticket.state not in OPEN:
            return
        closed = replace(ticket, state="cancelled", resolved=self._clock(), remind_at=None)
        await self._changed(work, closed, why, by=by)
        await self._hand_back(work, closed)
        if told:
            await self._tell(work, closed, why, told, Button("reopen", "Reopen", str(closed.number)))

    async def go_private(self, work: Work, ticket: Ticket, by: Person, *, private: Conversation) -> None:
        """From now on the asker reads and writes in `private`."""
        moved = replace(ticket, private=private)
        await self._tell(work, ticket, "moved", f"**{by.name}** goes on with you in private.")
        await self._changed(work, moved, "private", by=by)
        await self._own(work, moved)
        await self._tell(work, moved, "private", f"This is about your question:\n\n> {ticket.question}")

    async def link(self, work: Work, ticket: Ticket, by: str, *, link: str, status: str) -> Ticket:
        """Where it stands in an existing help desk."""
        linked = replace(ticket, link=link, external_status=status)
        await self._changed(work, linked, "linked", by=by)
        return linked

    async def remind(self, work: Work, ticket: Ticket) -> None:
        """Nobody took it, or nobody answered in time: experts hear of it; a claimed one becomes free again."""
        now = self._clock()
        if ticket.claimant:
            free = replace(ticket, state="open", claimant="", claimant_name="", claimed=None, reminders=0)
            note = "No answer yet, so this is free again: who takes it?"
            event = "given_back"
            told = f"**{ticket.claimant_name}** has not come to it, so others can take your question now."
            await self._tell(work, free, event, told)
        else:
            free = replace(ticket, reminders=ticket.reminders + 1)
            note = f"Still open, asked {_ago(now - ticket.opened)} ago: who takes it?"
            event = "reminded"
        wait = self._promise.remind * min(2 ** min(free.reminders, 5), 16)
        await self._changed(work, replace(free, remind_at=self._working(now, wait)), event, by="deskhand")
        await self.note(work, ticket, note, event=f"{event}{now.isoformat()}")

    async def note(self, work: Work, ticket: Ticket, text: str, *, event: str) -> None:
        """Something for the experts, under the card."""
        await work.outbox.add(
            Reply(
                id=made_id("note", ticket.card, event),
                kind="relay",
                conversation=ticket.experts,
                text=text,
                under=ticket.card,
                ticket=ticket.number,
            )
        )

    async def undeliverable(self, work: Work, reply: Reply, *, reason: str) -> None:
        """A reply that its platform will never take: experts hear that somebody waits for nothing.

        Without what it says, which not everybody there may read.
        """
        await work.audit.add(AuditEntry(self._clock(), "deskhand", "post.given_up", reply.id, reason))
        if reply.kind == "card" and await work.posts.get(reply.id) is None:
            await self._nobody_there(work, reply, reason=reason)
        if reply.kind not in ("answer", "question", "notice", "relay", "apology") or reply.under:
            return
        told = f"A reply in {reply.conversation.room} could not be posted, and somebody waits for it: {reason}"
        ticket = await work.tickets.get(reply.ticket) if reply.ticket else None
        if ticket:
            await self.note(work, ticket, told, event=f"lost{reply.id}")
        elif reply.conversation.room != self._experts.room:
            await work.outbox.add(
                Reply(id=made_id("lost", reply.id), kind="notice", conversation=self._experts, text=told)
            )

    async def _nobody_there(self, work: Work, refused: Reply, *, reason: str) -> None:
        """A ticket that its experts never saw goes to the usual ones; if those are who cannot be reached, the asker
        hears of it."""
        ticket = await work.tickets.of_card(refused.id)
        if ticket is None or ticket.state not in OPEN:
            return
        if ticket.experts.room == self._experts.room:
            told = "It stays open, but I could not reach anybody about it: please ask somebody yourself too."
            await self._tell(work, ticket, "unreached", f"This is about #{ticket.number}. {told}")
            return
        moved = replace(
            ticket,
            experts=self._experts,
            card=made_id("card", ticket.card, "moved"),
            reason=f"{ticket.reason} It could not be posted in {ticket.experts.room}: {reason}",
        )
        await work.tickets.save(moved)
        await work.outbox.add(await self.card(moved))
        await self._record(work, moved, "moved", by="deskhand")

    async def _own(self, work: Work, ticket: Ticket) -> None:
        for conversation in filter(None, (ticket.conversation, ticket.private)):
            state = await work.turns.state(conversation)
            await work.turns.save(replace(state, owner=owner_of(ticket), asker=state.asker or ticket.asker))

    async def _hand_back(self, work: Work, ticket: Ticket) -> None:
        for conversation in filter(None, (ticket.conversation, ticket.private)):
            state = await work.turns.state(conversation)
            if state.owner == owner_of(ticket):
                await work.turns.save(replace(state, owner="", clarifying="", clarified=False))

    async def _tell(self, work: Work, ticket: Ticket, what: str, text: str, *buttons: Button) -> None:
        """A notice to the asker."""
        at = self._clock().isoformat()
        await work.outbox.add(
            Reply(
                id=made_id("notice", ticket.card, f"{what}{at}"),
                kind="notice",
                conversation=ticket.talks_in,
                text=text,
                buttons=buttons,
                ticket=ticket.number,
            )
        )

    async def _changed(self, work: Work, ticket: Ticket, what: str, *, by: Person | str) -> None:
        """Save it, show its state on the card, and say so outside."""
        await work.tickets.save(ticket)
        await work.outbox.add(await self.card(ticket), "update")
        await self._record(work, ticket, what, by=by if isinstance(by, str) else by.id)

    async def _record(self, work: Work, ticket: Ticket, what: str, *, by: str) -> None:
        now = self._clock()
        await work.audit.add(AuditEntry(now, by, f"ticket.{what}", f"ticket {ticket.number}"))
        if self._events(f"ticket.{what}"):
            await work.outbox.add(ticket_event(ticket, what, by=by, at=now))

    def _working(self, at: datetime, wait: timedelta) -> datetime:
        return self._promise.hours.add(at, wait)


def withdraw(ticket: Ticket) -> Button:
    """For the asker, who may have found it meanwhile."""
    return Button("cancel_ticket", "I don't need it any more", str(ticket.number))


def owner_of(ticket: Ticket) -> str:
    """As `ConversationState.owner` names a ticket."""
    return f"ticket:{ticket.number}"


def _ago(passed: timedelta) -> str:
    minutes = max(1, round(passed.total_seconds() / 60))
    if minutes < 90:
        return f"{minutes} minute" + ("s" if minutes > 1 else "")
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 36 else f"{round(hours / 24)} days"
