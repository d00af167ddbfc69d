"""What became of the questions of each week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from sqlalchemy import ColumnElement, Executable, Integer, and_, case, cast, distinct, func, select

from adapters.sql_store.schema import exchanges, feedback, tickets
from adapters.sql_store.unit import Unit
from adapters.sql_store.values import to_number
from bot.models import Week

_WEEK: Final = timedelta(days=7)
_ASKED: Final = ("knowledge", "person", "clarify", "personal", "out_of_scope")
"""Routes of what were questions: "thank you" is none, and neither is a command."""


async def weeks(unit: Unit, *, since: datetime, count: int) -> Sequence[Week]:
    """`count` weeks from `since` on, each of seven days."""
    start, end = to_number(since), to_number(since + count * _WEEK)
    asked = {row.week: row for row in await unit.rows(_asked(start, end))}
    confirmed = {row.week: row.confirmed for row in await unit.rows(_confirmed(start, end))}
    handed_over = {row.week: row for row in await unit.rows(_handed_over(start, end))}
    waits: dict[int, list[float]] = defaultdict(list)
    for row in await unit.rows(_waits(start, end)):
        waits[row.week].append(row.wait / 60e6)

    def made() -> Iterator[Week]:
        for number in range(count):
            of_asked, of_tickets = asked.get(number), handed_over.get(number)
            yield Week(
                begins=(since + number * _WEEK).date(),
                asked=of_asked.asked if of_asked else 0,
                answered=of_asked.answered if of_asked else 0,
                confirmed=confirmed.get(number, 0),
                handed_over=of_tickets.many if of_tickets else 0,
                needless=of_tickets.needless if of_tickets else 0,
                first_reply_minutes=median(waits[number]) if waits[number] else None,
            )

    return list(made())


def _week(at: ColumnElement[int], start: int) -> ColumnElement[int]:
    width = _WEEK // timedelta(microseconds=1)
    return cast((at - start - func.mod(at - start, width)) / width, Integer).label("week")


def _asked(start: int, end: int) -> Executable:
    answered = and_(exchanges.c.outcome == "answered", exchanges.c.route == "knowledge")
    week = _week(exchanges.c.at, start)
    return (
        select(week, func.count().label("asked"), func.sum(case((answered, 1), else_=0)).label("answered"))
        .where(exchanges.c.at >= start, exchanges.c.at < end, exchanges.c.route.in_(_ASKED))
        .group_by(week)
    )


def _confirmed(start: int, end: int) -> Executable:
    week = _week(exchanges.c.at, start)
    return (
        select(week, func.count(distinct(exchanges.c.id)).label("confirmed"))
        .join(feedback, and_(feedback.c.reply == exchanges.c.id, feedback.c.helpful.is_(True)))
        .where(exchanges.c.at >= start, exchanges.c.at < end)
        .group_by(week)
    )


def _handed_over(start: int, end: int) -> Executable:
    week = _week(tickets.c.opened, start)
    needless = func.sum(case((tickets.c.draft_sent.is_(True), 1), else_=0)).label("needless")
    return (
        select(week, func.count().label("many"), needless)
        .where(tickets.c.opened >= start, tickets.c.opened < end)
        .group_by(week)
    )


def _waits(start: int, end: int) -> Executable:
    week = _week(tickets.c.opened, start)
    return select(week, (tickets.c.answered - tickets.c.opened).label("wait")).where(
        tickets.c.opened >= start, tickets.c.opened < end, tickets.c.answered.is_not(None)
    )
