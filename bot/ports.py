"""What the bot needs from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol

from bot.models import (
    AdminJob,
    Answer,
    AuditEntry,
    Capability,
    Changed,
    Conversation,
    ConversationState,
    Credential,
    CredentialKind,
    Delivery,
    Event,
    Exchange,
    Feedback,
    Job,
    JobState,
    Learned,
    LearnedState,
    Operation,
    Person,
    Pin,
    Posted,
    Progress,
    Reply,
    Said,
    Ticket,
    TicketState,
    Week,
)


class Channel(Protocol):
    """A platform, outwards. All methods raise ChannelUnavailable, and PostRefused for what it will never take."""

    @property
    def platform(self) -> str: ...

    @property
    def lacks(self) -> frozenset[Capability]:
        """What the platform cannot do; the flow adapts to it."""
        ...

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None:
        """Show what becomes of a message, as well as the platform can; best effort, nothing depends on it."""
        ...

    async def post(self, reply: Reply, *, thread: str) -> str:
        """Post a reply in the thread of its conversation (`thread`, empty for none); the platform's id of the post."""
        ...

    async def placeholder(self, reply: Reply, *, thread: str) -> str:
        """Post something short that `update` will turn into the reply; used where `find` is lacking."""
        ...

    async def update(self, reply: Reply, *, post: str) -> None: ...

    async def delete(self, reply: Reply, *, post: str) -> None:
        """Deleting what is gone already is fine."""
        ...

    async def find(self, reply: Reply, *, thread: str) -> str | None:
        """The post that carries this reply's id, if the platform has one."""
        ...

    async def direct(self, person: str) -> Conversation:
        """The private conversation with a person."""
        ...


class Directory(Protocol):
    """Who people are and who may read what, at most 60 s old."""

    async def person(self, id: str) -> Person:
        """An unknown person is one from outside, unless the platform admits members only."""
        ...

    async def audience(self, conversation: Conversation) -> frozenset[str]:
        """The audiences that everyone in a channel may read. Not for private conversations."""
        ...

    async def people(self) -> Sequence[Person]:
        """All who are known by name."""
        ...


class Inbox(Protocol):
    """Events, from their acceptance to what was decided. One of a conversation at a time, oldest first."""

    async def add(self, event: Event) -> bool:
        """False if it was there before: one of its keys was."""
        ...

    async def claim(self, worker: str, *, lease: timedelta, limit: int) -> list[Job]:
        """The oldest that nobody works on, each of another conversation. Counts an attempt."""
        ...

    async def extend(self, worker: str, *, lease: timedelta) -> None:
        """Renew the lease of all that the worker holds."""
        ...

    async def finish(self, job: Job, *, worker: str) -> None:
        """Raises LeaseLost."""
        ...

    async def retry(self, job: Job, *, worker: str, after: timedelta) -> None:
        """Let go of it until later, at most an hour. Nothing happens if the lease was lost."""
        ...

    async def release(self, worker: str) -> None:
        """Let go of all that the worker holds, as if it had never claimed it."""
        ...

    async def pending(self, conversation: Conversation) -> list[Event]:
        """What was accepted in a conversation and is not decided yet, oldest first."""
        ...

    async def stops(self, conversation: Conversation, *, after: Job) -> bool:
        """Whether a Stopped of the same author, or the deletion of the message, waits behind this job."""
        ...

    async def waiting(self) -> int: ...

    async def accepted(self) -> int:
        """How many there ever were, as far as their numbers tell: it grows with each."""
        ...

    async def took(self, *, limit: int = 100) -> list[timedelta]:
        """How long the latest were there before they were finished, latest first."""
        ...


class Outbox(Protocol):
    """Replies on their way. One of a place (conversation and thread parent) at a time, oldest first."""

    async def add(self, reply: Reply, operation: Operation = "post") -> None:
        """A reply is posted once, whatever its id was added how often; updates and deletions follow in order."""
        ...

    async def claim(self, worker: str, *, lease: timedelta, limit: int) -> list[Delivery]: ...

    async def extend(self, worker: str, *, lease: timedelta) -> None: ...

    async def keep_placeholder(self, delivery: Delivery, *, worker: str, post: str) -> None:
        """Raises LeaseLost."""
        ...

    async def sent(self, delivery: Delivery, *, worker: str, post: str) -> None:
        """It stands on the platform (or was deleted): recorded with the posts. Raises LeaseLost."""
        ...

    async def retry(self, delivery: Delivery, *, worker: str, after: timedelta) -> None:
        """Let go of it until later, at most an hour. Whoever is next knows whether `delivery` was uncertain."""
        ...

    async def give_up(self, delivery: Delivery, *, worker: str, reason: str) -> None:
        """It will never be sent; what is behind it goes on."""
        ...

    async def release(self, worker: str) -> None:
        """Let go of all that the worker holds; what it had begun with nobody knows, so it is uncertain."""
        ...

    async def withdraw(self, reply: str) -> bool:
        """Take back a post that no sender has begun with; whether it could be."""
        ...

    async def waiting(self) -> int: ...

    async def took(self, *, limit: int = 100) -> list[timedelta]:
        """How long the latest were there before they stood on the platform, latest first."""
        ...

    async def failed(self, *, limit: int = 50) -> list[tuple[Reply, str]]:
        """What was given up, latest first, and why."""
        ...


