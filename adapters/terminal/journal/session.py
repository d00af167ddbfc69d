"""What arrives and what is typed, both at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, Protocol

from rich.console import RenderableType
from rich.text import Text

from adapters.terminal.console import safe
from adapters.terminal.journal import forms
from adapters.terminal.journal.commands import Unusable
from adapters.terminal.journal.feed import Feed, News
from adapters.terminal.journal.ports import Journal, Screen
from bot.errors import BotError, StoreUnavailable
from bot.models import Event
from knowledge.errors import KnowledgeError

_LOOK_EVERY: Final = 0.15
_LONG: Final = 2.0
_PATIENCE: Final = 10.0
"""Seconds for what was sent to be handled, once nothing more is typed."""


class Quit(Exception):
    """Whoever types wants to end."""


class Side(Protocol):
    """One end of the desk."""

    async def begin(self, past: Sequence[News]) -> None:
        """With everything that was posted before."""
        ...

    async def arrived(self, news: News) -> None: ...

    async def typed(self, line: str) -> None:
        """Raises Unusable, Quit, and what the bot raises; then nothing was sent."""
        ...


class Talk:
    """What both sides do: hand events in, say a word."""

    def __init__(self, journal: Journal, screen: Screen) -> None:
        self.journal = journal
        self.screen = screen

    async def send(self, event: Event) -> None:
        await self.journal.accept(event)
        await self.screen.show(None, form=forms.accepted(event))

    async def say(self, text: str, *, style: str = "dim") -> None:
        await self.screen.show(Text(safe(text), style=style), form=forms.note(text), tight=True)

    async def put(self, view: RenderableType) -> None:
        """For people only."""
        await self.screen.show(view)


class Session:
    """A chat from its beginning to its end."""

    def __init__(self, side: Side, talk: Talk, *, ended: asyncio.Event) -> None:
        """`ended` is set from outside when the process is to stop."""
        self._side = side
        self._talk = talk
        self._feed = Feed(talk.journal)
        self._ended = ended
        self._read_all = asyncio.Event()
        self._lost = False
        self._failed = 0

    async def run(self) -> int:
        """How many lines were not kept. Raises StoreUnavailable and NotAllowed at the start, OutputClosed at any time.

        After the last line it waits until what was sent is handled and shown; after /quit it does not.
        """
        with self._talk.screen.opened():
            return await self._run()

    async def _run(self) -> int:
        await self._side.begin(await self._feed.news())
        following = asyncio.create_task(self._follow())
        stopped = asyncio.create_task(self._ended.wait())
        try:
            settle = await self._converse(following, stopped)
            self._read_all.set()
            await following
            if settle:
                await self._settle()
        finally:
            following.cancel()
            stopped.cancel()
        return self._failed

    async def _converse(self, following: asyncio.Task[None], stopped: asyncio.Task[bool]) -> bool:
        """Whether the lines came to their end by themselves."""
        while True:
            reading = asyncio.create_task(self._talk.screen.read())
            await asyncio.wait({reading, following, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                reading.cancel()
                await asyncio.wait({reading})
            if following.done():
                await following
            if stopped.done():
                return False
            line = reading.result()
            if line is None:
                return not self._talk.screen.alive
            try:
                await self._typed(line)
            except Quit:
                return False

    async def _typed(self, line: str) -> None:
        if not line.strip():
            return
        try:
            await self._patiently(line)
        except Unusable as exc:
            await self._refuse(str(exc), line, style="yellow")
        except StoreUnavailable as exc:
            self._failed += 1
            again = " What you typed is in the line again: Enter sends it." if self._talk.screen.alive else ""
            await self._refuse(f"This was not kept: {exc}{again}", line, style="red")
        except (BotError, KnowledgeError) as exc:
            await self._refuse(str(exc), line, style="red")

    async def _patiently(self, line: str) -> None:
        """A person hears of it if it takes long: there is no prompt meanwhile."""
        typed = asyncio.create_task(self._side.typed(line))
        await asyncio.wait({typed}, timeout=_LONG if self._talk.screen.alive else None)
        if not typed.done():
            await self._talk.say("The journal is busy. Still trying to keep this ...")
        await typed

    async def _refuse(self, text: str, line: str, *, style: str) -> None:
        self._talk.screen.prefill(line.strip())
        await self._talk.screen.show(Text(safe(text), style=style), form=forms.failed(text, typed=line), tight=True)

    async def _follow(self) -> None:
        """Until everything is read."""
        while not self._read_all.is_set():
            await self._look()
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._read_all.wait(), _LOOK_EVERY)

    async def _look(self) -> None:
        try:
            arrived = await self._feed.news()
        except StoreUnavailable as exc:
            if not self._lost:
                self._lost = True
                await self._talk.say(f"Nothing that arrives can be shown now: {exc}", style="red")
            return
        if self._lost:
            self._lost = False
            await self._talk.say("What arrives is shown again.")
        for news in arrived:
            try:
                await self._side.arrived(news)
            except (BotError, KnowledgeError) as exc:
                await self._talk.say(str(exc), style="red")

    async def _settle(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE
        while waiting := await self._talk.journal.waiting():
            if loop.time() > until:
                await self._talk.say(f"{waiting} things are still on their way; they are kept, and handled later.")
                break
            await asyncio.sleep(_LOOK_EVERY / 3)
        await self._look()
