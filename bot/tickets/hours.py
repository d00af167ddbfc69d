"""When people are there, and what an asker is told of it.

A span is minutes of the local day on which it begins, `(540, 1020)` for 09:00-17:00; an end of more than a day is on
the next one. It is open from the first moment at which the clock on the wall shows its start, or a later time where
the start is skipped, to the first one that shows its end. So a night on which clocks change is an hour shorter or
longer. A holiday takes away the spans that begin on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

Span = tuple[int, int]

ALWAYS: Final[tuple[tuple[Span, ...], ...]] = (((0, 24 * 60),),) * 7
HORIZON: Final = timedelta(days=3 * 366)
"""How far is looked ahead: what opens later than that, never does."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours: the spans of Monday to Sunday in `zone`, and the days without any.

    `yearly` is month and day of the holidays of every year. All times given are aware; those returned are in UTC.
    """

    zone: tzinfo = UTC
    week: tuple[tuple[Span, ...], ...] = ALWAYS
    holidays: frozenset[date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def is_open(self, at: datetime) -> bool:
        # In UTC: a repeated hour is equal to nothing in another zone (PEP 495).
        return self.next_open(at) == at.astimezone(UTC)

    def next_open(self, at: datetime) -> datetime | None:
        """The first open moment from `at` on, which may be `at`; None if it never opens again."""
        return next((start for start, _ in self._open_from(at)), None)

    def add(self, at: datetime, wait: timedelta) -> datetime:
        """The moment when `wait` of open time has passed; `HORIZON` later if it never does, or not before.

        A `wait` that ends with a span ends there, and not when the next one begins. Without any it is `at`.
        """
        if wait <= timedelta(0):
            return at.astimezone(UTC)
        for start, end in self._open_from(at):
            if start + wait <= end:
                return start + wait
            wait -= end - start
        return at.astimezone(UTC) + HORIZON

    def _open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Open time from `at` on, in order and without overlaps."""
        at = done = at.astimezone(UTC)
        # Spans of the two days before may reach into this one where a zone leaves out a whole day.
        day = at.astimezone(self.zone).date() - 2 * _DAY
        last = day + HORIZON
        while day < last:
            for start, end in sorted(self._spans(day)):
                begin = max(_moment(day, start, self.zone), done)
                done = max(_moment(day, end, self.zone), done)
                if begin < done:
                    yield begin, done
            day += _DAY

    def _spans(self, day: date) -> tuple[Span, ...]:
        closed = day in self.holidays or (day.month, day.day) in self.yearly
        return () if closed else self.week[day.weekday()]


def expect(hours: Hours, at: datetime, *, usual: timedelta, zone: str = "") -> str:
    """When somebody answers who usually takes `usual`, as it follows "they ...".

    "usually answer within 20 minutes", "usually answer by 09:10 tomorrow" if they close before, "answer from Mon 09:00
    (closed until then)".
    Times are the asker's, who is in the IANA `zone`; those of the hours' zone if it is empty or unknown.
    """
    at = at.astimezone(UTC)
    opens = hours.next_open(at)
    if opens is None:
        return "answer as soon as somebody is there"
    theirs = zone_named(zone) or hours.zone
    if opens > at:
        return f"answer from {_shown(opens, at=at, zone=theirs)} (closed until then)"
    by = hours.add(at, usual)
    return (
        f"usually answer within {_length(usual)}"
        if by - at <= usual
        else f"usually answer by {_shown(by, at=at, zone=theirs)}"
    )


def _moment(day: date, minutes: int, zone: tzinfo) -> datetime:
    """The first moment at which the clock in `zone` shows that many minutes of `day`, or later, in UTC."""
    wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(moment, zone) == wall:
        return moment
    # The clock skips this time. Read with the offset that holds after the jump it is too early, with the one before
    # it too late (PEP 495), and the jump is between the two.
    early, late = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // timedelta(seconds=2) * timedelta(seconds=1)
        if _wall(middle, zone) < wall:
            early = middle
        else:
            late = middle
    return late


def _wall(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def zone_named(name: str) -> tzinfo | None:
    """The IANA zone; None if there is none of that name. UTC is there also where the system has no list of zones."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):
        return None  # a platform's own name, or a system without this zone


def _shown(moment: datetime, *, at: datetime, zone: tzinfo) -> str:
    there = moment.astimezone(zone)
    days = (there.date() - at.astimezone(zone).date()).days
    if days == 0:
        return f"{there:%H:%M}"
    if days == 1:
        return f"{there:%H:%M} tomorrow"
    # Names of days and months are written out here: strftime's follow the locale of the machine.
    weekday = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[there.weekday()]
    if days < 7:
        return f"{weekday} {there:%H:%M}"
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[there.month - 1]
    year = "" if there.year == at.astimezone(zone).year else f" {there.year}"
    return f"{weekday} {there.day} {month}{year} {there:%H:%M}"


def _length(wait: timedelta) -> str:
    minutes = max(1, ceil(wait / timedelta(minutes=1)))
    if minutes <= 90:
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours = ceil(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{ceil(hours / 24)} days"
