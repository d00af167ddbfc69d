"""One set of commands, for the command line, the chats and the console: who may, what was meant, what is done.

table.py       the commands and who may give them
parts.py       what they are made of
operating.py   index runs, status, cache, forgetting, audit
knowing.py     search, explain, pins, gaps
people.py      tickets, feedback, learned documents
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from difflib import get_close_matches
from typing import Final

from bot.admin.knowing import Knowing
from bot.admin.operating import Operating
from bot.admin.parts import Given, Parts, Result
from bot.admin.people import People
from bot.admin.table import BY_NAME, COMMANDS, Command
from bot.errors import CommandError, NotAllowed
from bot.models import Person

_WITH_VALUE: Final = ("days", "since", "audience")


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
            "gaps": knowing.gaps,
            "tickets": people.tickets,
            "feedback": people.feedback,
            "learned": people.learned,
            "approve": people.approve,
            "reject": people.reject,
        }

    def knows(self, word: str) -> bool:
        return word in BY_NAME

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
    if word in BY_NAME:
        return BY_NAME[word]
    near = get_close_matches(word, BY_NAME, n=1)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    raise CommandError(f"There is no command `{word}`.{meant} `help` lists them.")


def _given(command: Command, words: Sequence[str], *, by: Person, confirmed: bool, reply: str) -> Given:
    rest: list[str] = []
    options: dict[str, str] = {}
    waiting = iter(words)
    for word in waiting:
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            rest.append(word)
        elif f"--{name}" not in command.usage and name != "yes":
            raise CommandError(f"`{command.name}` has no option `--{name}`: {command.call}")
        elif name in _WITH_VALUE and not equals:
            options[name] = next(waiting, "")
        else:
            options[name] = value
    confirmed = confirmed or "yes" in options
    return Given(command.name, rest, options, by, reply, confirmed, command.call)
