"""What the commands are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.errors import CommandError
from bot.models import Answer, AuditEntry, Learned, Person, Question, Status
from bot.ports import AnswerCache, Directory, Store, WakeUps, Work
from knowledge.models import Evidence
from knowledge.ports import Embedder, PassageIndex


class Learning(Protocol):
    """What becomes of experts' answers."""

    async def approve(
        self, id: int, *, by: Person, audience: frozenset[str] | None = None, force: bool = False
    ) -> Learned: ...

    async def reject(self, id: int, *, by: Person) -> Learned: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that commands use. `ask` and `search` are those of the bot itself."""

    store: Store
    index: PassageIndex
    embedder: Callable[[], Embedder]
    cache: AnswerCache
    directory: Directory
    wake: WakeUps
    ask: Callable[[Question], Awaitable[Answer]]
    search: Callable[[Question], Awaitable[Sequence[Evidence]]]
    status: Callable[[], Awaitable[Status]]
    learning: Callable[[], Learning]
    clock: Callable[[], datetime]

    async def audited(self, work: Work, by: Person, action: str, subject: str = "", detail: str = "") -> None:
        await work.audit.add(AuditEntry(self.clock(), by.id, action, subject, detail))

    def question(self, text: str, *, by: Person) -> Question:
        return Question(text, groups=by.readable, today=self.clock().date())


@dataclass(frozen=True, slots=True)
class Result:
    """What a command says: `text` in Markdown for people, `data` for programs.

    `confirm` is set where nothing was done yet, and says what would be. `job` is the number of a job that was begun.
    """

    text: str
    data: Any = None
    confirm: str = ""
    job: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """A command as it was typed. `words` without the options, `reply` where what it begins is shown."""

    name: str
    words: Sequence[str]
    options: Mapping[str, str]
    by: Person
    reply: str = ""
    confirmed: bool = False
    usage: str = field(default="", repr=False)

    @property
    def text(self) -> str:
        """All words as one; raises CommandError if there are none."""
        text = " ".join(self.words).strip()
        if not text:
            raise CommandError(f"Something is missing: {self.usage}")
        return text

    def number(self) -> int:
        word = self.text.lstrip("#")
        if not (word.isdecimal() and len(word) < 10):
            raise CommandError(f'"{word}" is no number: {self.usage}')
        return int(word)
