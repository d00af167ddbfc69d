"""What every store counts of the questions of each week."""

from __future__ import annotations

from datetime import timedelta

from bot.models import Feedback, Week
from bot.ports import Store
from tests.contracts.stores import ANA, BEN, START, ticket
from tests.contracts.test_store_conversations import exchange

WEEK = timedelta(weeks=1)


async def test_each_week_counts_its_own_questions_and_tickets(store: Store) -> None:
    async with store.transaction() as work:
        await work.exchanges.add(exchange("early", at=START - timedelta(microseconds=1)))
        await work.exchanges.add(exchange("first", at=START))
        await work.exchanges.add(exchange("last", at=START + WEEK - timedelta(microseconds=1), outcome="unsure"))
        await work.exchanges.add(exchange("thanks", at=START, route="small_talk"))
        await work.exchanges.add(exchange("next", at=START + WEEK))
        for person in (ANA, BEN):
            await work.feedback.put(Feedback("first", person, True, "", START))
        await work.feedback.put(Feedback("next", ANA, False, "", START))
        for minutes, sent in ((10, True), (30, False), (None, False)):
            answered = None if minutes is None else START + timedelta(minutes=minutes)
            await work.tickets.add(ticket(card=f"c{minutes}", answered=answered, draft_sent=sent))
    async with store.reading() as work:
        weeks = await work.weeks(since=START, count=3)
    day = START.date()
    assert weeks == [
        Week(day, asked=2, answered=1, confirmed=1, handed_over=3, needless=1, first_reply_minutes=20.0),
        Week(day + WEEK, asked=1, answered=1, confirmed=0, handed_over=0, needless=0, first_reply_minutes=None),
        Week(day + 2 * WEEK, asked=0, answered=0, confirmed=0, handed_over=0, needless=0, first_reply_minutes=None),
    ]