class Posts(Protocol):
    """What stands on the platforms now."""

    async def changed(self, *, after: int, limit: int = 500) -> list[Changed]:
        """Posts of all platforms in the order in which they last changed; `after` the last number seen."""
        ...

    async def number(self) -> int:
        """Of the latest change there was."""
        ...

    async def get(self, reply: str) -> Posted | None: ...

    async def at(self, conversation: Conversation) -> Posted | None:
        """The post that this thread hangs under."""
        ...

    async def citing(self, passages: Collection[str]) -> list[Posted]: ...

    async def within(self, conversation: Conversation, *, after: datetime | None = None) -> list[Posted]:
        """All posts of a conversation, oldest first."""
        ...

    async def latest(self, platform: str, *, after: int, limit: int = 100) -> list[tuple[int, Posted]]:
        """Posts and their later versions in the order in which they were recorded; `after` the last number seen."""
        ...


class Turns(Protocol):
    """What was said in conversations, and what the bot knows of each."""

    async def state(self, conversation: Conversation) -> ConversationState:
        """An empty one if it is new. Held against others until the transaction ends."""
        ...

    async def save(self, state: ConversationState) -> None: ...

    async def add(self, said: Said) -> None: ...

    async def recent(self, conversation: Conversation, *, limit: int = 8) -> list[Said]:
        """The latest, oldest first."""
        ...

    async def edit(self, conversation: Conversation, message: str, *, text: str) -> bool: ...

    async def delete(self, conversation: Conversation, message: str) -> bool: ...


class Exchanges(Protocol):
    """Questions and what was decided."""

    async def add(self, exchange: Exchange) -> None:
        """Replaces one with the same id."""
        ...

    async def get(self, id: str) -> Exchange | None: ...

    async def about(self, conversation: Conversation, message: str) -> Exchange | None:
        """The latest decision about a message."""
        ...

    async def last(self, conversation: Conversation) -> Exchange | None: ...

    async def of(self, asker: str, *, limit: int = 20) -> list[Exchange]:
        """A person's own, latest first."""
        ...

    async def unanswered(self, *, since: datetime) -> list[Exchange]: ...

    async def count(self, *, since: datetime) -> Mapping[str, int]:
        """How many by outcome, and by route as `route:NAME`."""
        ...


class Tickets(Protocol):
    """Questions handed to people."""

    async def add(self, ticket: Ticket) -> Ticket:
        """The ticket with its number."""
        ...

    async def get(self, number: int) -> Ticket | None:
        """Held against others until the transaction ends."""
        ...

    async def save(self, ticket: Ticket) -> None: ...

    async def open_in(self, conversation: Conversation) -> Ticket | None:
        """The unresolved ticket of an asker's conversation, public or private."""
        ...

    async def latest_in(self, conversation: Conversation) -> Ticket | None: ...

    async def of_card(self, card: str) -> Ticket | None: ...

    async def in_state(self, *states: TicketState, limit: int = 100) -> list[Ticket]:
        """Oldest first."""
        ...

    async def of(self, asker: str, *, limit: int = 20) -> list[Ticket]: ...

    async def due(self, *, limit: int = 50) -> list[Ticket]:
        """Those whose `remind_at` has come."""
        ...

    async def count(self) -> Mapping[TicketState, int]: ...


class Feedbacks(Protocol):
    """What people thought of replies: one opinion a person and reply."""

    async def put(self, feedback: Feedback) -> None: ...

    async def of(self, reply: str) -> list[Feedback]: ...

    async def latest(
        self, *, unseen: bool = False, helpful: bool | None = None, limit: int = 100
    ) -> list[Feedback]: ...


class Audit(Protocol):
    """Append-only."""

    async def add(self, entry: AuditEntry) -> None: ...

    def entries(self, *, since: datetime | None = None) -> AsyncIterator[AuditEntry]:
        """Oldest first."""
        ...


class Pins(Protocol):
    async def put(self, pin: Pin) -> None:
        """Replaces one with the same key and audience."""
        ...

    async def of(self, key: str) -> list[Pin]: ...

    async def all(self) -> list[Pin]: ...

    async def remove(self, key: str) -> bool: ...


