"""/commands: looked up, listed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.terminal.layout import rows


class Unusable(Exception):
    """What was typed cannot be done; the message says what can. What was typed can be changed and sent again."""


@dataclass(frozen=True, slots=True)
class Command:
    """`usage` is the name and what follows it: `/reply N TEXT`. `run` gets what follows the name."""

    usage: str
    about: str
    run: Callable[[str], Awaitable[None]]

    @property
    def name(self) -> str:
        return self.usage.split()[0]


def find(commands: Sequence[Command], line: str) -> tuple[Command, str]:
    """The command of a line, and the rest of the line. Raises Unusable."""
    word, _, rest = line.partition(" ")
    for command in commands:
        if command.name == word.lower():
            return command, rest.strip()
    raise Unusable(f"There is no {word}. /help shows what there is; a text that begins with / needs a blank before it.")


def listed(commands: Sequence[Command], *, more: str) -> RenderableType:
    """What `/help` shows."""
    table = rows(((Text(command.usage), Text(command.about, style="dim")) for command in commands), gap=2)
    return Group(table, Text(), Text(more, style="dim"))
