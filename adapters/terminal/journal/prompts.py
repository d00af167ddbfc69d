"""A screen with a person at it: what arrives is printed above the line that is being typed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style
from rich.console import RenderableType
from rich.text import Text

from adapters.terminal.console import out, safe
from adapters.terminal.layout import put

_STYLE: Final = Style([("label", ""), ("sign", "ansicyan"), ("rprompt", "ansibrightblack")])


class _Interrupted(Exception):
    """Ctrl-C. Another KeyboardInterrupt would end the whole loop."""


class PromptScreen:
    """`Screen` of a terminal. A line that is typed stays as it is, whatever arrives meanwhile."""

    alive = True

    def __init__(self) -> None:
        output = Vt100_Output.from_pty(sys.stdout)
        # Nothing here needs to know where the cursor is, and a terminal that is asked and cannot say gets a warning.
        output.enable_cpr = False
        self._session: PromptSession[str] = PromptSession(
            message=self._message,
            rprompt=self._right,
            style=_STYLE,
            output=output,
            interrupt_exception=_Interrupted,
        )
        self._label = ""
        self._status = ""
        self._next = ""
        self._gap = True

    def opened(self) -> AbstractContextManager[object]:
        # What is typed between two prompts is kept for the next one, and not shown by the terminal meanwhile.
        return self._session.input.raw_mode()

    async def read(self) -> str | None:
        while True:
            first, self._next = self._next, ""
            try:
                line = await self._session.prompt_async(default=first, set_exception_handler=False)
            except (EOFError, OSError):  # Ctrl-D, or the terminal is gone
                return None
            except _Interrupted:
                self._gap = False
                await self.show(Text("Ctrl-D or /quit ends the chat.", style="dim"), tight=True)
                continue
            self._gap = False
            return line

    async def show(
        self, view: RenderableType | None, *, form: Mapping[str, Any] | None = None, tight: bool = False
    ) -> None:
        if view is None:
            return
        async with in_terminal():
            console = out()
            if not (self._gap or tight):
                console.print()
            put(view, to=console, then=0 if tight else 1)
            console.file.flush()
            self._gap = not tight

    def prompt(self, label: str) -> None:
        self._label = safe(label)
        self._session.app.invalidate()

    def status(self, text: str) -> None:
        self._status = safe(text)
        self._session.app.invalidate()

    def prefill(self, text: str) -> None:
        self._next = text

    def _message(self) -> StyleAndTextTuples:
        label = f"{self._label} " if self._label else ""
        return [("class:label", label), ("class:sign", "› ")]

    def _right(self) -> StyleAndTextTuples:
        """Nothing of it stays behind on a line that was sent."""
        return [] if self._session.app.is_done else [("", self._status)]
