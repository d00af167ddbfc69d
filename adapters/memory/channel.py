"""`Channel` in a list: a platform that does what it is told, also when that is to fail."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from bot.errors import ChannelUnavailable, PostRefused
from bot.models import Capability, Conversation, Progress, Reply


class Crashed(BaseException):
    """Stands for the end of the process: nothing that handles errors catches it."""


@dataclass(frozen=True, slots=True)
class MemoryPost:
    """A post as it stands: `reply` is its latest version. A `placeholder` shows nothing of it yet."""

    id: str
    reply: Reply
    thread: str
    placeholder: bool = False
    deleted: bool = False
    updates: int = 0


@dataclass(frozen=True, slots=True)
class _Mishap:
    """What happens to one call; `after` it was done, or in place of it."""

    error: Callable[[], BaseException]
    after: bool


class MemoryChannel:
    """A platform whose posts are kept in order. Mishaps wait in a queue, and each happens to one call.

    Calls that a platform with these `lacks` cannot take are refused, so that tests show where the flow does not adapt.
    Every call takes `delay`. `progress` never fails, and is kept in `progressed`.
    """

    def __init__(
        self,
        platform: str = "memory",
        *,
        lacks: frozenset[Capability] = frozenset(),
        delay: timedelta = timedelta(0),
    ) -> None:
        self.platform = platform
        self.lacks = lacks
        self.delay = delay
        self.progressed: list[tuple[Conversation, str, Progress]] = []
        self._posts: dict[str, MemoryPost] = {}
        self._mishaps: deque[_Mishap] = deque()

    @property
    def posts(self) -> Sequence[MemoryPost]:
        """All that were ever made, oldest first, deleted ones too."""
        return list(self._posts.values())

    def shown(self, conversation: Conversation | None = None) -> Sequence[Reply]:
        """What people see, in a conversation or everywhere, oldest first."""
        return [
            post.reply
            for post in self._posts.values()
            if not (post.placeholder or post.deleted) and conversation in (None, post.reply.conversation)
        ]

    def fail(self, times: int = 1, *, retry_after: timedelta | None = None) -> None:
        """The next calls do nothing and may be tried again."""
        self._plan(times, partial(ChannelUnavailable, "It is told to fail.", retry_after=retry_after), after=False)

    def refuse(self, times: int = 1) -> None:
        """The next calls do nothing, now and ever."""
        self._plan(times, partial(PostRefused, "It is told to refuse."), after=False)

    def lose(self, times: int = 1) -> None:
        """The next calls are done, but the answer gets lost on its way."""
        self._plan(times, partial(ChannelUnavailable, "It is told to lose its answer."), after=True)

    def crash(self, times: int = 1) -> None:
        """The next calls are done, and the caller dies before it knows."""
        self._plan(times, Crashed, after=True)

    def _plan(self, times: int, error: Callable[[], BaseException], *, after: bool) -> None:
        self._mishaps.extend(_Mishap(error, after) for _ in range(times))

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None:
        if "progress" not in self.lacks:
            self.progressed.append((conversation, message, state))

    async def post(self, reply: Reply, *, thread: str) -> str:
        return await self._done(partial(self._add, reply, thread=thread, placeholder=False))

    async def placeholder(self, reply: Reply, *, thread: str) -> str:
        self._need("update")
        return await self._done(partial(self._add, reply, thread=thread, placeholder=True))

    async def update(self, reply: Reply, *, post: str) -> None:
        self._need("update")
        await self._done(partial(self._update, reply, post=post))

    async def delete(self, reply: Reply, *, post: str) -> None:
        self._need("delete")
        await self._done(partial(self._delete, post))

    async def find(self, reply: Reply, *, thread: str) -> str | None:
        self._need("find")
        return await self._done(partial(self._find, reply, thread=thread)) or None

    async def direct(self, person: str) -> Conversation:
        self._need("private")
        platform, _, own = person.partition(":")
        if platform != self.platform:
            raise PostRefused(f"{person} is not on {self.platform}.")
        return Conversation(self.platform, f"direct/{own}", private=True)

    async def _done(self, action: Callable[[], str]) -> str:
        mishap = self._mishaps.popleft() if self._mishaps else None
        await asyncio.sleep(self.delay.total_seconds())
        if mishap and not mishap.after:
            raise mishap.error()
        result = action()
        if mishap:
            raise mishap.error()
        return result

    def _add(self, reply: Reply, *, thread: str, placeholder: bool) -> str:
        if reply.conversation.platform != self.platform:
            raise PostRefused(f"{reply.conversation.id} is not on {self.platform}.")
        if thread:
            self._need("threads")
        if reply.only_for:
            self._need("only_for")
        id = f"post-{len(self._posts) + 1}"
        self._posts[id] = MemoryPost(id, reply, thread, placeholder)
        return id

    def _update(self, reply: Reply, *, post: str) -> str:
        there = self._posts.get(post)
        if there is None or there.deleted:
            raise PostRefused(f"There is no {post} to update.")
        self._posts[post] = replace(there, reply=reply, placeholder=False, updates=there.updates + 1)
        return post

    def _delete(self, post: str) -> str:
        if post in self._posts:
            self._posts[post] = replace(self._posts[post], deleted=True)
        return post

    def _find(self, reply: Reply, *, thread: str) -> str:
        found = (
            post.id
            for post in self._posts.values()
            if post.reply.id == reply.id and post.thread == thread and not (post.deleted or post.placeholder)
        )
        return next(found, "")

    def _need(self, capability: Capability) -> None:
        if capability in self.lacks:
            raise PostRefused(f"{self.platform} lacks {capability}.")
