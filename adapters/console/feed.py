"""Tells open pages that there is something new. Pages then look for themselves, with the rights they have by then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from adapters.console.ports import Backend
from bot.errors import BotError
from bot.models import Conversation

log = structlog.get_logger()

TICKETS: Final = "tickets"
_LOOK_EVERY: Final = 0.5
_HEARTBEAT: Final = 20.0


def talk_topic(conversation: Conversation) -> str:
    return f"talk:{conversation.id}"


@dataclass(eq=False)
class _Page:
    """An open page: however much happens before it looks, it is told once."""

    topic: str
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Feed:
    """Follows what is posted while any page is open: one look serves all pages of the process."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._pages: set[_Page] = set()
        self._following: asyncio.Task[None] | None = None
        self._closed = False

    def tell(self, topic: str) -> None:
        """Something happened that is no post: a message was accepted, or is being worked on."""
        for page in self._pages:
            if page.topic == topic:
                page.news.set()

    async def news(self, topic: str) -> AsyncIterator[bool]:
        """True for news of the topic, False from time to time so that a connection that is gone is noticed.

        The first comes at once: what happened since the page was made is not missed.
        """
        page = _Page(topic)
        page.news.set()
        self._pages.add(page)
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow())
        try:
            while not self._closed:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_HEARTBEAT):
                        await page.news.wait()
                heard = page.news.is_set()
                page.news.clear()
                yield heard
        finally:
            self._pages.discard(page)

    def close(self) -> None:
        """All streams end, so that the server can."""
        self._closed = True
        for page in self._pages:
            page.news.set()

    async def _follow(self) -> None:
        """As long as anybody listens."""
        after = -1
        while self._pages and not self._closed:
            try:
                if after < 0:
                    after = await self._backend.latest_change()
                for change in await self._backend.changed(after=after):
                    after = change.number
                    self.tell(f"talk:{change.conversation}")
                    if change.ticket:
                        self.tell(TICKETS)
            except BotError as exc:
                log.warning("console.feed", reason=str(exc))
            await asyncio.sleep(_LOOK_EVERY)
