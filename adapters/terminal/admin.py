"""What an admin command says."""

from __future__ import annotations

from typing import Any, Protocol

from adapters.terminal.console import out, write_json
from adapters.terminal.journal.markdown import markdown
from adapters.terminal.layout import put


class Result(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def data(self) -> Any: ...
    @property
    def confirm(self) -> str: ...


def put_result(result: Result, *, json: bool) -> None:
    """For people its text, for programs its data."""
    if json:
        write_json({"confirm": result.confirm} if result.confirm else result.data)
        return
    console = out()
    console.print()
    put(markdown(result.text), to=console)
