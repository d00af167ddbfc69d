"""The experts' desk: what waits for people, and a ticket with all that can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from adapters.console.channel import conversation_of
from adapters.console.doors import needs, visitor_of
from adapters.console.feed import TICKETS
from adapters.console.pen import Pen
from adapters.console.site import site_of
from bot.models import OPEN, Conversation, Person, Ticket

router: Final = APIRouter(prefix="/desk")

Text = Annotated[str, Form()]

_WHOSE: Final = {"": "All", "free": "Nobody's", "mine": "Mine"}
_WORDS_KEPT: Final = 3
"""So many of the latest words to an expert are shown."""


@router.get("", **needs("expert"))
async def queue(request: Request, topic: str = "", whose: str = "") -> Response:
    """Filters stand in the address, so that they can be kept and shared."""
    site, person = site_of(request), visitor_of(request).person
    tickets = await site.backend.queue(by=person.id)
    topics = sorted({ticket.topic for ticket in tickets if ticket.topic})
    chosen = [ticket for ticket in tickets if topic in ("", ticket.topic) and _is_of(ticket, whose, person)]
    return site.pages.show(
        request, "desk/queue.html", tickets=sorted(chosen, key=_urgency), many=len(tickets), topics=topics,
        topic=topic, whose=whose, choices=_WHOSE, age=_age,
    )  # fmt: skip


def _is_of(ticket: Ticket, whose: str, person: Person) -> bool:
    return whose not in _WHOSE or not whose or ticket.claimant == ("" if whose == "free" else person.id)


def _urgency(ticket: Ticket) -> tuple[bool, datetime]:
    """Those that wait for somebody come first, the oldest of them on top."""
    return ticket.state == "answered", ticket.opened


def _age(since: datetime) -> str:
    minutes = (datetime.now(UTC) - since).total_seconds() / 60
    if minutes < 60:
        return f"{max(minutes, 1):.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 60 / 24:.0f} days"


@router.get("/{number}", **needs("expert"))
async def ticket(request: Request, number: int) -> Response:
    site, person = site_of(request), visitor_of(request).person
    case = await site.backend.case(number, by=person.id)
    if case is None:
        return site.failed(request, 404, f"There is no ticket #{number}.")
    words = await site.backend.talk(_words_to(person, number), by=person.id)
    buttons = {button.action: button for button in case.card.buttons}
    return site.pages.show(
        request, "desk/ticket.html", case=case, ticket=case.ticket, buttons=buttons, age=_age,
        is_open=case.ticket.state in OPEN, words=words.posted[-_WORDS_KEPT:], busy=bool(words.pending),
    )  # fmt: skip


@router.post("/{number}/press", **needs("expert"))
async def press(request: Request, *, number: int, action: Text, key: Text, text: Text = "") -> Response:
    """What came of it is on the page: the ticket as it is then, or a word to whoever pressed."""
    site, person = site_of(request), visitor_of(request).person
    event = Pen(person).pressed(action, str(number), text=text, to=_words_to(person, number), key=key)
    await site.backend.accept(event)
    site.feed.tell(TICKETS)
    return RedirectResponse(f"/desk/{number}", 303)


@router.post("/{number}/link", **needs("expert"))
async def link(request: Request, *, number: int, address: Text = "", status: Text = "") -> Response:
    """Where it stands in another help desk."""
    site, person = site_of(request), visitor_of(request).person
    words: Sequence[str] = ["link", str(number), address.strip() or "none", "--status", status.strip() or "linked"]
    await site.backend.run(words if address.strip() else words[:3], by=person)
    site.feed.tell(TICKETS)
    return RedirectResponse(f"/desk/{number}", 303)


def _words_to(person: Person, number: int) -> Conversation:
    """Where an expert is told what came of a press if it changed nothing."""
    return conversation_of(person.id, f"desk-{number}")
