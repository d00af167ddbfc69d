"""What every store promises of what lets people and programs in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.models import Credential
from bot.ports import Store
from tests.contracts.stores import ANA, BEN, START, Clock, Place

LINK = Credential("link-digest", "link", ANA, START, START + timedelta(minutes=15), by="local:root")
SESSION = Credential("session-digest", "session", ANA, START, START + timedelta(hours=12))
TOKEN = Credential("token-digest", "token", "api:ci", START, role="admin", by="local:root")


async def add(store: Store, *credentials: Credential) -> list[bool]:
    async with store.transaction() as work:
        return [await work.credentials.add(each) for each in credentials]


async def test_each_is_found_as_what_it_is_and_as_nothing_else(store: Store) -> None:
    assert await add(store, LINK, SESSION, TOKEN) == [True, True, True]
    async with store.reading() as work:
        for each in (LINK, SESSION, TOKEN):
            assert await work.credentials.get(each.digest, kind=each.kind) == each
        assert await work.credentials.get(LINK.digest, kind="session") is None
        assert await work.credentials.get("another", kind="link") is None
        assert await work.credentials.all("token") == [TOKEN]


async def test_what_was_taken_is_gone(store: Store) -> None:
    await add(store, LINK)
    async with store.transaction() as work:
        assert await work.credentials.take(LINK.digest, kind="session") is None
        assert await work.credentials.take(LINK.digest, kind="link") == LINK
        assert await work.credentials.take(LINK.digest, kind="link") is None


async def test_of_two_that_take_it_at_the_same_moment_one_gets_it(place: Place) -> None:
    stores = [place.open() for _ in range(4)]

    async def take(store: Store) -> Credential | None:
        async with store.transaction() as work:
            return await work.credentials.take(LINK.digest, kind="link")

    for _ in range(5):
        await add(stores[0], LINK)
        taken = await asyncio.gather(*map(take, stores))
        assert [each for each in taken if each] == [LINK]


async def test_what_was_taken_in_vain_is_there_again(store: Store) -> None:
    await add(store, LINK)

    async def fail() -> None:
        async with store.transaction() as work:
            assert await work.credentials.take(LINK.digest, kind="link")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await fail()
    async with store.reading() as work:
        assert await work.credentials.get(LINK.digest, kind="link") == LINK


async def test_a_program_has_one_token_and_a_person_as_many_sessions_as_browsers(place: Place) -> None:
    another = replace(TOKEN, digest="another")
    assert sorted(await asyncio.gather(add(place.open(), TOKEN), add(place.open(), another))) == [[False], [True]]
    assert await add(place.open(), SESSION, replace(SESSION, digest="phone")) == [True, True]


async def test_removing_those_of_one_kind_leaves_the_others(store: Store) -> None:
    theirs = replace(SESSION, digest="theirs", person=BEN)
    await add(store, LINK, SESSION, replace(SESSION, digest="phone"), theirs, TOKEN)
    async with store.transaction() as work:
        assert await work.credentials.remove(ANA, kind="session") == 2
        assert await work.credentials.remove(ANA, kind="session") == 0
        assert await work.credentials.all("session") == [theirs]
        assert await work.credentials.all("link") == [LINK]
        assert await work.credentials.remove("api:ci", kind="token") == 1


async def test_what_has_expired_goes_and_what_never_expires_stays(store: Store, clock: Clock) -> None:
    await add(store, LINK, SESSION, TOKEN)
    clock.forward(timedelta(hours=1))
    async with store.transaction() as work:
        assert await work.expire(before={"credentials": clock.now}) == {"credentials": 1}
        assert await work.credentials.all("link") == []
    clock.forward(timedelta(days=4000))
    async with store.transaction() as work:
        assert await work.expire(before={"credentials": clock.now}) == {"credentials": 1}
        assert await work.credentials.all("token") == [TOKEN]


async def test_who_is_forgotten_is_signed_out(store: Store) -> None:
    await add(store, LINK, SESSION, TOKEN)
    async with store.transaction() as work:
        assert (await work.erase(ANA))["credentials"] == 2
        assert await work.credentials.all("session") == []
        assert await work.credentials.all("token") == [TOKEN]
