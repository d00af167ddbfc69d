"""The asker's pages: conversations, documents, why, one's own history."""

from __future__ import annotations

import secrets
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from adapters.console.channel import conversation_of
from adapters.console.dialogue import shown
from adapters.console.doors import needs, visitor_of
from adapters.console.feed import talk_topic
from adapters.console.pen import Pen
from adapters.console.site import site_of
from bot.models import Conversation, Event, in_meaning, in_words

router: Final = APIRouter()

_ALONE: Final = "-"
"""In addresses: the conversation without an id, where people are told what belongs to none."""

Text = Annotated[str, Form()]


@router.get("/", **needs("asker"))
async def home(request: Request) -> Response:
    person = visitor_of(request).person
    return RedirectResponse("/desk" if person.role == "expert" else "/ask", 303)


@router.get("/ask", **needs("asker"))
async def ask(request: Request) -> Response:
    """A new conversation; the latest ones beside it."""
    site, person = site_of(request), visitor_of(request).person
    exchanges, tickets = await site.backend.mine(by=person.id)
    return site.pages.show(request, "ask.html", id=secrets.token_hex(8), exchanges=exchanges, tickets=tickets)


@router.get("/talk/{id}", **needs("asker"))
async def talk(request: Request, id: str) -> Response:
    site, person = site_of(request), visitor_of(request).person
    dialogue = await site.backend.talk(_conversation(request, id), by=person.id)
    return site.pages.show(request, "talk.html", id=id, talk=shown(dialogue, by=person.id))


@router.post("/talk/{id}", **needs("asker"))
async def say(request: Request, id: str, text: Text, key: Text) -> Response:
    return await _accept(request, id, _pen(request).message(text, to=_conversation(request, id), key=key))


@router.post("/talk/{id}/edit", **needs("asker"))
async def edit(request: Request, id: str, message: Text, text: Text, key: Text) -> Response:
    return await _accept(request, id, _pen(request).edited(message, text, to=_conversation(request, id), key=key))


@router.post("/talk/{id}/delete", **needs("asker"))
async def delete(request: Request, id: str, message: Text, key: Text) -> Response:
    return await _accept(request, id, _pen(request).deleted(message, to=_conversation(request, id), key=key))


@router.post("/talk/{id}/stop", **needs("asker"))
async def stop(request: Request, id: str, key: Text) -> Response:
    return await _accept(request, id, _pen(request).stopped(to=_conversation(request, id), key=key))


@router.post("/talk/{id}/press", **needs("asker"))
async def press(request: Request, *, id: str, action: Text, subject: Text, key: Text, text: Text = "") -> Response:
    event = _pen(request).pressed(action, subject, text=text, to=_conversation(request, id), key=key)
    return await _accept(request, id, event)


@router.post("/talk/{id}/vote", **needs("asker"))
async def vote(request: Request, *, id: str, reply: Text, helpful: Text, key: Text, reason: Text = "") -> Response:
    event = _pen(request).voted(reply, helpful=helpful == "yes", reason=reason, to=_conversation(request, id), key=key)
    return await _accept(request, id, event)


@router.get("/why/{reply}", **needs("asker"))
async def why(request: Request, reply: str) -> Response:
    site, person = site_of(request), visitor_of(request).person
    exchange = await site.backend.why(reply, by=person.id)
    if exchange is None:
        return site.failed(request, 404, "Nothing is kept about that answer any more.")
    most = max((found.bm25 for found in exchange.found), default=0.0)
    closeness = {each.passage: f"{in_meaning(each.cosine)}, {in_words(each.bm25, most)}" for each in exchange.found}
    return site.pages.show(request, "why.html", exchange=exchange, closeness=closeness)


@router.get("/documents/{passage}", **needs("asker"))
async def document(request: Request, passage: str) -> Response:
    site, person = site_of(request), visitor_of(request).person
    opened = await site.backend.open(passage, by=person.id)
    if opened is None:
        return site.failed(request, 404, "There is no such passage any more, or you may not read it.")
    return site.pages.show(request, "document.html", opened=opened, document=opened.passage.document)


@router.get("/history", **needs("asker"))
async def history(request: Request) -> Response:
    site, person = site_of(request), visitor_of(request).person
    exchanges, tickets = await site.backend.mine(by=person.id)
    return site.pages.show(request, "history.html", exchanges=exchanges, tickets=tickets)


async def _accept(request: Request, id: str, event: Event) -> Response:
    site = site_of(request)
    await site.backend.accept(event)
    site.feed.tell(talk_topic(event.conversation))
    return RedirectResponse(f"/talk/{id}", 303)


def _pen(request: Request) -> Pen:
    return Pen(visitor_of(request).person)


def _conversation(request: Request, id: str) -> Conversation:
    return conversation_of(visitor_of(request).person.id, "" if id == _ALONE else id)
