"""A screen of lines: what is typed comes from stdin, what arrives goes to stdout, without a terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Thread
from typing import Any, Final

from rich.console import RenderableType

from adapters.terminal.console import out, write_json
from adapters.terminal.layout import put

_SOME: Final = 65536


class LineScreen:
    """`Screen` for pipes; with `json`, for programs."""

    alive = False

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        # A thread, because files cannot be waited for; without sys.stdin, whose lock would outlive it at the end.
        Thread(target=_lines_of, args=(sys.stdin.fileno(), loop, self._lines), daemon=True).start()

    def opened(self) -> AbstractContextManager[object]:
        return nullcontext()

    async def read(self) -> str | None:
        return await self._lines.get()

    async def show(
        self, view: RenderableType | None, *, form: Mapping[str, Any] | None = None, tight: bool = False
    ) -> None:
        if self._json:
            if form is not None:
                write_json(form, indent=None)
        elif view is not None:
            console = out()
            put(view, to=console, then=0 if tight else 1)
            console.file.flush()

    def prompt(self, label: str) -> None: ...

    def status(self, text: str) -> None: ...

    def prefill(self, text: str) -> None: ...


def _lines_of(file: int, loop: asyncio.AbstractEventLoop, to: asyncio.Queue[str | None]) -> None:
    def hand_over(line: str | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(to.put_nowait, line)

    rest = b""
    while some := _some(file):
        *whole, rest = (rest + some).split(b"\n")
        for line in whole:
            hand_over(line.decode("utf-8", "replace"))
    if rest:
        hand_over(rest.decode("utf-8", "replace"))
    hand_over(None)


def _some(file: int) -> bytes:
    try:
        return os.read(file, _SOME)
    except OSError:
        return b""
