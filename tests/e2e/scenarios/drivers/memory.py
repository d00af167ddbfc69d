"""People on the platform in memory, in the bot's own process."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final, Literal

from adapters.memory import MemoryChannel, MemoryPost
from bot.app import App
from bot.errors import StoreUnavailable
from bot.intake import Intake
from bot.models import (
    Address,
    Attachment,
    Conversation,
    Deleted,
    Edited,
    Event,
    Message,
    Pressed,
    Reply,
    Stopped,
    Voted,
)
from bot.ports import Channel
from tests.e2e.scenarios.driver import Need, Place, Seen, Written
from tests.e2e.scenarios.world import World

_MARKS: Final = re.compile(r"\*+|(?m:^> )|\[([^\]]*)\]\([^)]*\)")


class MemoryDriver:
    """`Driver`. Events go straight into the intake; posts are read where the channel keeps them."""

    def __init__(self, memory: MemoryChannel | None = None) -> None:
        self.memory = memory or MemoryChannel()
        self._intake: Intake | None = None
        self._numbers = count(1)
        self._messages: dict[str, Message] = {}

    @property
    def channel(self) -> Channel:
        return self.memory

    @property
    def lacks(self) -> frozenset[Need]:
        return frozenset(self.memory.lacks)

    def person(self, name: str) -> str:
        return f"{self.memory.platform}:{name}"

    def room(self, name: str) -> str:
        return f"{self.memory.platform}:{name}"

    async def open(self, intake: Intake, *, app: App, world: World) -> None:
        self._intake = intake

    async def close(self) -> None:
        """Nothing to close."""

    async def write(
        self, by: str, text: str, *, at: Place, way: Literal["plain", "mention", "command"], files: Sequence[str]
    ) -> Written:
        conversation = await self._conversation(at)
        address: Address = way if way != "plain" else "direct" if conversation.private else "seen"
        id = f"m{next(self._numbers)}"
        if not (conversation.private or conversation.thread):
            conversation = replace(conversation, thread=id)
        message = Message(
            id=id,
            text=text,
            address=address,
            attachments=tuple(Attachment(name) for name in files),
            **self._event(by, conversation, key=id),
        )
        self._messages[id] = message
        accepted = await self.deliver(message)
        return Written(id, at, at if at.owner else Place(at.room, thread=conversation.thread), accepted)

    async def deliver_again(self, written: Written) -> bool:
        return await self.deliver(self._messages[written.id])

    async def edit(self, by: str, written: Written, text: str) -> None:
        conversation = self._messages[written.id].conversation
        await self.deliver(Edited(message=written.id, text=text, **self._event(by, conversation)))

    async def delete(self, by: str, written: Written) -> None:
        conversation = self._messages[written.id].conversation
        await self.deliver(Deleted(message=written.id, **self._event(by, conversation)))

    async def stop(self, by: str, at: Place) -> None:
        await self.deliver(Stopped(**self._event(by, await self._conversation(at))))

    async def resume(self, by: str, at: Place) -> None:
        await self.deliver(Pressed(action="resume", subject="-", **self._event(by, await self._conversation(at))))

    async def press(self, by: str, post: Seen, label: str, *, typing: str) -> None:
        reply = self._reply(post)
        button = next(button for button in reply.buttons if button.label == label)
        event = self._event(by, reply.conversation)
        await self.deliver(Pressed(action=button.action, subject=button.subject, text=typing, **event))

    async def vote(self, by: str, post: Seen, *, helpful: bool, reason: str) -> None:
        reply = self._reply(post)
        await self.deliver(Voted(reply=reply.id, helpful=helpful, reason=reason, **self._event(by, reply.conversation)))

    def loses_its_answer(self) -> None:
        self.memory.lose()

    def refuses_a_post(self) -> None:
        self.memory.refuse()

    async def sees(self, by: str, at: Place) -> Sequence[Seen]:
        conversation = await self._conversation(at)
        return [
            _seen(post)
            for post in self.memory.posts
            if not (post.deleted or post.placeholder)
            and post.reply.only_for in ("", self.person(by))
            and _is_in(post.reply.conversation, conversation)
        ]

    async def deliver(self, event: Event) -> bool:
        """Whether the bot has kept it."""
        assert self._intake is not None
        try:
            await self._intake.accept(event)
        except StoreUnavailable:
            return False
        return True

    async def _conversation(self, at: Place) -> Conversation:
        if at.owner:
            return await self.memory.direct(self.person(at.owner))
        return Conversation(self.memory.platform, at.room, at.thread)

    def _event(self, by: str, conversation: Conversation, *, key: str = "") -> dict[str, Any]:
        key = key or f"e{next(self._numbers)}"
        return {
            "conversation": conversation,
            "author": self.person(by),
            "at": datetime.now(UTC),
            "keys": (f"{self.memory.platform}:{key}",),
        }

    def _reply(self, seen: Seen) -> Reply:
        return next(post.reply for post in self.memory.posts if post.id == seen.id)


def _is_in(posted: Conversation, place: Conversation) -> bool:
    """In the place, or in a thread of it."""
    return posted.room == place.room and (not place.thread or posted.thread == place.thread)


def _seen(post: MemoryPost) -> Seen:
    reply = post.reply
    said = [reply.title, reply.text, *(f"{label}: {value}" for label, value in reply.fields)]
    return Seen(
        id=post.id,
        text=_MARKS.sub(r"\1", "\n".join(filter(None, said))),
        title=reply.title,
        sources=tuple(" › ".join([source.title, *source.heading_path]) for source in reply.sources),
        buttons=tuple(button.label for button in reply.buttons),
        votes=reply.votes,
    )
