"""What people do with the bot's answers: tickets, feedback, learned documents."""

from __future__ import annotations

from dataclasses import replace

from bot.admin.parts import Given, Parts, Result
from bot.errors import CommandError
from bot.learning import told
from bot.models import Feedback, Learned, Ticket


class People:
    """For experts, and for whoever looks after what was learned."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def tickets(self, given: Given) -> Result:
        async with self._parts.store.reading() as work:
            if given.words:
                number = given.number()
                ticket = await work.tickets.get(number)
                if ticket is None:
                    raise CommandError(f"There is no ticket #{number}.")
                found = [ticket]
            elif "all" in given.options:
                found = await work.tickets.in_state("open", "claimed", "answered", "resolved", "cancelled")
            else:
                found = await work.tickets.in_state("open", "claimed", "answered")
        now = self._parts.clock()
        lines = []
        for each in found:
            hours = (now - each.opened).total_seconds() / 3600
            who = f", {each.claimant_name}" if each.claimant else ""
            age = f"{hours:.0f} h" if hours < 48 else f"{hours / 24:.0f} d"
            lines.append(f"- **#{each.number}** {each.state}{who}, {age}: {_short(each.question)}")
        return Result("\n".join(lines) or "No ticket is open.", [_ticket(each) for each in found])

    async def feedback(self, given: Given) -> Result:
        if given.words[:1] == ["done"]:
            return await self._seen(given)
        async with self._parts.store.reading() as work:
            everything = "all" in given.options
            found = await work.feedback.latest(unseen=not everything, helpful=None if everything else False)
            answered = {each.reply: await work.exchanges.get(each.reply) for each in found}
        lines, data = [], []
        for each in found:
            exchange = answered[each.reply]
            question = exchange.question if exchange else ""
            verdict = "helped" if each.helpful else "did not help"
            why = f": {each.reason}" if each.reason else ""
            lines.append(f"- `{each.reply}` {verdict}{why} ({_short(question)})")
            data.append(
                {
                    "reply": each.reply,
                    "helpful": each.helpful,
                    "reason": each.reason,
                    "person": each.person,
                    "question": question,
                    "at": each.at.isoformat(),
                    "seen": each.seen,
                }
            )
        return Result("\n".join(lines) or "Nothing waits to be looked at.", data)

    async def _seen(self, given: Given) -> Result:
        if len(given.words) != 2:
            raise CommandError(f"Which reply? {given.usage}")
        async with self._parts.store.transaction() as work:
            opinions = await work.feedback.of(given.words[1])
            if not opinions:
                raise CommandError(f"Nobody has said anything about {given.words[1]}.")
            for each in opinions:
                await work.feedback.put(_looked_at(each))
            await self._parts.audited(work, given.by, "feedback.done", given.words[1])
        return Result("Done: it waits no more.", {"reply": given.words[1], "seen": len(opinions)})

    async def learned(self, given: Given) -> Result:
        async with self._parts.store.reading() as work:
            drafts = await work.learned.in_state("draft")
        lines = [
            f"- **{each.id}** {_short(each.question)} → {_short(each.answer)} "
            f"(for {', '.join(sorted(each.audience)) or 'nobody yet: name an audience'}, by {each.author})"
            for each in drafts
        ]
        return Result("\n".join(lines) or "Nothing waits for review.", [_learned(each) for each in drafts])

    async def approve(self, given: Given) -> Result:
        named = frozenset(name.strip() for name in given.options.get("audience", "").split(",")) - {""}
        learned = await self._parts.learning().approve(
            given.number(), by=given.by, audience=named or None, force="force" in given.options
        )
        found = told(learned.check, given.by)
        return Result(f"Approved: it becomes a document with the next index run.\n\n{found}".strip(), _learned(learned))

    async def reject(self, given: Given) -> Result:
        learned = await self._parts.learning().reject(given.number(), by=given.by)
        return Result("It stays out.", _learned(learned))


def _looked_at(opinion: Feedback) -> Feedback:
    return replace(opinion, seen=True)


def _ticket(ticket: Ticket) -> dict[str, object]:
    return {
        "number": ticket.number,
        "state": ticket.state,
        "question": ticket.question,
        "reason": ticket.reason,
        "topic": ticket.topic,
        "asker": ticket.asker,
        "claimant": ticket.claimant,
        "opened": ticket.opened.isoformat(),
        "reminders": ticket.reminders,
        "link": ticket.link,
        "external_status": ticket.external_status,
    }


def _learned(learned: Learned) -> dict[str, object]:
    return {
        "id": learned.id,
        "state": learned.state,
        "question": learned.question,
        "answer": learned.answer,
        "audience": sorted(learned.audience),
        "ticket": learned.ticket,
        "author": learned.author,
        "check": learned.check,
    }


def _short(text: str, most: int = 80) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 2]} …"
