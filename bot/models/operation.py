"""What those who run the bot look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from knowledge.models import DocumentRecord, SourceRecord

State = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """What is published of a source. `errors` are the documents that could not be read, and why."""

    record: SourceRecord
    documents: int
    passages: int
    last_run: datetime | None
    errors: Sequence[DocumentRecord]


@dataclass(frozen=True, slots=True)
class Status:
    """What is published now."""

    documents: int
    passages: int
    generation: int
    embedder: str
    sources: Sequence[SourceStatus]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `fix` says what to do unless it is ok."""

    name: str
    state: State
    message: str
    fix: str = ""
