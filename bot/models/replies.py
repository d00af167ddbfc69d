"""What goes out: replies, as every platform can show them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from bot.models.messages import Action, Conversation

ReplyKind = Literal["answer", "question", "notice", "card", "relay", "apology", "result", "event"]
Operation = Literal["post", "update", "delete"]
Progress = Literal["seen", "working", "answered", "needs_person", "ignored"]
Capability = Literal["find", "update", "delete", "progress", "only_for", "threads", "buttons", "votes", "private"]
"""What a platform may lack. Without `find` nobody can ask it whether a reply was posted; without `only_for` what is
meant for one person goes to them in private, and without `private` not at all."""


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered source under a reply. `content_hash` is that of the passage when it was quoted, `audience` who may
    read it."""

    number: int
    title: str
    heading_path: tuple[str, ...]
    uri: str
    document: str
    passage: str
    content_hash: str
    audience: frozenset[str]
    updated: date | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """`subject` comes back in `Pressed`: a reply id, or a ticket's number. `asks` is the label of a text to type."""

    action: Action
    label: str
    subject: str
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One post. `text` is Markdown of a small kind: paragraphs, `**bold**`, `*emphasis*`, `- items`, `> quotes`, links.
    A link to `room:PLATFORM:CHANNEL` names a channel, which adapters show as their platform does.

    `title` and `fields` (label, Markdown) make a card. `answers` is the platform id of the message it is about.
    `under` names a reply in whose thread it goes, wherever that was posted. With `only_for` (a `Person.id`) nobody
    else sees it. `votes`: people are asked whether it helped.
    """

    id: str
    kind: ReplyKind
    conversation: Conversation
    text: str
    title: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    sources: tuple[Source, ...] = ()
    buttons: tuple[Button, ...] = ()
    votes: bool = False
    answers: str = ""
    under: str = ""
    only_for: str = ""
    ticket: int = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """A reply as it stands on the platform: `post` is the platform's id of it, in `conversation`."""

    reply: Reply
    conversation: Conversation
    post: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """That a post is new, says something else, or is gone: its `Conversation.id`, and its ticket, 0 if it has none.

    `number` grows with each change on any platform.
    """

    number: int
    conversation: str
    ticket: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry of the outbox, claimed by a sender.

    `uncertain`: a sender before may have posted it and died. `placeholder` is the post that was made for it to become.
    `waited` is how long it had been in the outbox when it was claimed.
    """

    id: int
    operation: Operation
    reply: Reply
    attempts: int
    uncertain: bool
    placeholder: str = ""
    waited: timedelta = timedelta(0)


def made_id(*parts: str) -> str:
    """The id of a reply: the same for the same cause, so that doing a thing again posts nothing again."""
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()[:24]
