"""A chat at a terminal, in this process: lines are typed into it, and what it shows comes out as lines of JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, nullcontext
from io import StringIO
from typing import Any, Final, TypeVar

from rich.console import Console, RenderableType

from adapters.terminal.console import write_json
from adapters.terminal.journal.ports import Journal
from adapters.terminal.journal.session import Session, Side, Talk
from adapters.terminal.layout import put

_PATIENCE: Final = 15.0
"""Seconds for a line that was typed. A chat itself waits up to 10 for the answer that a command is about."""

T = TypeVar("T")
Form = dict[str, Any]
"""One line of JSON, as `adapters/terminal/journal` documents it."""


class Chat:
    """`deskhand chat --json`, open. `shown` is what it shows now, in order, by the ids of replies."""

    def __init__(self, journal: Journal, side: Callable[[Talk], Side]) -> None:
        self.shown: dict[str, Form] = {}
        self._buttons: dict[tuple[str, str], Form] = {}
        self._messages: dict[str, list[str]] = {}
        self._outcomes: asyncio.Queue[Form] = asyncio.Queue()
        self._ready = asyncio.Event()
        self._screen = _Pipes(self._hear)
        talk = Talk(journal, self._screen)
        self._session = _Session(side(talk), talk, ended=asyncio.Event())
        self._running: asyncio.Task[int] | None = None

    async def open(self) -> None:
        """Until what arrives is shown. Raises NotAllowed."""
        self._running = asyncio.create_task(self._session.run())
        await self._until(self._ready.wait())

    async def type(self, line: str) -> Form:
        """Type what the bot is to hear of: `accepted`, or `failed` if it was not kept. Anything else is an error."""
        self._screen.typed.put_nowait(line)
        outcome = await self._until(self._outcomes.get())
        refused = outcome["event"] == "failed" and not outcome["text"].startswith("This was not kept")
        assert not refused, f"To {outcome.get('typed')!r} the chat says: {outcome.get('text')}"
        return outcome

    def turn(self, line: str) -> None:
        """Type what the bot does not hear of."""
        self._screen.typed.put_nowait(line)

    async def look(self) -> list[Form]:
        """All that was posted by now is shown."""
        await self._until(self._session.look())
        return list(self.shown.values())

    async def close(self) -> None:
        """Raises what the chat has died of, if it has."""
        if self._running is not None:
            self._screen.typed.put_nowait("/quit")
            await self._running

    def button(self, reply: str, label: str) -> Form:
        """One that the chat shows, or has shown."""
        return self._buttons[reply, label]

    def thread(self, thread: str) -> int:
        """The number of a thread: they are counted as they are begun."""
        return list(self._messages).index(thread) + 1

    def last(self, thread: str) -> str:
        """The last message that was written there."""
        return self._messages[thread][-1]

    async def _until(self, thing: Coroutine[Any, Any, T]) -> T:
        """What comes of it, unless the chat ends before."""
        assert self._running is not None
        coming = asyncio.create_task(thing)
        await asyncio.wait({coming, self._running}, timeout=_PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            return coming.result()
        coming.cancel()
        if self._running.done():
            self._running.result()
            raise AssertionError("The chat has ended.")
        raise AssertionError("The chat says nothing to what was typed.")

    def _hear(self, form: Form) -> None:
        match form["event"]:
            case "ready":
                self._ready.set()
            case "accepted" | "failed":
                if "id" in form:
                    self._messages.setdefault(form["conversation"]["thread"], []).append(form["id"])
                self._outcomes.put_nowait(form)
            case "posted" | "updated":
                reply = form["reply"]
                self.shown[reply["id"]] = reply
                self._buttons |= {(reply["id"], button["label"]): button for button in reply["buttons"]}
            case "deleted":
                del self.shown[form["id"]]


class _Session(Session):
    """Looks by itself as ever, and at once when it is told to, so that nobody has to wait for it."""

    _looking: asyncio.Lock

    async def run(self) -> int:
        self._looking = asyncio.Lock()
        return await super().run()

    async def look(self) -> None:
        await self._look()

    async def _look(self) -> None:
        async with self._looking:
            await super()._look()


class _Pipes:
    """`Screen`: `LineScreen` without a process around it. What people would see is drawn too, and must be drawable."""

    alive = False

    def __init__(self, hear: Callable[[Form], None]) -> None:
        self.typed: asyncio.Queue[str | None] = asyncio.Queue()
        self._hear = hear

    def opened(self) -> AbstractContextManager[object]:
        return nullcontext()

    async def read(self) -> str | None:
        return await self.typed.get()

    async def show(
        self, view: RenderableType | None, *, form: Mapping[str, Any] | None = None, tight: bool = False
    ) -> None:
        if view is not None:
            put(view, to=Console(file=StringIO(), width=80), then=0 if tight else 1)
        if form is not None:
            line = StringIO()
            write_json(form, to=line, indent=None)
            self._hear(json.loads(line.getvalue()))

    def prompt(self, label: str) -> None: ...

    def status(self, text: str) -> None: ...

    def prefill(self, text: str) -> None: ...
