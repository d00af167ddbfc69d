"""The terminal as a channel. What is posted stands in the journal, which every chat on this machine reads.

So a post needs nothing but its record there: the sender makes it, and a chat shows what is new in its conversations.
"""

from __future__ import annotations

from bot.models import Capability, Conversation, Progress, Reply

PLATFORM = "terminal"


class TerminalChannel:
    """`Channel` of the terminals on this machine. A post's id is that of its reply."""

    platform = PLATFORM
    lacks: frozenset[Capability] = frozenset({"progress"})

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None:
        """A chat in another process is not reached."""

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
        return Conversation(PLATFORM, person.partition(":")[2], private=True)
