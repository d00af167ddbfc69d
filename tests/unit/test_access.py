"""Who is let in, by what, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sql_store import SqlStore
from bot.access import Access
from bot.errors import CommandError
from bot.models import Person, Role
from tests.contracts.stores import Clock

ANN = "console:ann"
OPERATOR = "local:root"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[SqlStore]:
    made = SqlStore(tmp_path / "store.sqlite", clock=clock)
    await made.migrate()
    yield made
    await made.close()


@pytest.fixture
def access(store: SqlStore, clock: Clock) -> Access:
    return Access(store, clock=clock, session=timedelta(hours=12))


async def audited(store: SqlStore) -> list[tuple[str, str, str]]:
    async with store.reading() as work:
        return [(entry.actor, entry.action, entry.subject) async for entry in work.audit.entries()]


class TestPeople:
    async def test_a_link_signs_in_once(self, access: Access) -> None:
        link = await access.issue_link(ANN)
        session = await access.sign_in(link)
        assert session is not None
        assert await access.session(session) == ANN
        assert await access.sign_in(link) is None

    async def test_of_two_that_use_a_link_at_the_same_moment_one_is_let_in(self, access: Access) -> None:
        link = await access.issue_link(ANN)
        sessions = await asyncio.gather(*(access.sign_in(link) for _ in range(8)))
        assert len([each for each in sessions if each]) == 1

    async def test_a_link_waits_a_quarter_of_an_hour(self, access: Access, clock: Clock) -> None:
        soon, late = await access.issue_link(ANN), await access.issue_link(ANN)
        clock.forward(timedelta(minutes=14, seconds=59))
        assert await access.sign_in(soon)
        clock.forward(timedelta(seconds=1))
        assert await access.sign_in(late) is None

    async def test_a_session_lasts_as_long_as_was_set(self, access: Access, clock: Clock) -> None:
        session = await access.open_session(ANN)
        clock.forward(timedelta(hours=11, minutes=59))
        assert await access.session(session) == ANN
        clock.forward(timedelta(minutes=1))
        assert await access.session(session) is None

    async def test_signing_out_ends_this_session_and_no_other(self, access: Access) -> None:
        here, there = await access.open_session(ANN), await access.open_session(ANN)
        await access.sign_out(here)
        await access.sign_out(here)
        assert await access.session(here) is None
        assert await access.session(there) == ANN

    async def test_signing_out_everywhere_ends_all_sessions_and_the_links_that_wait(self, access: Access) -> None:
        sessions = [await access.open_session(ANN) for _ in range(2)]
        others, link = await access.open_session("console:ben"), await access.issue_link(ANN)
        assert await access.sign_out_everywhere(ANN) == 2
        assert [await access.session(each) for each in sessions] == [None, None]
        assert await access.sign_in(link) is None
        assert await access.session(others) == "console:ben"

    @pytest.mark.parametrize("secret", ["", "x", "\0", "\udcff", "a" * 100_000])
    async def test_what_was_never_issued_lets_nobody_in(self, access: Access, secret: str) -> None:
        assert await access.sign_in(secret) is None
        assert await access.session(secret) is None
        assert await access.token(secret) is None


class TestPrograms:
    @pytest.mark.parametrize("role", ["asker", "expert", "admin"])
    async def test_a_token_makes_a_program_a_member_with_a_role(self, access: Access, role: Role) -> None:
        secret = await access.issue_token("ci", role, by=OPERATOR)
        program = await access.token(secret)
        assert program == Person("api:ci", "ci", role=role)
        assert program.readable == {"members", "public"}

    async def test_it_is_good_until_it_is_revoked(self, access: Access, clock: Clock) -> None:
        secret = await access.issue_token("ci", "admin", by=OPERATOR)
        clock.forward(timedelta(days=4000))
        assert await access.token(secret)
        await access.revoke("ci", by=OPERATOR)
        assert await access.token(secret) is None
        assert await access.tokens() == []

    async def test_a_name_is_given_once_and_can_be_given_again_after_that(self, access: Access) -> None:
        await access.issue_token("ci", "admin", by=OPERATOR)
        with pytest.raises(CommandError, match='There is a token "ci": revoke it first'):
            await access.issue_token("ci", "asker", by=OPERATOR)
        await access.revoke("ci", by=OPERATOR)
        await access.issue_token("ci", "asker", by=OPERATOR)
        assert [(name, token.role, token.by) for name, token in await access.tokens()] == [("ci", "asker", OPERATOR)]

    async def test_what_is_not_there_cannot_be_revoked(self, access: Access) -> None:
        with pytest.raises(CommandError, match="`deskhand token list`"):
            await access.revoke("ci", by=OPERATOR)

    @pytest.mark.parametrize("name", ["", "two words", "a:b", "-x", "x" * 65, "é"])
    async def test_a_name_is_short_and_plain(self, access: Access, name: str) -> None:
        with pytest.raises(CommandError, match="no name for a token"):
            await access.issue_token(name, "asker", by=OPERATOR)


async def test_one_kind_of_secret_is_none_of_another(access: Access) -> None:
    link, session = await access.issue_link(ANN), await access.open_session(ANN)
    token = await access.issue_token("ci", "admin", by=OPERATOR)
    assert [await access.session(each) for each in (link, token)] == [None, None]
    assert [await access.token(each) for each in (link, session)] == [None, None]
    assert [await access.sign_in(each) for each in (session, token)] == [None, None]


async def test_what_is_stored_holds_no_secret(access: Access, tmp_path: Path) -> None:
    link = await access.issue_link(ANN)
    secrets = [link, await access.sign_in(link), await access.issue_token("ci", "admin", by=OPERATOR)]
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("store.sqlite*"))
    assert b"console:ann" in stored
    assert all(secret and secret.encode() not in stored for secret in secrets)
    assert len(set(secrets)) == 3
    assert all(secret and len(secret) >= 43 for secret in secrets)


async def test_what_was_issued_and_taken_back_is_audited(access: Access, store: SqlStore) -> None:
    session = await access.sign_in(await access.issue_link(ANN, by=OPERATOR))
    await access.sign_out(str(session))
    await access.sign_out_everywhere(ANN, by="console:eva")
    await access.issue_token("ci", "admin", by=OPERATOR)
    await access.revoke("ci", by=OPERATOR)
    assert await audited(store) == [
        (OPERATOR, "link.issued", ANN),
        (ANN, "signed_in", ANN),
        (ANN, "signed_out", ANN),
        ("console:eva", "signed_out", ANN),
        (OPERATOR, "token.issued", "api:ci"),
        (OPERATOR, "token.revoked", "api:ci"),
    ]
