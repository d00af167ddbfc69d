"""What the desk's pages show, made from tickets alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from bot.models import OPEN, Action, Case, Posted, Ticket, TicketState, made_id

STATES: Final[Mapping[TicketState, str]] = {
    "open": "waits",
    "claimed": "taken",
    "answered": "answered",
    "resolved": "resolved",
    "cancelled": "closed",
}
_SHARES: Final = {"": "All", "free": "Nobody's", "mine": "Mine", "answered": "Answered"}
_MOST: Final = 100
"""The queue has no more tickets than that; the rest of them waited less long."""
_HOLDS: Final = timedelta(minutes=30)
"""So long is a word to an expert about what they pressed worth reading, if nothing else happens."""
_ASKS: Final[Mapping[Action, str]] = {
    "make_knowledge": "What should stand in the documents? Your last answer, unless you write it.",
    "wrong_source": "What is wrong with it?",
}
_WITH_DRAFT: Final = frozenset({"send_draft", "edit_and_send"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter, as an address that can be kept and shared, with how many tickets it leaves."""

    name: str
    address: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A ticket in the queue. `holder` has it; empty if nobody has."""

    number: int
    state: TicketState
    word: str
    question: str
    asker: str
    topic: str
    holder: str
    opened: datetime
    age: str
    reminders: int


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for somebody comes first, the oldest on top. `waiting` of all `many` do; there are more if it is
    `full`."""

    rows: Sequence[Row]
    full: bool
    many: int
    waiting: int
    shares: Sequence[Choice]
    topics: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Line:
    """What was said. `side` is "asker", "own", "expert", or "note" for what stands under the card; `text` of a note is
    Markdown."""

    id: str
    side: str
    who: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be done with a ticket; with `asks` after something is typed, which only then must be."""

    action: Action
    label: str
    asks: str = ""
    must: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """A ticket's page. `words` are to whoever looks, about what they pressed last."""

    case: Case
    word: str
    where: str
    age: str
    is_open: bool
    lines: Sequence[Line]
    presses: Sequence[Act]
    asks: Sequence[Act]
    sends_draft: bool
    words: Sequence[Posted]

    @property
    def ticket(self) -> Ticket:
        return self.case.ticket


def queue_of(tickets: Sequence[Ticket], *, by: str, whose: str, topic: str, now: datetime) -> Queue:
    whose = whose if whose in _SHARES else ""
    chosen = sorted((each for each in tickets if _is_of(each, whose, by) and topic in ("", each.topic)), key=_urgency)
    names = sorted({ticket.topic for ticket in tickets if ticket.topic} | ({topic} - {""}))
    of_topic = [each for each in tickets if topic in ("", each.topic)]
    of_share = [each for each in tickets if _is_of(each, whose, by)]
    shares = [
        Choice(name, _address(share, topic), sum(_is_of(each, share, by) for each in of_topic), share == whose)
        for share, name in _SHARES.items()
    ]
    topics = [
        Choice(name or "All topics", _address(whose, name), _count(of_share, name), name == topic)
        for name in ["", *names]
    ]
    return Queue(
        rows=[_row(ticket, by=by, now=now) for ticket in chosen],
        full=len(tickets) >= _MOST,
        many=len(tickets),
        waiting=sum(ticket.state != "answered" for ticket in tickets),
        shares=shares,
        topics=topics if names else [],
    )


def view_of(case: Case, *, by: str, names: Mapping[str, str], words: Sequence[Posted], now: datetime) -> View:
    """`names` are those of everybody who said something, by id."""
    ticket, lines = case.ticket, _lines(case, by=by, names=names)
    acts = {button.action: button.label for button in case.card.buttons}
    if ticket.state == "claimed":
        acts = {"resolve": "Resolve", **acts}
    latest = max([ticket.opened, *filter(None, (ticket.claimed, ticket.resolved)), *(line.at for line in lines)])
    return View(
        case=case,
        word=STATES[ticket.state] + (" again" if ticket.reopened and ticket.state == "open" else ""),
        where=_where(ticket),
        age=age(ticket.opened, now=now),
        is_open=ticket.state in OPEN,
        lines=lines,
        presses=[Act(each, label) for each, label in acts.items() if each not in _ASKS and each not in _WITH_DRAFT],
        asks=[Act(each, acts[each], ask, each == "wrong_source") for each, ask in _ASKS.items() if each in acts],
        sends_draft="send_draft" in acts,
        words=[each for each in words if each.at >= max(latest, now - _HOLDS)],
    )


def age(since: datetime, *, now: datetime) -> str:
    minutes = (now - since).total_seconds() / 60
    if minutes < 60:
        return f"{max(minutes, 1):.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 60 / 24:.0f} days"


def authors(case: Case) -> frozenset[str]:
    """Experts who said something."""
    return frozenset(each.author for each in case.said) - {case.ticket.asker}


def _is_of(ticket: Ticket, whose: str, by: str) -> bool:
    if whose == "answered":
        return ticket.state == "answered"
    return not whose or ticket.claimant == ("" if whose == "free" else by)


def _urgency(ticket: Ticket) -> tuple[bool, datetime]:
    return ticket.state == "answered", ticket.opened


def _count(tickets: Sequence[Ticket], topic: str) -> int:
    return sum(topic in ("", each.topic) for each in tickets)


def _address(whose: str, topic: str) -> str:
    given = urlencode({name: value for name, value in (("whose", whose), ("topic", topic)) if value})
    return f"/desk?{given}" if given else "/desk"


def _row(ticket: Ticket, *, by: str, now: datetime) -> Row:
    return Row(
        number=ticket.number,
        state=ticket.state,
        word=STATES[ticket.state],
        question=ticket.question,
        asker=ticket.asker_name,
        topic=ticket.topic,
        holder="you" if ticket.claimant == by else ticket.claimant_name,
        opened=ticket.opened,
        age=age(ticket.opened, now=now),
        reminders=ticket.reminders,
    )


def _where(ticket: Ticket) -> str:
    if ticket.private or ticket.conversation.private:
        return "in private"
    return f"in {ticket.conversation.channel}"


def _lines(case: Case, *, by: str, names: Mapping[str, str]) -> Sequence[Line]:
    """Without the question, which stands above, and without notes that only say again what the asker wrote."""
    ticket = case.ticket
    asker = (ticket.asker, ticket.question)
    lines = [
        Line(
            f"m{each.message}", _side(each.author, ticket, by), _who(each.author, ticket, by, names), each.text, each.at
        )
        for each in case.said
        if (each.author, each.text) != asker
    ]
    again = {made_id("note", ticket.card, each.message) for each in case.said}
    lines += [
        Line(f"n{each.reply.id}", "note", "", each.reply.text, each.at)
        for each in case.notes
        if each.reply.id not in again
    ]
    return sorted(lines, key=lambda line: line.at)


def _side(author: str, ticket: Ticket, by: str) -> str:
    return "own" if author == by else "asker" if author == ticket.asker else "expert"


def _who(author: str, ticket: Ticket, by: str, names: Mapping[str, str]) -> str:
    return "you" if author == by else ticket.asker_name if author == ticket.asker else names.get(author, "an expert")
