"""What the console needs of the bot, and of whoever lets people in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.models import (
    Case,
    Changed,
    Check,
    Conversation,
    Dialogue,
    Event,
    Exchange,
    Opened,
    Person,
    Result,
    Setting,
    Ticket,
)


class Backend(Protocol):
    """The bot as pages see it. Methods raise BotError and KnowledgeError; who may see what is decided behind them."""

    async def person(self, id: str) -> Person:
        """As the directory knows them now."""
        ...

    async def people(self) -> Sequence[Person]: ...

    async def accept(self, event: Event) -> bool:
        """Kept durably before it returns. Raises StoreUnavailable."""
        ...

    async def talk(self, conversation: Conversation, *, by: str) -> Dialogue:
        """Raises NotAllowed for somebody else's."""
        ...

    async def open(self, passage: str, *, by: str) -> Opened | None:
        """A passage in its document, as far as the reader may read it."""
        ...

    async def why(self, reply: str, *, by: str) -> Exchange | None: ...

    async def mine(self, *, by: str) -> tuple[Sequence[Exchange], Sequence[Ticket]]:
        """What somebody asked, and their tickets; latest first."""
        ...

    async def queue(self, *, by: str) -> Sequence[Ticket]:
        """What waits for people, oldest first. Raises NotAllowed."""
        ...

    async def case(self, number: int, *, by: str) -> Case | None:
        """A ticket for an expert. Raises NotAllowed."""
        ...

    async def run(self, words: Sequence[str], *, by: Person, confirmed: bool = False) -> Result:
        """An admin command. Raises CommandError, NotAllowed."""
        ...

    async def settings(self, *, by: Person) -> Sequence[Setting]:
        """Those in force. Raises NotAllowed."""
        ...

    async def checks(self, *, by: Person) -> Sequence[Check]:
        """Everything that is configured is looked at, which takes a while. Raises NotAllowed."""
        ...

    async def sign_in_address(self, person: str, *, by: Person) -> str:
        """Where somebody, as in `ann` or `console:ann`, signs in once. Raises CommandError, NotAllowed."""
        ...

    async def sign_out(self, person: str, *, by: Person) -> int:
        """How many sessions of theirs ended. Raises NotAllowed."""
        ...

    async def changed(self, *, after: int) -> Sequence[Changed]:
        """What was posted or changed since, on any platform, in order."""
        ...

    async def latest_change(self) -> int: ...


class Access(Protocol):
    """Lets people in. Secrets are what browsers hold."""

    async def open_session(self, person: str) -> str: ...

    async def sign_in(self, link: str) -> str | None:
        """A session for a link that was not used yet."""
        ...

    async def session(self, secret: str) -> str | None:
        """Whose it is."""
        ...

    async def sign_out(self, secret: str) -> None: ...
