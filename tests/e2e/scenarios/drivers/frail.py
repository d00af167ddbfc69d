"""A channel that nothing ever happens to, with a mishap."""

from __future__ import annotations

from bot.errors import BotError
from bot.models import Capability, Conversation, Progress, Reply
from bot.ports import Channel


class Frail:
    """`Channel`. `next_error` is raised once, after the next thing that was asked of it is done."""

    next_error: BotError | None = None

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.platform: str = channel.platform
        self.lacks: frozenset[Capability] = channel.lacks

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None:
        await self._channel.progress(conversation, message=message, state=state)

    async def post(self, reply: Reply, *, thread: str) -> str:
        id = await self._channel.post(reply, thread=thread)
        self._fail()
        return id

    async def placeholder(self, reply: Reply, *, thread: str) -> str:
        return await self._channel.placeholder(reply, thread=thread)

    async def update(self, reply: Reply, *, post: str) -> None:
        await self._channel.update(reply, post=post)
        self._fail()

    async def delete(self, reply: Reply, *, post: str) -> None:
        await self._channel.delete(reply, post=post)
        self._fail()

    async def find(self, reply: Reply, *, thread: str) -> str | None:
        return await self._channel.find(reply, thread=thread)

    async def direct(self, person: str) -> Conversation:
        return await self._channel.direct(person)

    def _fail(self) -> None:
        error, self.next_error = self.next_error, None
        if error is not None:
            raise error
