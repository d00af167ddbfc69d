"""What those who run the bot look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from knowledge.models import DocumentRecord, RunRecord, SourceRecord

State = Literal["ok", "warning", "failed"]
SettingOrigin = Literal["default", "deskhand.toml", "environment", "command line"]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What is published of a source, by its last `run`. `errors` are the documents that could not be read, and why."""

    record: SourceRecord
    documents: int
    passages: int
    run: RunRecord | None
    errors: Sequence[DocumentRecord]

    @property
    def last_run(self) -> datetime | None:
        return self.run.finished if self.run else None


@dataclass(frozen=True, slots=True)
class Status:
    """What is published now."""

    documents: int
    passages: int
    generation: int
    embedder: str
    sources: Sequence[SourceStatus]


@dataclass(frozen=True, slots=True)
class Week:
    """What became of the questions that were asked in the seven days from `begins` on (UTC).

    `confirmed`: somebody said that the answer helped. `needless`: handed over, and the draft was sent as it was.
    `first_reply_minutes` is the median until a person answered, of those tickets that were; None if none were.
    """

    begins: date
    asked: int
    answered: int
    confirmed: int
    handed_over: int
    needless: int
    first_reply_minutes: float | None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `fix` says what to do unless it is ok."""

    name: str
    state: State
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting in force. `table` and `key` as in deskhand.toml; `value` is empty where nothing is set, and never
    secret."""

    table: str
    key: str
    value: str
    origin: SettingOrigin


@dataclass(frozen=True, slots=True)
class Result:
    """What a command says: `text` in Markdown for people, `data` for programs.

    `confirm` is set where nothing was done yet, and says what would be. `ok` is false where there was nothing to do it
    to. `job` is the number of a job that was begun. `export` goes into a file instead of both.
    """

    text: str
    data: Any = None
    confirm: str = ""
    ok: bool = True
    job: int = 0
    export: str = ""
