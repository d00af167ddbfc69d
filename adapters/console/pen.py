"""What people do on pages -> events.

The key of an event comes with the form that caused it: a form that is sent twice is one event.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from typing import Any, Final, cast, get_args

from adapters.console.channel import PLATFORM
from bot.errors import CommandError
from bot.models import Action, Conversation, Deleted, Edited, Message, Person, Pressed, Stopped, Voted

LONGEST: Final = 8000
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_ACTIONS: Final = frozenset(get_args(Action))


def new_key() -> str:
    """For a form that is about to be shown."""
    return secrets.token_urlsafe(12)


class Pen:
    """Makes the events of one person. Raises CommandError for what no form of ours sends."""

    def __init__(self, person: Person) -> None:
        self._person = person.id

    def message(self, text: str, *, to: Conversation, key: str) -> Message:
        if not (text := clean(text)):
            raise CommandError("There is nothing to send: write something first.")
        return Message(id=_checked(key), text=text, address="direct", **self._event(to, key))

    def edited(self, message: str, text: str, *, to: Conversation, key: str) -> Edited:
        if not (text := clean(text)):
            raise CommandError("A question cannot be changed into nothing: delete it instead.")
        return Edited(message=message, text=text, **self._event(to, key))

    def deleted(self, message: str, *, to: Conversation, key: str) -> Deleted:
        return Deleted(message=message, **self._event(to, key))

    def pressed(self, action: str, subject: str, *, to: Conversation, key: str, text: str = "") -> Pressed:
        if action not in _ACTIONS:
            raise CommandError("There is no such button.")
        return Pressed(action=cast(Action, action), subject=subject, text=clean(text), **self._event(to, key))

    def voted(self, reply: str, *, to: Conversation, key: str, helpful: bool, reason: str = "") -> Voted:
        return Voted(reply=reply, helpful=helpful, reason=clean(reason), **self._event(to, key))

    def stopped(self, *, to: Conversation, key: str) -> Stopped:
        return Stopped(**self._event(to, key))

    def _event(self, conversation: Conversation, key: str) -> dict[str, Any]:
        return {
            "conversation": conversation,
            "author": self._person,
            "at": datetime.now(UTC),
            "keys": (f"{PLATFORM}:{self._person}:{_checked(key)}",),
        }


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise CommandError("That form is not one of ours: reload the page and try again.")
    return key


def clean(text: str) -> str:
    """Without what no message holds: control characters, and halves of characters that nothing could encode."""
    text = text.replace("\r\n", "\n").encode("utf-8", "replace").decode()
    return _NO_TEXT.sub(" ", text).strip()[:LONGEST]
