"""people.toml -> who people are.

[[person]]
ids = ["slack:T1/U2", "terminal:ann"]     or id = "slack:T1/U2"
name = "Ann Lee"
role = "expert"                           asker (unless set), expert or admin
groups = ["hr"]
external = false
zone = "Europe/Berlin"
language = "en"

[[group]]
name = "payroll"
members = ["slack:T1/U2"]
"""

from __future__ import annotations

import asyncio
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Annotated, Final, Literal, TypeVar

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.models import Conversation, Person, Role
from knowledge.models import MEMBERS, PUBLIC

log = structlog.get_logger()

LOOK_EVERY: Final = 5.0
"""Seconds between two looks at whether the file changed."""
OLDEST: Final = 60.0
"""Seconds for which what was read counts, if the file cannot be read any more."""
EVERYBODY: Final = frozenset({MEMBERS, PUBLIC})

Item = TypeVar("Item")
Stamp = tuple[int, int, int] | None


def _person_id(text: str) -> str:
    platform, colon, own = text.partition(":")
    if not (platform and colon and own):
        raise ValueError('must be the platform and the id there, such as "slack:T1/U2"')
    return text


def _group_name(text: str) -> str:
    if text in EVERYBODY:
        raise ValueError(f'cannot be "{text}": who is in that follows from "external"')
    return text


PersonId = Annotated[str, AfterValidator(_person_id)]
GroupName = Annotated[str, Field(min_length=1), AfterValidator(_group_name)]
Listed = Annotated[tuple[Item, ...], Field(strict=False)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class _PersonTable(_Table):
    id: PersonId | None = None
    ids: Listed[PersonId] = ()
    name: str = Field(min_length=1)
    role: Role = "asker"
    groups: Listed[GroupName] = ()
    external: bool = False
    zone: str = ""
    language: str = ""

    @property
    def all_ids(self) -> tuple[str, ...]:
        return (*((self.id,) if self.id else ()), *self.ids)


class _GroupTable(_Table):
    name: GroupName
    members: Listed[PersonId]


class _File(_Table):
    person: list[_PersonTable] = []
    group: list[_GroupTable] = []


@dataclass(frozen=True, slots=True)
class _People:
    persons: Mapping[str, Person] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)


