"""When people are there: against a model that looks at the clock on the wall minute by minute."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.tickets.hours import ALWAYS, HORIZON, Hours, Span, expect

MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE: tuple[tuple[Span, ...], ...] = (*(((540, 1020),),) * 5, (), ())
NEVER: tuple[tuple[Span, ...], ...] = ((),) * 7


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


# Days around which clocks change: by an hour, by half an hour, at midnight, and by a whole day.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Asia/Kathmandu", date(2026, 2, 28)),
]


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(0, 24 * 60 - 1))
    return start, start + draw(st.integers(1, 24 * 60))


@st.composite
def openings(draw: st.DrawFn) -> tuple[Hours, datetime]:
    name, day = draw(st.sampled_from(CHANGES))
    holidays = draw(st.sets(st.integers(-3, 4), max_size=2))
    closed = [day + timedelta(days=each) for each in holidays]
    hours = Hours(
        zone=ZoneInfo(name),
        week=tuple(draw(st.lists(st.lists(spans(), max_size=3).map(tuple), min_size=7, max_size=7))),
        holidays=frozenset(closed[:1]),
        yearly=frozenset((each.month, each.day) for each in closed[1:]),
    )
    noon = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return hours, noon + draw(st.integers(-36 * 60, 36 * 60)) * MINUTE


def open_minutes(hours: Hours, since: datetime, *, days: int) -> list[bool]:
    """Of each minute from `since` on, whether it is open."""
    before = 4 * 24 * 60
    moments = [since + (index - before) * MINUTE for index in range(before + days * 24 * 60)]
    walls: list[datetime] = []
    for moment in moments:
        wall = moment.astimezone(hours.zone).replace(tzinfo=None, fold=0)
        walls.append(max(wall, walls[-1]) if walls else wall)  # the latest that the clock has shown
    opened = [False] * len(moments)
    day = walls[0].date() + timedelta(days=1)
    while day <= walls[-1].date():
        if day not in hours.holidays and (day.month, day.day) not in hours.yearly:
            midnight = datetime(day.year, day.month, day.day)
            for start, end in hours.week[day.weekday()]:
                first, after = (bisect_left(walls, midnight + each * MINUTE) for each in (start, end))
                opened[first:after] = [True] * (after - first)
        day += timedelta(days=1)
    return opened[before:]


@settings(max_examples=60, deadline=None)
@given(opening=openings(), wait=st.integers(1, 2 * 24 * 60))
def test_it_is_open_when_the_clock_on_the_wall_says_so(opening: tuple[Hours, datetime], wait: int) -> None:
    hours, since = opening
    opened = open_minutes(hours, since, days=4)
    assert [hours.is_open(since + minute * MINUTE) for minute in range(0, 5000, 41)] == opened[:5000:41]
    if any(opened):
        assert hours.next_open(since) == since + opened.index(True) * MINUTE
    if sum(opened) >= wait:
        passed = [index for index, is_open in enumerate(opened) if is_open][wait - 1]
        assert hours.add(since, wait * MINUTE) == since + (passed + 1) * MINUTE


@settings(deadline=None)
@given(opening=openings(), waits=st.lists(st.integers(0, 10_000), min_size=2, max_size=5).map(sorted))
def test_more_open_time_is_never_over_earlier(opening: tuple[Hours, datetime], waits: list[int]) -> None:
    hours, since = opening
    ends = [hours.add(since, wait * MINUTE) for wait in waits]
    assert all(one <= other for one, other in pairwise(ends))
    assert all(end >= since for end in ends)


@settings(deadline=None)
@given(opening=openings(), one=st.integers(1, 3000), other=st.integers(1, 3000))
def test_waiting_twice_is_waiting_for_both(opening: tuple[Hours, datetime], one: int, other: int) -> None:
    hours, since = opening
    if hours.next_open(since) is not None:
        twice = hours.add(hours.add(since, one * MINUTE), other * MINUTE)
        assert twice == hours.add(since, (one + other) * MINUTE)


def test_always_open_is_the_clock() -> None:
    hours = Hours(zone=BERLIN)
    moment = at("2026-03-29T01:30")
    assert hours.week == ALWAYS
    assert hours.is_open(moment)
    assert hours.add(moment, timedelta(hours=5)) == moment.astimezone(UTC) + timedelta(hours=5)


def test_in_an_hour_that_comes_twice_both_are_open() -> None:
    hours = Hours(zone=BERLIN, week=(((0, 1440),),) * 7)
    for fold in (0, 1):
        assert hours.is_open(at("2026-10-25T02:30").replace(fold=fold))


def test_never_open() -> None:
    hours = Hours(week=NEVER)
    moment = at("2026-03-02T09:00")
    assert hours.next_open(moment) is None
    assert not hours.is_open(moment)
    assert hours.add(moment, MINUTE) == moment + HORIZON
    assert expect(hours, moment, usual=MINUTE) == "answer as soon as somebody is there"


def test_no_time_ends_at_once_also_when_it_is_closed() -> None:
    moment = at("2026-03-01T09:00")
    assert Hours(week=OFFICE, zone=BERLIN).add(moment, timedelta(0)) == moment


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    friday_nights: tuple[tuple[Span, ...], ...] = ((), (), (), (), ((1320, 1800),), (), ())
    hours = Hours(zone=BERLIN, week=friday_nights, holidays=frozenset({date(2026, 3, 7)}))
    assert hours.is_open(at("2026-03-07T05:59"))  # a Saturday, and a holiday, but the night began before
    assert not hours.is_open(at("2026-03-07T06:00"))
    without = Hours(zone=BERLIN, week=friday_nights, holidays=frozenset({date(2026, 3, 6)}))
    assert not without.is_open(at("2026-03-07T05:59"))


@pytest.mark.parametrize(
    ("now", "usual", "zone", "words"),
    [
        ("2026-03-02T10:00", 20, "", "usually answer within 20 minutes"),
        ("2026-03-02T10:00", 1, "", "usually answer within 1 minute"),
        ("2026-03-02T10:00", 100, "", "usually answer within 2 hours"),
        ("2026-03-02T16:40", 20, "", "usually answer within 20 minutes"),
        ("2026-03-02T16:50", 20, "", "usually answer by 09:10 tomorrow"),
        ("2026-03-06T16:50", 20, "", "usually answer by Mon 09:10"),
        ("2026-03-02T08:00", 20, "", "answer from 09:00 (closed until then)"),
        ("2026-03-02T17:00", 20, "", "answer from 09:00 tomorrow (closed until then)"),
        ("2026-03-02T17:00", 20, "Europe/London", "answer from 08:00 tomorrow (closed until then)"),
        ("2026-03-02T17:00", 20, "Asia/Tokyo", "answer from 17:00 (closed until then)"),  # where it is tomorrow already
        ("2026-03-02T17:00", 20, "Mars/Olympus", "answer from 09:00 tomorrow (closed until then)"),
        ("2026-03-02T17:00", 20, "W. Europe Standard Time", "answer from 09:00 tomorrow (closed until then)"),
        ("2026-03-06T17:00", 20, "", "answer from Mon 09:00 (closed until then)"),
        ("2026-04-24T17:00", 20, "", "answer from Mon 4 May 09:00 (closed until then)"),
        ("2026-12-23T17:00", 20, "", "answer from Mon 4 Jan 2027 09:00 (closed until then)"),
    ],
)
def test_what_the_asker_is_told(now: str, usual: int, zone: str, words: str) -> None:
    week = frozenset(date(2026, 4, 27) + timedelta(days=each) for each in range(7))
    christmas = frozenset((12, day) for day in range(24, 32))
    hours = Hours(zone=BERLIN, week=OFFICE, holidays=week, yearly=christmas | {(1, 1)})
    assert expect(hours, at(now), usual=usual * MINUTE, zone=zone) == words
