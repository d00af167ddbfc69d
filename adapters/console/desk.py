"""The experts' desk: what waits for people, and a ticket with all that can be done about it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from adapters.console.admin_shown import Said, go
from adapters.console.channel import conversation_of
from adapters.console.desk_views import authors, queue_of, view_of
from adapters.console.doors import needs, visitor_of
from adapters.console.feed import TICKETS
from adapters.console.pen import Pen, clean
from adapters.console.site import Site, site_of
from bot.errors import CommandError
from bot.models import Action, Case, Conversation, Person, Posted, Pressed, made_id

router: Final = APIRouter(prefix="/desk")

Text = Annotated[str, Form()]

_WORDS_KEPT: Final = 3
"""So many of the latest words to an expert are shown."""
_LOOK_EVERY: Final = 0.04
_UNTIL_DECIDED: Final = 100
_AT_WHAT_CAME_OF_IT: Final = 25
"""So many looks: a press that changes nothing and needs no word is not waited for any longer."""
_ON_CARDS: Final[frozenset[Action]] = frozenset(
    {
        "take", "release", "send_draft", "edit_and_send", "resolve", "reopen", "not_a_request", "wrong_source",
        "make_knowledge", "go_private",
    }
)  # fmt: skip
_TYPED: Final = {"edit_and_send": "Write an answer first.", "wrong_source": "Say what is wrong with it first."}


@router.get("", **needs("expert"))
async def queue(request: Request, topic: str = "", whose: str = "") -> Response:
    """Filters stand in the address, so that they can be kept and shared."""
    site, person = site_of(request), visitor_of(request).person
    tickets = await site.backend.queue(by=person.id)
    shown = queue_of(tickets, by=person.id, whose=whose, topic=clean(topic), now=datetime.now(UTC))
    return site.pages.show(request, "desk/queue.html", queue=shown)


@router.get("/{number}", **needs("expert"))
async def ticket(request: Request, number: int) -> Response:
    return await _page(request, number)


@router.post("/{number}/press", **needs("expert"))
async def press(request: Request, *, number: int, action: Text, key: Text, text: Text = "") -> Response:
    """What came of it is on the page: the ticket as it is then, or a word to whoever pressed."""
    await _pressed(request, number, action, text, key)
    return RedirectResponse(f"/desk/{number}", 303)


@router.post("/{number}/reply", **needs("expert"))
async def reply(request: Request, *, number: int, key: Text, text: Text = "") -> Response:
    """To the asker. Whoever wrote it keeps it if it cannot be sent any more."""
    refused = await _pressed(request, number, "edit_and_send", text, key)
    if refused is None:
        return RedirectResponse(f"/desk/{number}", 303)
    return await _page(request, number, status=409, unsent=clean(text))


@router.post("/{number}/link", **needs("expert"))
async def link(request: Request, *, number: int, address: Text = "", status: Text = "") -> Response:
    """Where it stands in another help desk."""
    site, where = site_of(request), clean(address)
    options = ["--status", clean(status) or "linked"] if where else []
    try:
        await site.backend.run(["link", str(number), where or "none", *options], by=visitor_of(request).person)
    except CommandError as exc:
        return await _page(request, number, status=400, failed=str(exc))
    site.feed.tell(TICKETS)
    return RedirectResponse(f"/desk/{number}", 303)


@router.post("/{number}/learned", **needs("admin"))
async def learned(request: Request, *, number: int, draft: Annotated[int, Form()], decision: Text) -> Response:
    """Whether an answer from this ticket becomes a document, after a look at what that changes."""
    site = site_of(request)
    if decision not in ("approve", "reject"):
        raise CommandError("There is no such button.")
    try:
        said = Said((await site.backend.run([decision, str(draft)], by=visitor_of(request).person)).text, good=True)
    except CommandError as exc:
        said = Said(str(exc).partition("\n\n")[0], good=False)
    site.feed.tell(TICKETS)
    return go("/admin/learned", request, said)


async def _pressed(request: Request, number: int, action: str, text: str, key: str) -> Posted | None:
    """A word to whoever pressed, if that is what came of it."""
    site, person = site_of(request), visitor_of(request).person
    if action not in _ON_CARDS:
        raise CommandError("There is no such button.")
    if action in _TYPED and not clean(text):
        raise CommandError(_TYPED[action])
    before = await site.backend.case(number, by=person.id)
    event = Pen(person).pressed(action, str(number), text=text, to=_words_to(person, number), key=key)
    await site.backend.accept(event)
    word = await _outcome(site, event, before)
    site.feed.tell(TICKETS)
    return word


async def _outcome(site: Site, event: Pressed, before: Case | None) -> Posted | None:
    """Waits until it is decided and can be seen; not for ever, as whoever is to decide may be busy."""
    looks = _AT_WHAT_CAME_OF_IT
    for _ in range(_UNTIL_DECIDED):
        dialogue = await site.backend.talk(event.conversation, by=event.author)
        if not dialogue.pending:
            word = next((each for each in dialogue.posted if each.reply.id == made_id("said", *event.keys)), None)
            after = await site.backend.case(int(event.subject), by=event.author)
            looks -= 1
            if word or not looks or _has_changed(before, after, event):
                return word
        await asyncio.sleep(_LOOK_EVERY)
    return None


def _has_changed(before: Case | None, after: Case | None, event: Pressed) -> bool:
    """By this press, as far as can be told: what somebody else took was not taken by it."""
    took = event.action != "take" or (after is not None and after.ticket.claimant == event.author)
    return after != before and took


async def _page(request: Request, number: int, *, status: int = 200, failed: str = "", unsent: str = "") -> Response:
    """`failed` says why something was not done; `unsent` is an answer that the asker did not get."""
    site, person = site_of(request), visitor_of(request).person
    case = await site.backend.case(number, by=person.id)
    if case is None:
        return site.failed(request, 404, f"There is no ticket #{number}.")
    words = await site.backend.talk(_words_to(person, number), by=person.id)
    names = {id: (await site.backend.person(id)).name for id in authors(case)}
    view = view_of(case, by=person.id, names=names, words=words.posted[-_WORDS_KEPT:], now=datetime.now(UTC))
    return site.pages.show(
        request, "desk/ticket.html", status=status, view=view, ticket=case.ticket, learned=case.learned,
        busy=bool(words.pending), failed=failed, unsent=unsent,
    )  # fmt: skip


def _words_to(person: Person, number: int) -> Conversation:
    """Where an expert is told what came of a press if it changed nothing."""
    return conversation_of(person.id, f"desk-{number}")
