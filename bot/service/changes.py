"""What people change in what they wrote: an edited question is answered anew, a deleted one is taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile

from bot.models import OPEN, Deleted, Edited, Exchange, Job, Message, Person, Reply
from bot.ports import Directory, Store, Work
from bot.service.asked import Answered, Questions
from bot.service.decision import Decision
from bot.service.listening import Scene
from bot.service.rooms import Rooms
from bot.tickets.desk import Desk


@dataclass(frozen=True, slots=True)
class Changes:
    """Follows edits and deletions of messages that were handled before, which the order of events ensures."""

    store: Store
    directory: Directory
    questions: Questions
    rooms: Rooms
    desk: Desk

    async def handle(self, job: Job, event: Edited | Deleted) -> Decision:
        async with self.store.reading() as work:
            exchange = await work.exchanges.about(event.conversation, event.message)
        if isinstance(event, Deleted):
            return Decision(lambda work: self._taken_back(work, event, exchange))
        if exchange is None or exchange.asker != event.author:
            return Decision(lambda work: self._corrected(work, event))
        if exchange.ticket:
            return Decision(lambda work: self._tell_experts(work, event, exchange))
        return await self._answer_anew(job, event, exchange)

    async def _answer_anew(self, job: Job, event: Edited, exchange: Exchange) -> Decision:
        author = await self.directory.person(event.author)
        message = Message(
            id=event.message,
            text=event.text,
            conversation=event.conversation,
            author=event.author,
            at=event.at,
            keys=event.keys,
            address="direct" if event.conversation.private else "mention",
        )
        async with self.store.reading() as work:
            state = await work.turns.state(event.conversation)
            said = await work.turns.recent(event.conversation)
        if state.owner:
            return Decision(lambda work: self._corrected(work, event))
        # Only what was said before it; the answer it got is about to go.
        earlier = tuple(takewhile(lambda each: each.message != event.message, said))
        scene = Scene(message, author, state, self.rooms.of(event.conversation, author), earlier)
        answered = await self.questions.decide(job, scene)
        return Decision(lambda work: self._replace(work, event, answered))

    async def _replace(self, work: Work, event: Edited, answered: Answered) -> None:
        """What was said to the question as it was becomes what is said to it as it is."""
        before = await work.exchanges.about(event.conversation, event.message)
        if before is not None:
            await work.turns.delete(event.conversation, before.id)
            await work.turns.delete(event.conversation, event.message)
        await replace(answered, again=True).commit(work)

    async def _corrected(self, work: Work, event: Edited) -> None:
        await work.turns.edit(event.conversation, event.message, text=event.text)

    async def _tell_experts(self, work: Work, event: Edited, exchange: Exchange) -> None:
        await self._corrected(work, event)
        ticket = await work.tickets.get(exchange.ticket)
        if ticket and ticket.state in OPEN:
            name = ticket.asker_name
            edited = replace(ticket, question=event.text)
            await work.tickets.save(edited)
            await work.outbox.add(await self.desk.card(edited), "update")
            await self.desk.note(work, ticket, f"**{name}** edited the question:\n> {event.text}", event=event.keys[0])

    async def _taken_back(self, work: Work, event: Deleted, exchange: Exchange | None) -> None:
        await work.turns.delete(event.conversation, event.message)
        if exchange is None:
            return
        await work.turns.delete(event.conversation, exchange.id)
        if not await work.outbox.withdraw(exchange.id):
            gone = Reply(id=exchange.id, kind="notice", conversation=event.conversation, text="")
            await work.outbox.add(gone, "delete")
        # Why an answer was given is of no use without the question, and the asker wants it gone.
        await work.exchanges.add(replace(exchange, question="", standalone="", text="", sources=(), found=()))
        ticket = await work.tickets.get(exchange.ticket) if exchange.ticket else None
        if ticket is None or ticket.state not in OPEN:
            return
        asker = Person(id=ticket.asker, name=ticket.asker_name)
        if ticket.claimant:
            await self.desk.note(work, ticket, f"**{asker.name}** deleted the question.", event=event.keys[0])
        else:
            await self.desk.cancel(work, ticket, asker, why="withdrawn")
