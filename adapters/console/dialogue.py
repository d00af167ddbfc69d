"""A conversation as its page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.models import OPEN, Deleted, Dialogue, Edited, Event, Message, Reply, Said, Stopped, Ticket


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody wrote, or what the bot posted: `reply` is None for the former. `own`: of whoever looks.

    `waiting`: it is not decided yet. `last`: it is the latest of theirs, which may be changed or taken back.
    """

    id: str
    at: datetime
    text: str = ""
    author: str = ""
    own: bool = False
    waiting: bool = False
    last: bool = False
    reply: Reply | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """`lines` oldest first, as their authors want them: what they change or take back is so before it is worked on.

    `busy`: something is being worked on. `ticket` is the one that people have now.
    """

    lines: Sequence[Line]
    busy: bool
    ticket: Ticket | None

    @property
    def title(self) -> str:
        asked = next((line.text for line in self.lines if line.own), "")
        words = " ".join(asked.split())
        return words if len(words) <= 70 else f"{words[:68].rstrip()} …"


def shown(dialogue: Dialogue, *, by: str) -> Shown:
    said = [each for each in dialogue.said if each.role == "user"]
    known = {each.message for each in said}
    waiting = [each for each in dialogue.pending if isinstance(each, Message) and each.id not in known]
    last = waiting[-1].id if waiting else next((each.message for each in reversed(said) if each.author == by), "")
    lines = [_said(each, by=by, last=last) for each in said]
    lines += [
        Line(each.id, each.at, each.text, each.author, own=each.author == by, waiting=True, last=each.id == last)
        for each in waiting
    ]
    lines = [line for line in (_as_wanted(line, dialogue.pending) for line in lines) if line]
    lines += [Line(each.reply.id, each.at, reply=each.reply) for each in dialogue.posted if each.reply.kind != "card"]
    ticket = dialogue.ticket if dialogue.ticket and dialogue.ticket.state in OPEN else None
    busy = any(isinstance(each, Message) for each in dialogue.pending)
    stopping = any(isinstance(each, Stopped) for each in dialogue.pending)
    return Shown(sorted(lines, key=lambda line: line.at), busy and not stopping, ticket)


def _said(said: Said, *, by: str, last: str) -> Line:
    own = said.author == by
    return Line(said.message, said.at, said.text, said.author, own=own, last=own and said.message == last)


def _as_wanted(line: Line, pending: Sequence[Event]) -> Line | None:
    for event in pending:
        if isinstance(event, Edited | Deleted) and event.message == line.id:
            if isinstance(event, Deleted):
                return None
            line = replace(line, text=event.text)
    return line
