"""Questions that people answer, and what is learned from that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.models.answers import Outcome, RouteName
from bot.models.messages import Conversation, Event, Message, Person
from bot.models.replies import Source

TicketState = Literal["open", "claimed", "answered", "resolved", "cancelled"]
LearnedState = Literal["draft", "approved", "rejected"]
Origin = Literal["made", "cached", "pinned"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]

OPEN: frozenset[TicketState] = frozenset({"open", "claimed", "answered"})
"""In these states a ticket has its thread: what the asker writes there goes to the experts."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A question handed to people. `number` is 0 until it is stored.

    `conversation` is the asker's; `private` another one in which it goes on, if it does. `experts` is the channel where
    the card is posted, `card` its reply id. `draft` and `sources` are what the bot would have said. `remind_at` is when
    somebody is reminded next. `reopened` counts.
    """

    number: int
    state: TicketState
    conversation: Conversation
    asker: str
    asker_name: str
    question: str
    reason: str
    experts: Conversation
    card: str
    opened: datetime
    topic: str = ""
    draft: str = ""
    sources: tuple[Source, ...] = ()
    exchange: str = ""
    claimant: str = ""
    claimant_name: str = ""
    private: Conversation | None = None
    claimed: datetime | None = None
    answered: datetime | None = None
    resolved: datetime | None = None
    remind_at: datetime | None = None
    reminders: int = 0
    reopened: int = 0
    draft_sent: bool = False
    link: str = ""
    external_status: str = ""

    @property
    def talks_in(self) -> Conversation:
        """Where the asker reads what experts write."""
        return self.private or self.conversation

    def readable(self, passages: Collection[str]) -> Ticket:
        """As somebody sees it who may read these passages: without a draft that quotes another."""
        whole = all(source.passage in passages for source in self.sources)
        return self if whole else replace(self, draft="", sources=())


@dataclass(frozen=True, slots=True)
class ConversationState:
    """What the bot knows of a conversation. `asker` began it.

    `owner` is whoever the bot leaves it to: a person's id, or `ticket:N`; empty if nobody. `clarifying` is the question
    that the bot asked back about, until the next message. `clarified` says that it did so already.
    """

    conversation: Conversation
    asker: str = ""
    owner: str = ""
    clarifying: str = ""
    clarified: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a conversation as it is remembered. `message` is the platform's id, or the reply's."""

    conversation: Conversation
    role: Literal["user", "assistant"]
    author: str
    message: str
    text: str
    at: datetime

    @classmethod
    def of(cls, message: Message, *, text: str | None = None) -> Said:
        """What somebody wrote; `text` where it was understood as something else."""
        words = message.text if text is None else text
        return cls(message.conversation, "user", message.author, message.id, words, message.at)


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was found for a question: what *Why this answer?* shows."""

    passage: str
    document: str
    title: str
    heading_path: tuple[str, ...]
    uri: str
    cosine: float
    bm25: float
    cited: bool


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what was decided. `id` is the id of the reply that the asker got for it.

    `groups` are the audiences that counted. `text` is the answer or the draft. `origin` says how it was made.
    """

    id: str
    conversation: Conversation
    message: str
    asker: str
    question: str
    standalone: str
    route: RouteName
    outcome: Outcome
    confidence: float
    threshold: float
    groups: frozenset[str]
    text: str
    at: datetime
    topic: str = ""
    sources: tuple[Source, ...] = ()
    found: tuple[Found, ...] = ()
    ticket: int = 0
    origin: Origin = "made"

    def readable(self, passages: Collection[str], *, instead: str = "") -> Exchange:
        """As somebody sees it who may read these passages; `instead` of a text that quotes another."""
        return replace(
            self,
            text=self.text if all(source.passage in passages for source in self.sources) else instead,
            found=tuple(found for found in self.found if found.passage in passages),
            sources=tuple(source for source in self.sources if source.passage in passages),
        )


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody thought of a reply. `seen`: an admin has looked at it."""

    reply: str
    person: str
    helpful: bool
    reason: str
    at: datetime
    seen: bool = False


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, and when. Never holds the text of a message."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """An answer that is kept for a question until a passage it cites changes. `key` is the normalised question.

    `audience` must all be readable by whoever gets it.
    """

    key: str
    question: str
    text: str
    sources: tuple[Source, ...]
    audience: frozenset[str]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Learned:
    """An expert's answer on its way to become a document. `id` is 0 until it is stored. `check` is the finding."""

    id: int
    state: LearnedState
    question: str
    answer: str
    audience: frozenset[str]
    ticket: int
    author: str
    at: datetime
    collection: str = "learned"
    reviewer: str = ""
    check: str = ""

    def may_be_read_by(self, person: Person) -> bool:
        """Who may not review a draft may not read it either; as long as it has no readers, it may be meant for few."""
        shown = bool(self.audience) and self.audience <= person.readable
        return shown or person.may("admin") or self.author == person.id


@dataclass(frozen=True, slots=True)
class AdminJob:
    """Work that an admin ordered and that outlives a process. `id` is 0 until it is stored.

    `done` of `of` documents so far. `reply` names the post that shows its progress, if one does.
    """

    id: int
    kind: Literal["reindex"]
    state: JobState
    argument: str
    by: str
    at: datetime
    done: int = 0
    of: int = 0
    result: str = ""
    cancel: bool = False
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """An event of the inbox, claimed by a worker. `attempts` counts this one."""

    id: int
    event: Event
    attempts: int
    received: datetime
