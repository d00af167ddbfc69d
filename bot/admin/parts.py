"""What the commands are made of."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from bot.errors import CommandError
from bot.models import Answer, AuditEntry, Learned, Person, Question, Status
from bot.ports import Store, WakeUps, Work
from bot.tickets.desk import Desk
from knowledge.models import Evidence, Passage
from knowledge.ports import Embedder, PassageIndex
from knowledge.rights import readable

HIDDEN: Final = "(quotes what has changed since, or what you may not read)"
"""Instead of a text of which not all sources may be read."""


class Learning(Protocol):
    """What becomes of experts' answers."""

    async def approve(
        self, id: int, *, by: Person, audience: frozenset[str] | None = None, force: bool = False
    ) -> Learned: ...

    async def reject(self, id: int, *, by: Person) -> Learned: ...


def _nowhere(topic: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that commands use. `ask` and `search` are those of the bot itself.

    `experts` is the channel of those who answer a topic, as in `slack:T1/C2`; empty if there is none.
    """

    store: Store
    index: PassageIndex
    embedder: Callable[[], Embedder]
    wake: WakeUps
    ask: Callable[[Question], Awaitable[Answer]]
    search: Callable[[Question], Awaitable[Sequence[Evidence]]]
    status: Callable[[], Awaitable[Status]]
    learning: Callable[[], Learning]
    desk: Callable[[], Desk]
    clock: Callable[[], datetime]
    experts: Callable[[str], str] = _nowhere

    async def audited(self, work: Work, by: Person, action: str, subject: str = "", detail: str = "") -> None:
        """In the transaction of what was done. Neither `subject` nor `detail` may hold what somebody wrote."""
        await work.audit.add(AuditEntry(self.clock(), by.id, action, subject, detail))

    async def shown(self, by: Person, what: str, subject: str = "", detail: str = "") -> None:
        """Call it before something is shown: what cannot be audited stays hidden."""
        async with self.store.transaction() as work:
            await self.audited(work, by, what, subject, detail)

    def question(self, text: str, *, by: Person) -> Question:
        return Question(text, groups=by.readable, today=self.clock().date())

    async def readable(self, passages: Iterable[str], *, by: Person) -> list[Passage]:
        """Of these ids, what is published now and may be read."""
        return await readable(self.index, passages, groups=by.readable)


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
            raise CommandError(f"Something is missing: `{self.usage}`")
        return text

    def number(self) -> int:
        return as_number(self.text, usage=self.usage)


def as_number(text: str, *, usage: str) -> int:
    """Raises CommandError."""
    word = text.lstrip("#")
    if not (word.isdecimal() and len(word) < 10):
        raise CommandError(f'"{word}" is no number: `{usage}`')
    return int(word)
