"""The commands that those who run the bot may give: what they are called, who may give them, what they take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.models import Role

_OPTION: Final = re.compile(r"--([a-z][a-z-]*)( [A-Z])?")


@dataclass(frozen=True, slots=True)
class Command:
    """`usage` is what follows the name. A `destructive` one is not done, or not in full, before somebody has said yes.

    In `usage`, `[--all]` is an option, and `[--days N]` one that takes a value.
    """

    name: str
    usage: str
    what: str
    role: Role = "admin"
    destructive: bool = False

    @property
    def call(self) -> str:
        return f"{self.name} {self.usage}".strip()

    @property
    def options(self) -> Mapping[str, bool]:
        """By name, whether it takes a value."""
        return {name: bool(value) for name, value in _OPTION.findall(self.usage)} | (
            {"yes": False} if self.destructive else {}
        )


COMMANDS: Final = (
    Command("help", "", "what there is", "asker"),
    Command("status", "", "what is indexed, what waits, what failed", "expert"),
    Command("sources", "", "where documents come from, and their last run", "expert"),
    Command(
        "reindex",
        "[SOURCE ...] [--dry-run]",
        "bring the index up to date, as a job that can be watched",
        destructive=True,
    ),
    Command("jobs", "", "the latest jobs and how far they are"),
    Command("cancel", "JOB", "stop a job; what it has not published changes nothing"),
    Command("search", "QUESTION", "the passages that an answer would be made from", "expert"),
    Command("explain", "REPLY | QUESTION", "why this was answered so: passages, route, threshold", "expert"),
    Command("tickets", "[NUMBER] [--all]", "what waits for people, oldest first", "expert"),
    Command(
        "link",
        "NUMBER ADDRESS|none [--status STATUS]",
        "say where a ticket is in another help desk, and how it stands there",
        "expert",
    ),
    Command(
        "gaps", "[--days N]", "questions that got no answer, alike ones together, with who could write it", "expert"
    ),
    Command(
        "weekly",
        "[--weeks N] [--export FORMAT]",
        "what became of the questions of each week; also to be kept, as csv",
        "expert",
    ),
    Command("pin", "QUESTION", "keep the present answer to it until a passage it cites changes"),
    Command("pins", "", "what is pinned, and whether it still holds"),
    Command("unpin", "QUESTION", "no longer"),
    Command("feedback", "[--all] | done REPLY", "what people said of answers, and what was looked at", "expert"),
    Command(
        "write",
        "QUESTION --answer TEXT [--audience GROUP,...]",
        "write what is missing: it waits for review like an expert's answer",
        "expert",
    ),
    Command("learned", "", "experts' answers that wait to become documents", "expert"),
    Command("approve", "ID [--audience GROUP,...] [--force]", "make one a document, after a look at what it changes"),
    Command("reject", "ID", "leave it"),
    Command("cache", "purge", "forget all cached answers", destructive=True),
    Command("forget", "PERSON", "remove what a person wrote and what was answered to them", destructive=True),
    Command("audit", "[--since DATE] [--export FORMAT]", "who did what; also to be kept, as csv or jsonl"),
)
BY_NAME: Final = {command.name: command for command in COMMANDS}
