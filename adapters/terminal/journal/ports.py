"""What a chat needs of the bot, and of a screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from rich.console import RenderableType

from bot.models import Event, Exchange, Posted, Ticket


class Journal(Protocol):
    """The bot as a chat sees it. Every method raises StoreUnavailable."""

    async def accept(self, event: Event) -> bool:
        """Kept durably before it returns."""
        ...

    async def posts(self, platform: str, *, after: int) -> Sequence[tuple[int, Posted]]:
        """Posts and their later versions in order, some at a time; `after` is the last number seen."""
        ...

    async def why(self, reply: str, *, by: str) -> Exchange | None: ...

    async def mine(self, *, by: str) -> tuple[Sequence[Exchange], Sequence[Ticket]]:
        """Latest first."""
        ...

    async def queue(self, *, by: str) -> Sequence[Ticket]:
        """What waits for people, oldest first. Raises NotAllowed."""
        ...

    async def waiting(self) -> int:
        """How many events and replies are on their way, of anybody."""
        ...


class Screen(Protocol):
    """Shows what arrives, and reads what is typed, both at any time."""

    @property
    def alive(self) -> bool:
        """A person reads and types here."""
        ...

    def opened(self) -> AbstractContextManager[object]:
        """While it is used."""
        ...

    async def read(self) -> str | None:
        """The next line, None at the end."""
        ...

    async def show(
        self, view: RenderableType | None, *, form: Mapping[str, Any] | None = None, tight: bool = False
    ) -> None:
        """`view` is for people, `form` for programs; what is None is not shown to them. `tight`: without a gap."""
        ...

    def prompt(self, label: str) -> None:
        """What stands before what is typed."""
        ...

    def status(self, text: str) -> None:
        """What goes on at the moment, in a word; empty for nothing."""
        ...

    def prefill(self, text: str) -> None:
        """What stands in the next line already, to be changed or sent."""
        ...
