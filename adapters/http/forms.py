"""What goes in and out of the interface for programs. What commands say more than is named here goes out too."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bot.models import LONGEST_QUESTION, AdminJob, JobState, Outcome, Role, RouteName, TicketState
from bot.models import Answer as BotAnswer

Line = Annotated[str, Field(min_length=1, max_length=500)]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION)]


class In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    model_config = ConfigDict(extra="allow")


class Problem(Out):
    """Why there is no answer, and what to do."""

    detail: str


class Question(In):
    question: Text


class Source(Out):
    number: int
    title: str
    heading: list[str]
    uri: str
    document: str
    updated: date | None


class Answer(Out):
    """`reply` is what somebody who asks gets to read, `text` the quotes with their marks: a draft if it is unsure."""

    outcome: Outcome
    reply: str
    text: str
    route: RouteName
    topic: str
    confidence: float
    threshold: float
    sources: list[Source]

    @classmethod
    def of(cls, answer: BotAnswer) -> Answer:
        sources = [
            Source(
                number=each.number,
                title=each.passage.document.title,
                heading=list(each.heading_path),
                uri=each.passage.uri,
                document=each.passage.document.id,
                updated=each.passage.document.updated,
            )
            for each in answer.citations
        ]
        return cls(
            outcome=answer.outcome,
            reply=answer.reply,
            text=answer.text,
            route=answer.route.name,
            topic=answer.route.topic,
            confidence=float(answer.confidence),
            threshold=float(answer.threshold),
            sources=sources,
        )


class Evidence(Out):
    doc: str
    passage_id: str
    uri: str
    cosine: float
    bm25: float
    score: float


class Found(Out):
    evidence: list[Evidence]


class Looked(Out):
    doc: str
    passage_id: str
    cosine: float
    bm25: float
    cited: bool


class Explanation(Out):
    """Why it was answered so. `passages` are what was found, best first."""

    question: str
    standalone: str
    route: RouteName
    outcome: Outcome
    confidence: float
    threshold: float
    answer: str
    passages: list[Looked]


class Status(Out):
    documents: int
    passages: int
    generation: int
    errors: int
    messages_waiting: int
    posts_waiting: int
    posts_failed: int
    tickets: dict[str, int]


class SourceRun(Out):
    """A source with its last run; `errors` are its documents that could not be read."""

    name: str
    documents: int
    passages: int
    last_run: datetime | None
    errors: list[dict[str, Any]]


class Reindex(In):
    """All sources if none is named. `allow_empty`: also a source of which nothing is left."""

    sources: list[Line] = Field(default=[], max_length=100)
    dry_run: bool = False
    allow_empty: bool = False


class Begun(Out):
    job: int


class Job(Out):
    id: int
    kind: str
    state: JobState
    by: str
    at: datetime
    done: int
    of: int
    result: str

    @classmethod
    def of_job(cls, job: AdminJob) -> Job:
        return cls.model_validate(job, from_attributes=True)


class Cancelled(Out):
    cancelled: bool


class Ticket(Out):
    number: int
    state: TicketState
    question: str
    reason: str
    topic: str
    asker: str
    claimant: str
    opened: datetime
    link: str
    external_status: str


class Linked(In):
    """Where the ticket is in another help desk, and how it stands there. An empty `link` takes it away."""

    link: Annotated[str, Field(max_length=500)]
    status: Annotated[str, Field(max_length=100)] | None = None


class Gap(Out):
    """Questions alike that got no answer: the latest of them, how many, and who could write it."""

    question: str
    count: int
    owners: list[str]
    experts: str
    closest: list[str]


class PinIn(In):
    """`confirmed`: pin it even if the bot is not sure of it."""

    question: Text
    confirmed: bool = False


class Pin(Out):
    question: str
    holds: bool
    documents: list[str]
    by: str
    at: datetime


class Removed(Out):
    removed: bool


class Opinion(Out):
    reply: str
    helpful: bool
    reason: str
    person: str
    question: str
    at: datetime
    seen: bool


class Purged(Out):
    purged: bool


class Forget(In):
    """The platform and the person's id there: `slack:T1/U2`."""

    person: Line


class Forgotten(Out):
    rows: int
    removed: dict[str, int]
    open_tickets: list[int]


class CommandForm(Out):
    command: str
    what: str
    role: Role


class Words(In):
    """What follows the command's name, word by word, as on the command line. `confirmed` says yes to its question."""

    words: list[Annotated[str, Field(max_length=LONGEST_QUESTION)]] = Field(default=[], max_length=200)
    confirmed: bool = False


class Said(Out):
    """`text` for people, `data` for programs. With `confirm` nothing was done yet: it is asked whether to."""

    text: str
    data: Any
    confirm: str
    ok: bool
    job: int
    export: str
