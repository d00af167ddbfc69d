"""What comes in: people, conversations, and the events that platforms deliver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from knowledge.models import MEMBERS, PUBLIC

Role = Literal["asker", "expert", "admin"]
"""An admin may do what an expert may, an expert what an asker may."""
RANK: Final[dict[Role, int]] = {"asker": 0, "expert": 1, "admin": 2}

Address = Literal["direct", "mention", "command", "seen"]
"""How a message reaches the bot: in private, called by name, as a command, or only seen in a channel or thread."""

Action = Literal[
    "ask_person", "resume", "take", "release", "send_draft", "edit_and_send", "resolve", "reopen", "cancel_ticket",
    "not_a_request", "wrong_source", "make_knowledge", "approve", "reject", "go_private", "confirm", "dismiss",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody, as the directory knows them now. `id` is the platform and its own id: `slack:T1/U2`.

    `external` people belong to no group of everybody in the organisation. `zone` is an IANA time zone, `language` a
    BCP 47 tag; both may be empty.
    """

    id: str
    name: str
    role: Role = "asker"
    groups: frozenset[str] = frozenset()
    external: bool = False
    zone: str = ""
    language: str = ""

    @property
    def readable(self) -> frozenset[str]:
        """The audiences whose documents this person may read."""
        return self.groups - {MEMBERS} | {PUBLIC} if self.external else self.groups | {MEMBERS, PUBLIC}

    def may(self, role: Role) -> bool:
        return RANK[self.role] >= RANK[role]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread of a channel, or a private conversation. `thread` is empty where everything is one thread.

    `private`: nobody but one person and the bot is in it. Ids are the platform's own.
    """

    platform: str
    channel: str
    thread: str = ""
    private: bool = False

    @property
    def id(self) -> str:
        return f"{self.platform}:{self.channel}:{self.thread}"

    @property
    def room(self) -> str:
        """The channel that the thread is in: `slack:T1/C2`, as settings name it."""
        return f"{self.platform}:{self.channel}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or picture that came with a message; the bot does not read it."""

    name: str
    type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """`at` is the platform's time, aware. Of two events that share one of their `keys`, the later is a redelivery."""

    conversation: Conversation
    author: str
    at: datetime
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(_Event):
    """Something written. `id` is the platform's; `author` a `Person.id`."""

    id: str
    text: str
    address: Address = "direct"
    attachments: tuple[Attachment, ...] = ()
    from_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(_Event):
    """The message with this platform id now has another text."""

    message: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(_Event):
    """The message with this platform id is gone."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(_Event):
    """A button. `subject` is what it is about, as `Button.subject` said; `text` what was typed into its form."""

    action: Action
    subject: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voted(_Event):
    """Whether a reply helped, and why not. A later vote of the same person replaces theirs."""

    reply: str
    helpful: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(_Event):
    """The asker wants no answer any more to what is being worked on in the conversation."""


Event: TypeAlias = Message | Edited | Deleted | Pressed | Voted | Stopped
EVENTS: Final = (Message, Edited, Deleted, Pressed, Voted, Stopped)
