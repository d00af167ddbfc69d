"""What is typed -> events."""

from __future__ import annotations

import getpass
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from adapters.terminal.channel import PLATFORM
from adapters.terminal.failures import WrongUsage
from bot.models import Action, Address, Attachment, Conversation, Deleted, Edited, Message, Pressed, Stopped, Voted

_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Pen:
    """Makes the events of one person. Ids are unique, and order the messages of a process by time."""

    def __init__(self, name: str, *, clock: Callable[[], int] = time.time_ns) -> None:
        self.name = name_of(name, what="person")
        self.person = f"{PLATFORM}:{self.name}"
        self._clock = clock
        self._last = 0

    def message(
        self, text: str, *, to: Conversation, address: Address = "direct", attachments: tuple[Attachment, ...] = ()
    ) -> Message:
        """In a channel, where `to` names no thread, it starts one that is called like the message."""
        id = self._id()
        if not to.private and not to.thread:
            to = replace(to, thread=id)
        return Message(
            id=id, text=clean(text), address=address, attachments=attachments, **self._event(to, id)
        )  # fmt: skip

    def edited(self, message: str, text: str, *, to: Conversation) -> Edited:
        return Edited(message=message, text=clean(text), **self._event(to))

    def deleted(self, message: str, *, to: Conversation) -> Deleted:
        return Deleted(message=message, **self._event(to))

    def pressed(self, action: Action, subject: str, *, to: Conversation, text: str = "") -> Pressed:
        return Pressed(action=action, subject=subject, text=clean(text), **self._event(to))

    def voted(self, reply: str, *, to: Conversation, helpful: bool, reason: str = "") -> Voted:
        return Voted(reply=reply, helpful=helpful, reason=clean(reason), **self._event(to))

    def stopped(self, *, to: Conversation) -> Stopped:
        return Stopped(**self._event(to))

    def _event(self, conversation: Conversation, id: str = "") -> dict[str, Any]:
        return {
            "conversation": conversation,
            "author": self.person,
            "at": datetime.now(UTC),
            "keys": (f"{PLATFORM}:{id or self._id()}",),
        }

    def _id(self) -> str:
        # A clock that is set back must not turn the order of messages around.
        self._last = max(self._clock() // 1000, self._last + 1)
        return f"{self._last:014x}{secrets.token_hex(5)}"


def user_name(role: str) -> str:
    """Who types here, unless they say: whoever is logged in asks, "expert" answers."""
    if role == "expert":
        return role
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return role


def clean(text: str) -> str:
    """Without what no message holds: control characters, and halves of characters that nothing could encode."""
    return _NO_TEXT.sub(" ", text.encode("utf-8", "replace").decode()).strip()


def name_of(text: str, *, what: str) -> str:
    """A name that can be part of an id. Raises WrongUsage."""
    name = text.strip()
    if not name or ":" in name or not name.isprintable():
        raise WrongUsage(f'--{what} needs a name without a colon, as in --{what} anna; it is "{clean(text)}".')
    return name
