"""What people do with the bot's answers: tickets, feedback, learned documents."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.admin.parts import HIDDEN, Given, Parts, as_number
from bot.admin.words import age, quoted, short
from bot.errors import CommandError
from bot.learning import told
from bot.models import Exchange, Feedback, Learned, Person, Result, Ticket, TicketState
from bot.tickets.events import ticket_form

_CLOSED: Final[tuple[TicketState, ...]] = ("resolved", "cancelled")
_MOST: Final = 10_000
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"()|]{1,500}")
_LINES: Final = 50


class People:
    """For experts, and for whoever looks after what was learned."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def tickets(self, given: Given) -> Result:
        if given.words:
            return await self._ticket(given)
        everything = "all" in given.options
        states: tuple[TicketState, ...] = ("open", "claimed", "answered")
        async with self._parts.store.reading() as work:
            found = await work.tickets.in_state(*states, *(_CLOSED if everything else ()), limit=_MOST)
        await self._parts.shown(given.by, "tickets", "all" if everything else "open")
        now = self._parts.clock()
        lines = [f"- **#{each.number}** {_state(each, now=now)}: {short(each.question)}" for each in found]
        if lines[_LINES:]:
            which, some = ("latest", lines[-_LINES:]) if everything else ("oldest", lines[:_LINES])
            lines = [f"The {which} {_LINES} of {len(lines):,}:", *some]
        nothing = "There were no tickets yet." if everything else "No ticket is open."
        return Result("\n".join(lines) or nothing, [_ticket_data(each) for each in found])

    async def _ticket(self, given: Given) -> Result:
        """One, with what the bot would have said as far as `by` may read what that quotes."""
        number = given.number()
        async with self._parts.store.reading() as work:
            ticket = await work.tickets.get(number)
        if ticket is None:
            raise CommandError(f"There is no ticket #{number}.")
        cited = [source.passage for source in ticket.sources]
        readable = {passage.id for passage in await self._parts.readable(cited, by=given.by)}
        sources = [source for source in ticket.sources if source.passage in readable]
        draft = ticket.draft.strip() if readable.issuperset(cited) else HIDDEN
        await self._parts.shown(given.by, "tickets", f"#{number}")
        parts = [f"**#{number}**", quoted(ticket.question), "\n".join(_about(ticket, now=self._parts.clock()))]
        if draft:
            titles = [f"{source.number}. {' › '.join([source.title, *source.heading_path])}" for source in sources]
            parts += ["The bot would have said:", quoted(draft), "\n".join(titles)]
        data = {**_ticket_data(ticket), "draft": draft, "documents": [source.document for source in sources]}
        return Result("\n\n".join(filter(None, parts)), data)

    async def link(self, given: Given) -> Result:
        """Where a ticket stands in an existing help desk; experts see it on the card, programs in its events."""
        if len(given.words) != 2:
            raise CommandError(f"Which ticket, and where is it? `{given.usage}`")
        number, address = as_number(given.words[0], usage=given.usage), given.words[1]
        gone = address == "none"
        if not gone and not _ADDRESS.fullmatch(address):
            raise CommandError(f'"{short(address)}" is no address: it begins with https:// or http://.')
        async with self._parts.store.transaction() as work:
            ticket = await work.tickets.get(number)
            if ticket is None:
                raise CommandError(f"There is no ticket #{number}.")
            linked = await self._parts.desk().link(
                work,
                ticket,
                given.by.id,
                link="" if gone else address,
                status="" if gone else given.options.get("status", ticket.external_status),
            )
        self._parts.wake.notify("outbox")
        text = f"#{number} is linked no more." if gone else f"#{number} is linked to {address}."
        return Result(text, _ticket_data(linked))

    async def feedback(self, given: Given) -> Result:
        """Bad opinions that nobody has looked at yet, or all of both kinds."""
        if given.words:
            return await self._looked_at(given)
        everything = "all" in given.options
        async with self._parts.store.reading() as work:
            found = await work.feedback.latest(unseen=not everything, helpful=None if everything else False)
            exchanges = [await work.exchanges.get(each.reply) for each in found]
        await self._parts.shown(given.by, "feedback", "all" if everything else "unseen")
        pairs = list(zip(found, exchanges, strict=True))
        lines = [_opinion_line(opinion, exchange) for opinion, exchange in pairs]
        nothing = "Nobody has said anything yet." if everything else "Nothing waits to be looked at."
        return Result("\n".join(lines) or nothing, [_opinion_data(opinion, exchange) for opinion, exchange in pairs])

    async def _looked_at(self, given: Given) -> Result:
        if len(given.words) != 2 or given.words[0] != "done":
            raise CommandError(f"Which reply? `{given.usage}`")
        reply = given.words[1]
        async with self._parts.store.transaction() as work:
            opinions = await work.feedback.of(reply)
            if not opinions:
                raise CommandError(f"Nobody has said anything about {reply}.")
            for each in opinions:
                await work.feedback.put(replace(each, seen=True))
            await self._parts.audited(work, given.by, "feedback.done", reply)
        return Result("Done: it waits no more.", {"reply": reply, "seen": len(opinions)})

    async def write(self, given: Given) -> Result:
        """An answer to a question that nobody need have asked; without an audience, whoever approves it names one."""
        answer = given.options.get("answer", "").strip()
        if not answer:
            raise CommandError(f"What is the answer? `{given.usage}`")
        draft = Learned(0, "draft", given.text, answer, _audience(given), 0, given.by.id, self._parts.clock())
        async with self._parts.store.transaction() as work:
            learned = await work.learned.add(draft)
            await self._parts.audited(work, given.by, "learned.drafted", f"learned {learned.id}")
        text = f"It is number {learned.id} and waits for review: `learned` lists what does."
        return Result(text, _learned_data(learned, given.by))

    async def learned(self, given: Given) -> Result:
        async with self._parts.store.reading() as work:
            drafts = [each for each in await work.learned.in_state("draft") if each.may_be_read_by(given.by)]
        await self._parts.shown(given.by, "learned")
        lines = [
            f"- **{each.id}** {short(each.question)} → {short(each.answer, 300)} "
            f"(for {', '.join(sorted(each.audience)) or 'nobody yet: name an audience'}, by {each.author})"
            for each in drafts
        ]
        return Result(
            "\n".join(lines) or "Nothing waits for review.", [_learned_data(each, given.by) for each in drafts]
        )

    async def approve(self, given: Given) -> Result:
        learned = await self._parts.learning().approve(
            given.number(), by=given.by, audience=_audience(given) or None, force="force" in given.options
        )
        text = f"Approved: it becomes a document with the next index run.\n\n{told(learned.check, given.by)}"
        return Result(text.strip(), _learned_data(learned, given.by))

    async def reject(self, given: Given) -> Result:
        learned = await self._parts.learning().reject(given.number(), by=given.by)
        return Result("It stays out.", _learned_data(learned, given.by))


