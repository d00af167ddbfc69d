"""PostgreSQL under the store: what is said when something is wrong with it, and how the store gets over it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from adapters.sql_store import SqlStore
from bot.errors import StoreUnavailable
from tests.contracts.stores import accept, message, on_server, postgresql_database, thread
from tests.servers import postgres_url


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with postgresql_database() as made:
        yield made


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    made = SqlStore(url)
    await made.migrate()
    yield made
    await made.close()


async def waiting(store: SqlStore) -> int:
    async with store.reading() as work:
        return await work.inbox.waiting()


async def cut_connections(url: str) -> None:
    name = url.rpartition("/")[2]
    await on_server(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    await asyncio.sleep(0.05)


async def test_setting_up_again_changes_nothing(store: SqlStore) -> None:
    await accept(store, "a")
    await store.migrate()
    assert await waiting(store) == 1
    assert await store.fault() == ""


async def test_a_restart_of_the_server_is_not_noticed_between_transactions(store: SqlStore, url: str) -> None:
    await asyncio.gather(*(accept(store, str(number), to=thread(str(number))) for number in range(10)))
    await cut_connections(url)
    for number in range(10, 20):
        await accept(store, str(number), to=thread(str(number)))
    assert await waiting(store) == 20


async def test_a_restart_within_a_transaction_undoes_it_and_says_so(store: SqlStore, url: str) -> None:
    async def cut() -> None:
        async with store.transaction() as work:
            await work.inbox.add(message("a"))
            await cut_connections(url)
            await work.inbox.add(message("b"))

    for _ in range(12):  # more than there are connections
        with pytest.raises(StoreUnavailable, match="try again"):
            await cut()
    assert await waiting(store) == 0
    await accept(store, "a")


async def test_an_unreachable_server_is_named_without_its_password(url: str) -> None:
    store = SqlStore("postgresql://deskhand:secret@127.0.0.1:1/deskhand")
    for attempt in (store.migrate(), waiting(store), accept(store, "a")):
        with pytest.raises(StoreUnavailable, match="cannot be reached") as found:
            await attempt
        assert "secret" not in str(found.value)
    assert "cannot be reached" in await store.fault()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("postgresql://nobody@{host}/postgres", "does not let"),
        ("postgresql://deskhand@{host}/none", "no such database"),
    ],
)
async def test_a_wrong_address_is_explained(url: str, address: str, message: str) -> None:
    store = SqlStore(address.format(host=postgres_url().partition("@")[2].partition("/")[0]))
    with pytest.raises(StoreUnavailable, match=message):
        await store.migrate()


async def test_a_database_that_is_not_set_up_is_called_so(url: str) -> None:
    store = SqlStore(url)
    with pytest.raises(StoreUnavailable, match="not set up"):
        await waiting(store)
    assert "not set up" in await store.fault()
    await store.close()


async def test_a_database_of_something_else_is_refused(url: str) -> None:
    await on_server("CREATE TABLE tickets (name TEXT)", database=url)
    store = SqlStore(url)
    with pytest.raises(StoreUnavailable, match="something else"):
        await store.migrate()
    await store.close()


async def test_a_database_of_a_newer_deskhand_is_refused(store: SqlStore, url: str) -> None:
    await on_server("UPDATE deskhand_version SET version_num = '0999'", database=url)
    with pytest.raises(StoreUnavailable, match="newer"):
        await store.migrate()
    assert "newer" in await store.fault()


async def test_a_read_only_server_is_called_so(store: SqlStore, url: str) -> None:
    await on_server(f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_read_only = on")
    await store.close()
    with pytest.raises(StoreUnavailable, match="read-only"):
        await accept(store, "a")


async def test_who_goes_on_after_a_failure_stores_none_of_it(store: SqlStore) -> None:
    async def go_on() -> None:
        async with store.transaction() as work:
            await work.inbox.add(message("a"))
            with suppress(StoreUnavailable):
                await work._unit.run(text("SELECT 1 / 0"))
            with suppress(StoreUnavailable):
                await work.inbox.add(message("b"))

    with pytest.raises(StoreUnavailable):
        await go_on()
    assert await waiting(store) == 0


def test_other_addresses_are_refused() -> None:
    with pytest.raises(StoreUnavailable, match="mysql"):
        SqlStore("mysql://localhost/deskhand")


def test_without_its_driver_there_is_a_hint_what_to_install() -> None:
    code = (
        "import sys; sys.modules['asyncpg'] = None\n"
        "from adapters.sql_store import SqlStore\n"
        "from bot.errors import StoreUnavailable\n"
        "try: SqlStore('postgresql://localhost/deskhand')\n"
        "except StoreUnavailable as exc: print(exc)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )
    assert "deskhand[postgres]" in done.stdout
