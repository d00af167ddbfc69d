"""Who people are, from a file that people edit while the bot runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest
from structlog.testing import capture_logs

from adapters.file_directory import EVERYBODY, FileDirectory
from bot.models import Conversation, Person, Role
from bot.ports import Directory
from knowledge.models import MEMBERS, PUBLIC

PEOPLE = """
[[person]]
ids = ["slack:T1/U1", "terminal:ann"]
name = "Ann Lee"
role = "expert"
groups = ["hr"]
zone = "Europe/Berlin"
language = "de"

[[person]]
id = "slack:T1/U2"
name = "Guest"
external = true

[[group]]
name = "payroll"
members = ["slack:T1/U1", "slack:T1/U9"]
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "people.toml"
    file.write_text(PEOPLE, encoding="utf-8")
    return file


def directory(
    file: Path,
    clock: Clock,
    *,
    unknown: Literal["outside", "members"] = "outside",
    roles: Mapping[str, Role] | None = None,
) -> FileDirectory:
    audiences = {"slack:T1/C1": frozenset({"hr", PUBLIC})}
    return FileDirectory(file, audiences=audiences, unknown=unknown, roles=roles, clock=clock)


def edit(file: Path, text: str) -> None:
    """As an editor would, with another time even on a coarse clock."""
    before = file.stat().st_mtime_ns
    file.write_text(text, encoding="utf-8")
    os.utime(file, ns=(before + 10**9, before + 10**9))


async def test_a_person_is_who_the_file_says_by_any_of_their_ids(file: Path, clock: Clock) -> None:
    people: Directory = directory(file, clock)
    ann = await people.person("slack:T1/U1")
    assert ann == Person(
        "slack:T1/U1",
        "Ann Lee",
        "expert",
        frozenset({"hr", "payroll"}),
        external=False,
        zone="Europe/Berlin",
        language="de",
    )
    assert ann.readable == {"hr", "payroll", MEMBERS, PUBLIC}
    assert (await people.person("terminal:ann")).groups == ann.groups
    assert {person.id for person in await people.people()} == {"slack:T1/U1", "terminal:ann", "slack:T1/U2"}


async def test_who_is_not_listed_is_from_outside_unless_the_settings_or_the_platform_say_otherwise(
    file: Path, clock: Clock
) -> None:
    people = directory(file, clock)
    stranger = await people.person("slack:T1/U7")
    assert stranger == Person("slack:T1/U7", "U7", external=True)
    assert stranger.readable == {PUBLIC}
    assert (await people.person("terminal:bob")).readable == {MEMBERS, PUBLIC}
    assert (await people.person("slack:T1/U9")).readable == {"payroll", PUBLIC}
    trusting = directory(file, clock, unknown="members")
    assert (await trusting.person("slack:T1/U7")).readable == {MEMBERS, PUBLIC}
    assert (await trusting.person("slack:T1/U2")).readable == {PUBLIC}


async def test_without_a_file_the_terminal_works(tmp_path: Path, clock: Clock) -> None:
    people = directory(tmp_path / "people.toml", clock, roles={"terminal:expert": "expert"})
    assert await people.fault() == ""
    assert (await people.person("terminal:me")).readable == {MEMBERS, PUBLIC}
    assert (await people.person("terminal:me")).role == "asker"
    assert (await people.person("terminal:expert")).may("expert")
    assert (await people.person("local:me")).may("admin")
    assert [person.id for person in await people.people()] == ["terminal:expert"]


async def test_the_file_says_more_than_the_roles_given(file: Path, clock: Clock) -> None:
    people = directory(file, clock, roles={"terminal:ann": "admin"})
    assert (await people.person("terminal:ann")).role == "expert"


async def test_a_channel_without_an_audience_is_read_by_everybody_in_the_organisation(file: Path, clock: Clock) -> None:
    people = directory(file, clock)
    assert await people.audience(Conversation("slack", "T1/C1", "1.2")) == {"hr", PUBLIC}
    assert await people.audience(Conversation("slack", "T1/C2")) == EVERYBODY


async def test_a_change_is_seen_after_five_seconds_and_not_before(file: Path, clock: Clock) -> None:
    people = directory(file, clock)
    assert "hr" in (await people.person("slack:T1/U1")).groups
    edit(file, PEOPLE.replace('groups = ["hr"]', ""))
    clock.now += 4.9
    assert "hr" in (await people.person("slack:T1/U1")).groups
    clock.now += 0.1
    assert "hr" not in (await people.person("slack:T1/U1")).groups


