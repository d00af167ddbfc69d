"""Open pages hear of what is new, as a stream of events that say no more than that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from adapters.console.channel import conversation_of
from adapters.console.doors import needs, visitor_of
from adapters.console.feed import TICKETS, Feed, talk_topic
from adapters.console.site import site_of

router: Final = APIRouter(prefix="/live")


@router.get("/talk/{id}", **needs("asker"))
async def talk(request: Request, id: str) -> Response:
    """Of a conversation of one's own."""
    topic = talk_topic(conversation_of(visitor_of(request).person.id, id))
    return _stream(site_of(request).feed, topic)


@router.get("/tickets", **needs("expert"))
async def tickets(request: Request) -> Response:
    """Of anything that happens to any ticket."""
    return _stream(site_of(request).feed, TICKETS)


def _stream(feed: Feed, topic: str) -> Response:
    async def events() -> AsyncIterator[str]:
        yield "retry: 1000\n\n"
        async for heard in feed.news(topic):
            yield "event: changed\ndata:\n\n" if heard else ": still here\n\n"

    # A proxy that collects answers would keep news from people.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)