class LearnedDocuments(Protocol):
    async def add(self, learned: Learned) -> Learned: ...

    async def get(self, id: int) -> Learned | None: ...

    async def save(self, learned: Learned) -> None: ...

    async def in_state(self, state: LearnedState) -> list[Learned]: ...

    async def remove(self, id: int) -> bool: ...


class AdminJobs(Protocol):
    """Ordered work, claimed like events, one at a time in the whole deployment."""

    async def add(self, job: AdminJob) -> AdminJob: ...

    async def get(self, id: int) -> AdminJob | None: ...

    async def claim(self, worker: str, *, lease: timedelta) -> AdminJob | None:
        """The oldest queued one, or a running one whose lease ran out, unless another runs."""
        ...

    async def advance(self, id: int, *, worker: str, done: int, of: int, lease: timedelta) -> bool:
        """Record progress and renew the lease; whether to go on (nobody cancelled it). Raises LeaseLost."""
        ...

    async def finish(self, id: int, *, worker: str, state: JobState, result: str) -> None:
        """Raises LeaseLost."""
        ...

    async def cancel(self, id: int) -> bool:
        """Ask a queued or running job to end; whether there was one."""
        ...

    async def recent(self, *, limit: int = 10) -> list[AdminJob]: ...


class Credentials(Protocol):
    """What lets people and programs in. What has expired is still found until `Work.expire` removes it."""

    async def add(self, credential: Credential) -> bool:
        """False if it is a token and there is one for that person."""
        ...

    async def get(self, digest: str, *, kind: CredentialKind) -> Credential | None: ...

    async def take(self, digest: str, *, kind: CredentialKind) -> Credential | None:
        """Remove it: of several that take it at once, one gets it."""
        ...

    async def all(self, kind: CredentialKind) -> list[Credential]:
        """Everybody's, by person."""
        ...

    async def remove(self, person: str, *, kind: CredentialKind) -> int:
        """How many there were."""
        ...


class Work(Protocol):
    """One transaction: everything done through it is committed together, or not at all."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def posts(self) -> Posts: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def exchanges(self) -> Exchanges: ...
    @property
    def tickets(self) -> Tickets: ...
    @property
    def feedback(self) -> Feedbacks: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def pins(self) -> Pins: ...
    @property
    def learned(self) -> LearnedDocuments: ...
    @property
    def jobs(self) -> AdminJobs: ...
    @property
    def credentials(self) -> Credentials: ...

    async def weeks(self, *, since: datetime, count: int) -> Sequence[Week]:
        """What became of the questions of each week, oldest first."""
        ...

    async def epoch(self, passages: Collection[str]) -> int:
        """A number that is another one after each `distrust` of one of them, or of all."""
        ...

    async def distrust(self, passages: Collection[str] | None = None) -> None:
        """No process gives a cached answer any more that cites one of them, or any at all with None."""
        ...

    async def erase(self, person: str) -> Mapping[str, int]:
        """Remove what a person wrote and was answered, and what lets them in; how many rows of which table."""
        ...

    async def expire(self, *, before: Mapping[str, datetime]) -> Mapping[str, int]:
        """Remove finished rows that are older than the date for their table, some at a time; how many of which.

        Tables: inbox, outbox, posts, turns, exchanges, tickets, feedback, audit, and credentials, which finish when
        they expire. Repeat until there are none.
        """
        ...


class Store(Protocol):
    """Where everything durable is. All methods raise StoreUnavailable."""

    def transaction(self) -> AbstractAsyncContextManager[Work]:
        """To write. Whatever is raised inside undoes it all."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Work]:
        """To read one state of it, beside those who write."""
        ...

    async def migrate(self) -> None:
        """Bring the schema up to date; waits for another process that does."""
        ...

    async def fault(self) -> str:
        """What is wrong with the database; empty if nothing is."""
        ...

    async def backup(self, to: Path) -> None:
        """A consistent copy, while others go on writing."""
        ...

    async def restore(self, backup: Path) -> None:
        """Replace everything by a copy. Raises StoreUnavailable, and changes nothing, if it is not one of ours."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Cached:
    """An answer, the index generation that it was last checked with, and the `Work.epoch` of what it cites."""

    answer: Answer
    generation: int
    epoch: int


class AnswerCache(Protocol):
    """Answers by key, until they expire. Losing it costs time, never an answer; no method raises."""

    async def get(self, key: str) -> Cached | None: ...

    async def put(self, key: str, cached: Cached) -> None: ...


class WakeUps(Protocol):
    """Tells workers and senders that there is something to do, so that they need not wait for their next look."""

    def notify(self, what: Literal["inbox", "outbox", "jobs"]) -> None: ...

    async def wait(self, what: Literal["inbox", "outbox", "jobs"], *, at_most: timedelta) -> None: ...