async def test_what_was_read_is_never_older_than_a_minute_whatever_the_stamps_say(file: Path, clock: Clock) -> None:
    people = directory(file, clock)
    await people.person("slack:T1/U1")
    stamp = file.stat()
    with file.open("r+", encoding="utf-8") as same:  # same size, same time, same file
        same.write(PEOPLE.replace('"hr"', '"xx"'))
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    clock.now += 60
    assert "xx" in (await people.person("slack:T1/U1")).groups


BROKEN = [
    ("[[person]\n", "not valid TOML", "not_toml"),
    (PEOPLE + "[[person]]\nname = 'hush'\n", 'the [[person]] "hush" has no id', "invalid"),
    (
        PEOPLE + "[[person]]\nid = 'slack:T1/U2'\nname = 'x'\n",
        'two [[person]] tables have the id "slack:T1/U2"',
        "invalid",
    ),
    (PEOPLE.replace("name = ", "nam = ", 1), '[[person]] number 1: "name" is missing', "invalid"),
    (PEOPLE.replace("name = ", "nam = ", 1), 'there is no "nam". There are: id, ids, name, role', "invalid"),
    (PEOPLE.replace('"expert"', '"boss"'), "\"role\" should be 'asker', 'expert' or 'admin'", "invalid"),
    (PEOPLE.replace('["hr"]', '"hr"'), '"groups" must be a list, in square brackets', "invalid"),
    (PEOPLE.replace('["hr"]', '["members"]'), 'cannot be "members"', "invalid"),
    (PEOPLE.replace('"slack:T1/U9"', '"U9"'), '[[group]] number 1: "members.1" must be the platform', "invalid"),
    ("[people]\n", 'there is no "people". There are: person, group', "invalid"),
    ("person = 1\n", '"person"', "invalid"),
]


@pytest.mark.parametrize(("text", "said", "reason"), BROKEN)
async def test_a_broken_file_is_explained_and_what_held_before_holds_for_a_minute(
    file: Path, clock: Clock, text: str, said: str, reason: str
) -> None:
    people = directory(file, clock, roles={"terminal:boss": "admin"})
    await people.person("slack:T1/U1")
    edit(file, text)
    with capture_logs() as logs:
        clock.now += 59
        assert (await people.person("slack:T1/U1")).role == "expert"
        clock.now += 1
        for id in ("slack:T1/U1", "terminal:bob", "local:me", "terminal:boss"):
            nobody = await people.person(id)
            assert nobody == Person(id, nobody.name, external=True)
            assert nobody.readable == {PUBLIC}
    assert logs[0] == {"event": "directory.broken", "log_level": "error", "file": "people.toml", "reason": reason}
    assert await people.audience(Conversation("slack", "T1/C2")) == {PUBLIC}
    assert await people.people() == []
    fault = await people.fault()
    assert said in fault
    assert str(file) in fault
    edit(file, PEOPLE)
    clock.now += 5
    assert (await people.person("slack:T1/U1")).role == "expert"
    assert await people.fault() == ""


async def test_a_file_that_goes_away_lets_nobody_in(file: Path, clock: Clock) -> None:
    people = directory(file, clock, unknown="members")
    assert (await people.person("slack:T1/U2")).external
    file.unlink()
    clock.now += 59
    assert (await people.person("slack:T1/U2")).external
    clock.now += 60
    assert (await people.person("slack:T1/U2")).external
    assert (await people.person("slack:T1/U1")).readable == {PUBLIC}
    assert "is gone" in await people.fault()


async def test_a_file_that_is_broken_from_the_start_lets_nobody_in(file: Path, clock: Clock) -> None:
    file.write_bytes(b"\xff\xfe")
    people = directory(file, clock, unknown="members")
    assert (await people.person("slack:T1/U2")).readable == {PUBLIC}
    assert "not UTF-8" in await people.fault()


async def test_many_may_ask_at_once(file: Path, clock: Clock) -> None:
    people = directory(file, clock)
    found = await asyncio.gather(*(people.person("slack:T1/U1") for _ in range(50)))
    assert {person.name for person in found} == {"Ann Lee"}
