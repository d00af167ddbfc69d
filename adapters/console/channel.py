"""The console as a channel. What is posted stands in the journal, from which pages are made.

So a post needs nothing but its record there: the sender makes it, and open pages look again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bot.models import Capability, Conversation, Progress, Reply

PLATFORM: Final = "console"


def conversation_of(person: str, id: str = "") -> Conversation:
    """One of somebody's own; without an id, where they are told what belongs to none."""
    return Conversation(PLATFORM, f"@{person.partition(':')[2]}", id, private=True)


class ConsoleChannel:
    """`Channel` of the pages. A post's id is that of its reply."""

    platform = PLATFORM
    lacks: frozenset[Capability] = frozenset()

    def __init__(self) -> None:
        self.progressed: Callable[[Conversation], None] = lambda conversation: None
        """Is told when something is being worked on, in this process."""

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None:
        self.progressed(conversation)

    async def post(self, reply: Reply, *, thread: str) -> str:
        return reply.id

    async def placeholder(self, reply: Reply, *, thread: str) -> str:
        return reply.id

    async def update(self, reply: Reply, *, post: str) -> None:
        """The record is the post."""

    async def delete(self, reply: Reply, *, post: str) -> None:
        """The record is the post."""

    async def find(self, reply: Reply, *, thread: str) -> str | None:
        # Nobody saw it before it was recorded, so posting again doubles nothing.
        return None

    async def direct(self, person: str) -> Conversation:
        return conversation_of(person)
