"""An organisation with some weeks behind it: what was asked, answered, handed over and said of answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot.app import App
from bot.models import Conversation, Exchange, Feedback, Learned, Outcome, Question, Ticket, exchange_of
from tests.e2e.console.support import Visitor

ANA: Final = "console:ana"
BEN: Final = "console:ben"
HOSTILE: Final = '<script>alert(1)</script> & "quotes" \'><img src=x onerror=alert(2)> [a](javascript:alert(3))'
LEAVE: Final = "How many days of annual leave do I get?"
PARKING: Final = "How much is a parking space in the garage?"
TALK: Final = Conversation("console", "@ana", "t1", private=True)
_READS: Final = frozenset({"hr", "members", "public"})


@dataclass(frozen=True)
class House:
    """Keeps things as if they had happened."""

    app: App

    async def asked(self, text: str, *, id: str, at: datetime | None = None, ticket: int = 0) -> Exchange:
        """By Ana; how it is answered is what the documents say."""
        at = at or datetime.now(UTC)
        answer = await self.app.ask(Question(text, groups=_READS, today=at.date()))
        made = exchange_of(
            answer, id=id, conversation=TALK, message=id, asker=ANA, question=text, standalone=text, groups=_READS,
            at=at, ticket=ticket,
        )  # fmt: skip
        await self.keep(made)
        return made

    async def keep(self, exchange: Exchange) -> None:
        async with self.app.store.transaction() as work:
            await work.exchanges.add(exchange)

    async def ticket(self, question: str, *, opened: datetime | None = None, **more: Any) -> Ticket:
        made = Ticket(
            number=0, state="open", conversation=TALK, asker=ANA, asker_name="Ana", question=question,
            reason="The documents do not say.", experts=Conversation("console", "experts"), card=f"card-{question}",
            opened=opened or datetime.now(UTC),
        )  # fmt: skip
        async with self.app.store.transaction() as work:
            return await work.tickets.add(replace(made, **more))

    async def voted(self, reply: str, *, helpful: bool, reason: str = "") -> None:
        async with self.app.store.transaction() as work:
            await work.feedback.put(Feedback(reply, ANA, helpful, reason, datetime.now(UTC)))

    async def drafted(self, question: str, answer: str, *audience: str) -> Learned:
        draft = Learned(0, "draft", question, answer, frozenset(audience), 0, BEN, datetime.now(UTC))
        async with self.app.store.transaction() as work:
            return await work.learned.add(draft)

    async def actions(self) -> list[str]:
        """What the audit says was done, oldest first."""
        async with self.app.store.reading() as work:
            return [entry.action async for entry in work.audit.entries()]


async def job_ended(admin: Visitor, number: int) -> None:
    """They look at an index run when it has ended; what browsers listen to says when."""
    live = f"/admin/jobs/{number}/live"
    async with asyncio.timeout(30):
        while (await admin.client.get(live)).status_code == 200:
            """A stream that ends says no more than that there may be more to hear."""
    await admin.opens(f"/admin/jobs/{number}")


async def weeks_behind(house: House) -> None:
    """Twelve weeks of questions, tickets and opinions."""
    now = datetime.now(UTC)
    for week in range(11, -1, -1):
        at = now - timedelta(weeks=week)
        first = await house.asked(LEAVE, id=f"{week:024x}", at=at)
        for number in range((week * 7) % 9 + 14 - week):
            outcome: Outcome = "answered" if number % 3 else "unsure"
            id = f"{week + 256:012x}{number:012x}"
            await house.keep(replace(first, id=id, message=id, outcome=outcome))
            if number % 4 == 1:
                await house.voted(id, helpful=True)
        await _handed_over(house, week=week, at=at, now=now)


async def _handed_over(house: House, *, week: int, at: datetime, now: datetime) -> None:
    for number in range(week % 4 + 1):
        answered = at + timedelta(minutes=18 + 13 * week + 40 * number)
        over = {"state": "resolved", "answered": answered, "resolved": answered, "draft_sent": not number % 2}
        await house.ticket(
            f"Who repairs the chairs in room {week}{number}?", opened=at, card=f"c{week}-{number}",
            **(over if answered < now else {}),
        )  # fmt: skip
