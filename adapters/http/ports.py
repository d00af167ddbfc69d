"""What HTTP needs of the bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.models import AdminJob, Answer, Person, Result, TicketState


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted in the whole deployment.

    `accepted` grows with each event. `outcomes` are those of the last day. `deciding` and `sending` are how long the
    latest events took from their acceptance to a decision, and the latest posts from there to the platform.
    """

    accepted: int
    inbox: int
    outbox: int
    tickets: Mapping[TicketState, int]
    outcomes: Mapping[str, int]
    deciding: Sequence[timedelta]
    sending: Sequence[timedelta]


class Bot(Protocol):
    """The bot as programs see it. Methods raise BotError and KnowledgeError."""

    async def program(self, secret: str) -> Person | None:
        """Whose token it is."""
        ...

    async def run(self, words: Sequence[str], *, by: Person, confirmed: bool) -> Result:
        """An admin command; whether `by` may is decided there. Raises CommandError, NotAllowed."""
        ...

    async def ask(self, question: str, *, by: Person) -> Answer:
        """What is answered to somebody of these rights, without a conversation."""
        ...

    async def job(self, number: int) -> AdminJob | None: ...

    async def figures(self) -> Figures: ...

    async def database(self) -> str:
        """What is wrong with the database or its schema; empty if nothing is."""
        ...

    async def index(self) -> str:
        """What is wrong with the index; empty if it opens."""
        ...