class _Broken(Exception):
    """`reason` is for logs and tells nothing of what is in the file."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class FileDirectory:
    """`Directory` from a file that may be edited, or missing from the start, while the bot runs.

    A change holds after `LOOK_EVERY` seconds. A file that is broken, or gone, leaves what was read before in force for
    at most `OLDEST` seconds after it was last found in order; from then on everybody is somebody from outside.

    `audiences` are those of channels by `Conversation.room`. `members_of` are platforms on which everybody is of the
    organisation; on others who is not in the file is what `unknown` says. `roles` are those of people who are not in
    the file; who is on the platform `local` is an admin. `clock` counts seconds.
    """

    def __init__(
        self,
        file: Path,
        *,
        audiences: Mapping[str, frozenset[str]],
        members_of: frozenset[str] = frozenset({"terminal", "local"}),
        unknown: Literal["outside", "members"] = "outside",
        roles: Mapping[str, Role] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._file = file
        self._audiences = audiences
        self._members_of = members_of
        self._unknown = unknown
        self._roles = roles or {}
        self._clock = clock
        self._lock = asyncio.Lock()
        self._people = _People()
        self._fault = ""
        self._stamp: Stamp = None
        self._there = False
        self._looked = self._read = self._good = float("-inf")

    async def person(self, id: str) -> Person:
        people = await self._current()
        if people is None:
            return Person(id, _name(id), external=True)
        return people.persons.get(id) or self._unlisted(id, people)

    async def audience(self, conversation: Conversation) -> frozenset[str]:
        audience = self._audiences.get(conversation.room, EVERYBODY)
        return audience & {PUBLIC} if await self._current() is None else audience

    async def people(self) -> Sequence[Person]:
        people = await self._current()
        if people is None:
            return []
        others = [self._unlisted(id, people) for id in self._roles if id not in people.persons]
        return [*people.persons.values(), *others]

    async def fault(self) -> str:
        """What is wrong with the file; empty if nothing is."""
        self._looked = float("-inf")
        await self._current()
        return self._fault

    def _unlisted(self, id: str, people: _People) -> Person:
        platform = id.partition(":")[0]
        return Person(
            id,
            _name(id),
            role=self._roles.get(id, "admin" if platform == "local" else "asker"),
            groups=people.groups.get(id, frozenset()),
            external=platform not in self._members_of and self._unknown == "outside",
        )

    async def _current(self) -> _People | None:
        """What holds now; None if that is not known any more."""
        async with self._lock:
            now = self._clock()
            if now - self._looked >= LOOK_EVERY:
                self._looked = now
                await self._look(now)
            fresh = not self._fault or now - self._good < OLDEST
            return self._people if fresh else None

    async def _look(self, now: float) -> None:
        """Read it if it changed, and in any case once in a while: a stamp may stay the same where a file does not."""
        stamp = await asyncio.to_thread(_stamp, self._file)
        if stamp != self._stamp or now - self._read >= OLDEST:
            self._stamp, self._read = stamp, now
            try:
                people = await asyncio.to_thread(_people, self._file, may_be_missing=not self._there)
            except _Broken as exc:
                log.error("directory.broken", file=self._file.name, reason=exc.reason)
                self._fault = str(exc)
            else:
                self._people, self._fault = people, ""
                self._there = self._there or stamp is not None
        if not self._fault:
            self._good = now


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _people(file: Path, *, may_be_missing: bool) -> _People:
    try:
        read = _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8-sig")))
    except FileNotFoundError:
        if may_be_missing:
            return _People()
        # Who it kept outside would be let in: better nobody knows anybody.
        raise _Broken(f"{file} is gone: put it back, or start again without it.", reason="gone") from None
    except OSError as exc:
        raise _Broken(f"{file} cannot be read ({exc.strerror}): allow reading it.", reason="unreadable") from None
    except UnicodeDecodeError:
        raise _Broken(f"{file} is not UTF-8 text: save it as UTF-8.", reason="not_text") from None
    except tomllib.TOMLDecodeError as exc:
        raise _Broken(f"{file} is not valid TOML: {exc}.", reason="not_toml") from None
    except ValidationError as exc:
        raise _Broken(
            "\n".join(_explained(error, file) for error in exc.errors(include_url=False)), reason="invalid"
        ) from None
    return _joined(read, file)


def _joined(read: _File, file: Path) -> _People:
    groups: dict[str, set[str]] = defaultdict(set)
    for group in read.group:
        for member in group.members:
            groups[member].add(group.name)
    persons: dict[str, Person] = {}
    for table in read.person:
        if not table.all_ids:
            raise _Broken(f'{file}: the [[person]] "{table.name}" has no id: add id = "PLATFORM:ID".', reason="invalid")
        # What a group says of one of somebody's ids holds for the person.
        joined = frozenset(table.groups).union(*(groups[id] for id in table.all_ids))
        person = Person("", table.name, table.role, joined, table.external, table.zone, table.language)
        for id in table.all_ids:
            if id in persons:
                raise _Broken(f'{file}: two [[person]] tables have the id "{id}": keep one.', reason="invalid")
            persons[id] = replace(person, id=id)
    return _People(persons, {id: frozenset(names) for id, names in groups.items()})


def _explained(error: object, file: Path) -> str:
    """In the words of somebody who edits the file."""
    assert isinstance(error, dict)
    *parents, key = [str(part) for part in error["loc"]]
    place = f"{file}: " + (f"[[{parents[0]}]] number {int(parents[1]) + 1}: " if parents[1:] else "")
    if error["type"] == "extra_forbidden":
        tables: dict[str, type[BaseModel]] = {"person": _PersonTable, "group": _GroupTable}
        known = tables[parents[0]] if parents else _File
        return f'{place}there is no "{key}". There are: {", ".join(known.model_fields)}.'
    if error["type"] == "missing":
        return f'{place}"{key}" is missing: add it.'
    key = ".".join([*parents[2:], key])
    if error["type"] == "tuple_type":
        return f'{place}"{key}" must be a list, in square brackets.'
    said = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return f'{place}"{key}" {said[0].lower() + said[1:]}.'


def _name(id: str) -> str:
    """What an id says of somebody: `terminal:ann` is ann."""
    return id.partition(":")[2].rpartition("/")[2] or id