def _audience(given: Given) -> frozenset[str]:
    return frozenset(name.strip() for name in given.options.get("audience", "").split(",")) - {""}


def _state(ticket: Ticket, *, now: datetime) -> str:
    who = f" by {ticket.claimant_name}" if ticket.claimant else ""
    return f"{ticket.state}{who}, since {age(ticket.opened, now=now)}"


def _about(ticket: Ticket, *, now: datetime) -> list[str]:
    elsewhere = " ".join(filter(None, [ticket.external_status, ticket.link]))
    return [
        f"- **State**: {_state(ticket, now=now)}",
        f"- **Asked by**: {ticket.asker_name}",
        f"- **Why**: {ticket.reason}",
        *([f"- **Topic**: {ticket.topic}"] if ticket.topic else []),
        *([f"- **Elsewhere**: {elsewhere}"] if elsewhere else []),
    ]


def _ticket_data(ticket: Ticket) -> dict[str, object]:
    names = {"asker_name": ticket.asker_name, "claimant_name": ticket.claimant_name}
    return ticket_form(ticket) | names | {"reminders": ticket.reminders}


def _opinion_line(opinion: Feedback, exchange: Exchange | None) -> str:
    verdict = "helped" if opinion.helpful else "did not help"
    why = f": {short(opinion.reason, 300)}" if opinion.reason else ""
    question = f", asked: {short(exchange.question)}" if exchange else ""
    return f"- `{opinion.reply}` {verdict}{why}{question}"


def _opinion_data(opinion: Feedback, exchange: Exchange | None) -> dict[str, object]:
    return {
        "reply": opinion.reply,
        "helpful": opinion.helpful,
        "reason": opinion.reason,
        "person": opinion.person,
        "question": exchange.question if exchange else "",
        "at": opinion.at.isoformat(),
        "seen": opinion.seen,
    }


def _learned_data(learned: Learned, by: Person) -> dict[str, object]:
    return {
        "id": learned.id,
        "state": learned.state,
        "question": learned.question,
        "answer": learned.answer,
        "audience": sorted(learned.audience),
        "ticket": learned.ticket,
        "author": learned.author,
        "at": learned.at.isoformat(),
        "check": told(learned.check, by),
    }
