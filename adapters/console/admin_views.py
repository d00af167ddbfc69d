"""What the admin pages show, made from what commands tell programs. Nothing here asks, decides, or writes HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final, Generic, TypeVar

from adapters.console.plots import Plot, Series, durations, nested_columns, span, stacked_rows
from bot.models import Setting, Source, State

Data = Mapping[str, Any]
Row = TypeVar("Row")

PAGE: Final = 100
"""Rows of a table at a time."""
_AGES: Final = (
    ("under 1 hour", timedelta(hours=1)),
    ("1–4 hours", timedelta(hours=4)),
    ("4–24 hours", timedelta(days=1)),
    ("1–3 days", timedelta(days=3)),
    ("3–7 days", timedelta(days=7)),
    ("over 7 days", timedelta.max),
)
_SIGNS: Final = {"+ ": "added", "~ ": "changed", "− ": "deleted", "- ": "error"}
"""With which lines of what came of an index run begin."""
WAITING: Final = ("open", "claimed", "answered")


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure, whether it is a good one, and the page that says more."""

    label: str
    value: str
    note: str = ""
    state: State = "ok"
    page: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Of what came of an index run. `kind` is `added`, `changed`, `deleted`, `error`, or empty."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """An index run. `lines` are what came of it; `refused`: it would have removed most of a source."""

    id: int
    state: str
    by: str
    at: datetime
    done: int
    of: int
    lines: Sequence[Line]
    sources: Sequence[str]
    dry_run: bool
    refused: bool

    @property
    def runs(self) -> bool:
        return self.state in ("queued", "running")

    @property
    def what(self) -> str:
        return ", ".join(self.sources) or "all sources"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Page `number`, from 1, of `count`."""

    rows: Sequence[Row]
    number: int
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Week:
    begins: date
    asked: int
    answered: int
    confirmed: int
    handed_over: int
    needless: int
    first_reply: str

    @property
    def name(self) -> str:
        return f"{self.begins.day} {self.begins:%b}"


@dataclass(frozen=True, slots=True)
class Weekly:
    """`weeks` latest first; plots oldest first."""

    weeks: Sequence[Week]
    questions: Plot
    handing_over: Plot
    first_reply: Plot

    @property
    def sums(self) -> Sequence[Tile]:
        def of(name: str) -> int:
            return sum(getattr(week, name) for week in self.weeks)

        asked, handed_over = of("asked"), of("handed_over")
        return (
            Tile("asked", f"{asked:,}"),
            Tile("answered", _share(of("answered"), asked)),
            Tile("of them confirmed", f"{of('confirmed'):,}"),
            Tile("handed over", f"{handed_over:,}"),
            Tile("of them needlessly", _share(of("needless"), handed_over)),
        )

    @property
    def empty(self) -> bool:
        return not any(week.asked or week.handed_over for week in self.weeks)


def page_of(rows: Sequence[Row], number: int) -> Page[Row]:
    """The page of that number, or the nearest there is."""
    count = max(-(-len(rows) // PAGE), 1)
    number = min(max(number, 1), count)
    return Page(rows[(number - 1) * PAGE : number * PAGE], number, count, len(rows))


def dated(data: Data, *keys: str) -> dict[str, Any]:
    """With times as such: pages show them in the reader's zone."""
    read = {key: datetime.fromisoformat(data[key]) for key in keys if data[key]}
    return {**data, **read}


def tiles_of(status: Data) -> Sequence[Tile]:
    tickets: Mapping[str, int] = status["tickets"]
    waiting = sum(tickets.get(state, 0) for state in WAITING)
    errors, failed = status["errors"], status["posts_failed"]
    return (
        Tile(
            "Documents",
            f"{status['documents']:,}",
            f"{errors:,} could not be read" if errors else f"in {status['passages']:,} passages",
            "warning" if errors or not status["documents"] else "ok",
            "sources",
        ),
        Tile("Tickets", f"{waiting:,}", _split(tickets), page="tickets"),
        Tile("Messages waiting", f"{status['messages_waiting']:,}", "for the bot to work on"),
        Tile(
            "Posts waiting",
            f"{status['posts_waiting']:,}",
            f"{failed} given up" if failed else "to be sent",
            "failed" if failed else "ok",
        ),
    )


def _split(tickets: Mapping[str, int]) -> str:
    counts = [f"{tickets[state]:,} {state}" for state in WAITING if tickets.get(state)]
    return ", ".join(counts) or "nobody waits"


def job_of(data: Data) -> Job:
    result: str = data["result"]
    return Job(
        id=data["id"],
        state=data["state"],
        by=data["by"],
        at=datetime.fromisoformat(data["at"]),
        done=data["done"],
        of=data["of"],
        lines=[_line(line) for line in result.splitlines()],
        sources=data["sources"],
        dry_run=data["dry_run"],
        # What it says then names the command that does it even so.
        refused=data["state"] == "failed" and "--yes`" in result,
    )


def _line(text: str) -> Line:
    kind = _SIGNS.get(text[:2], "")
    return Line(kind, text[2:] if kind else text)


def explained_of(data: Data) -> dict[str, Any]:
    """With what the answer's marks lead to as `cited`; only as much of each source as a link needs."""
    cited = [
        Source(each["number"], each["title"], (), each["uri"], each["doc"], each["passage_id"], "", frozenset())
        for each in data["sources"]
    ]
    return {**data, "cited": cited}


def ages_of(tickets: Sequence[Data], *, now: datetime) -> Plot:
    """How long tickets have been waiting, by what became of them so far."""
    counts = {state: [0] * len(_AGES) for state in WAITING}
    for ticket in tickets:
        if ticket["state"] in counts:
            age = now - datetime.fromisoformat(ticket["opened"])
            counts[ticket["state"]][next(at for at, (_, most) in enumerate(_AGES) if age < most)] += 1
    series = [Series(state, f"state-{state}", counts[state]) for state in WAITING]
    return stacked_rows([name for name, _ in _AGES], series)


def weekly_of(data: Sequence[Data]) -> Weekly:
    weeks = [_week(each) for each in data]
    names = [week.name for week in weeks]
    questions = [
        Series("asked", "whole", [week.asked for week in weeks]),
        Series("answered", "part", [week.answered for week in weeks]),
        Series("confirmed", "core", [week.confirmed for week in weeks]),
    ]
    handing_over = [
        Series("handed over", "whole", [week.handed_over for week in weeks]),
        Series("needlessly", "core", [week.needless for week in weeks]),
    ]
    waits = Series("first reply", "part", [each["first_reply_minutes"] for each in data])
    return Weekly(
        list(reversed(weeks)),
        nested_columns(names, questions),
        nested_columns(names, handing_over),
        durations(names, waits),
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _week(data: Data) -> Week:
    wait = data["first_reply_minutes"]
    return Week(
        begins=date.fromisoformat(data["begins"]),
        asked=data["asked"],
        answered=data["answered"],
        confirmed=data["confirmed"],
        handed_over=data["handed_over"],
        needless=data["needless"],
        first_reply="" if wait is None else span(wait),
    )


def by_table(settings: Sequence[Setting]) -> Iterator[tuple[str, Sequence[Setting]]]:
    """As deskhand.toml has them."""
    for table, those in groupby(settings, key=lambda setting: setting.table):
        yield table, list(those)
