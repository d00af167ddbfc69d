"""One set of commands, for the command line, the chats and the console: who may, what was meant, what is done.

table.py       the commands and who may give them
parts.py       what they are made of
operating.py   index runs, status, cache, forgetting, audit
exports.py     the audit as files
knowing.py     search, explain, pins
gaps.py        questions that got no answer
weekly.py      what became of the questions of each week
people.py      tickets, feedback, learned documents
jobs.py        index runs that outlive a process
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches
from typing import Final

from bot.admin.gaps import Gaps
from bot.admin.knowing import Knowing
from bot.admin.operating import Operating
from bot.admin.parts import Given, Parts
from bot.admin.people import People
from bot.admin.table import BY_NAME, COMMANDS, Command
from bot.admin.weekly import Weekly
from bot.errors import CommandError, NotAllowed
from bot.models import Person, Result

_NEARLY: Final = 0.8
_DASHES: Final = ("—", "–")
"""What chats make of the two hyphens before an option."""


class Admin:
    """Runs commands. Whether somebody may is decided here, by who they are and not by where they ask."""

    def __init__(self, parts: Parts) -> None:
        operating, knowing, people = Operating(parts), Knowing(parts), People(parts)
        self._parts = parts
        self._do: dict[str, Callable[[Given], Awaitable[Result]]] = {
            "help": self._help,
            "status": operating.status,
            "sources": operating.sources,
            "reindex": operating.reindex,
            "jobs": operating.jobs,
            "cancel": operating.cancel,
            "cache": operating.cache,
            "forget": operating.forget,
            "audit": operating.audit,
            "search": knowing.search,
            "explain": knowing.explain,
            "pin": knowing.pin,
            "pins": knowing.pins,
            "unpin": knowing.unpin,
            "gaps": Gaps(parts).gaps,
            "weekly": Weekly(parts).weekly,
            "tickets": people.tickets,
            "link": people.link,
            "feedback": people.feedback,
            "write": people.write,
            "learned": people.learned,
            "approve": people.approve,
            "reject": people.reject,
        }

    def knows(self, word: str) -> bool:
        """A command, or nearly one, of which `run` says then what was meant."""
        return bool(get_close_matches(word.casefold(), BY_NAME, n=1, cutoff=_NEARLY))

    async def run(self, words: Sequence[str], *, by: Person, confirmed: bool = False, reply: str = "") -> Result:
        """Raises CommandError, NotAllowed, and what the parts raise. A refusal is audited too."""
        command = _named(words[0] if words else "help")
        if not by.may(command.role):
            async with self._parts.store.transaction() as work:
                await self._parts.audited(work, by, "refused", command.name)
            raise NotAllowed(f"Only {'experts' if command.role == 'expert' else 'admins'} can use `{command.name}`.")
        return await self._do[command.name](_given(command, words[1:], by=by, confirmed=confirmed, reply=reply))

    async def _help(self, given: Given) -> Result:
        allowed = [command for command in COMMANDS if given.by.may(command.role)]
        lines = [f"- `{command.call}`: {command.what}" for command in allowed]
        data = [{"command": command.call, "what": command.what, "role": command.role} for command in allowed]
        return Result("\n".join(lines), data)


def _named(word: str) -> Command:
    name = word.casefold()
    if name in BY_NAME:
        return BY_NAME[name]
    near = get_close_matches(name, BY_NAME, n=1)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    raise CommandError(f"There is no command `{word}`.{meant} `help` lists them.")


def _given(command: Command, words: Sequence[str], *, by: Person, confirmed: bool, reply: str) -> Given:
    """Raises CommandError for an option that the command does not have. After `--` everything is text."""
    rest: list[str] = []
    options: dict[str, str] = {}
    waiting = iter(words)
    for word in waiting:
        if word == "--":
            rest += waiting
            break
        name, value = _option(word, command)
        if not name:
            rest.append(word)
            continue
        takes_value = command.options[name]
        if takes_value and value is None:
            value = next(waiting, None)
        if takes_value != bool(value):
            raise CommandError(f"`--{name}` {'needs a' if takes_value else 'takes no'} value: `{command.call}`")
        options[name] = value or ""
    return Given(command.name, rest, options, by, reply, confirmed or "yes" in options, command.call)


def _option(word: str, command: Command) -> tuple[str, str | None]:
    """Its name and value; no name if the word is none. In a command without options every word is text."""
    dashes = next((dashes for dashes in ("--", *_DASHES) if word.startswith(dashes)), "")
    name, equals, value = word.removeprefix(dashes).partition("=")
    if not dashes or not command.options or (dashes in _DASHES and name not in command.options):
        return "", None
    if name not in command.options:
        raise CommandError(f"`{command.name}` has no option `{word}`: `{command.call}`")
    return name, value if equals else None
