"""The SQLite file of the store: how it is made, and what is said when something is wrong with it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from adapters.sql_store import SqlStore
from bot.errors import StoreUnavailable
from tests.contracts.stores import accept, message, thread

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "store.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqlStore]:
    made = SqlStore(path)
    await made.migrate()
    yield made
    await made.close()


async def waiting(store: SqlStore) -> int:
    async with store.reading() as work:
        return await work.inbox.waiting()


async def test_only_its_owner_may_read_the_file_and_what_is_beside_it(store: SqlStore, path: Path) -> None:
    await accept(store, "a")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert {each.name: oct(each.stat().st_mode & 0o777) for each in path.parent.iterdir()} == {
        "store.sqlite": "0o600", "store.sqlite-wal": "0o600", "store.sqlite-shm": "0o600",
    }  # fmt: skip


async def test_what_is_accepted_outlives_a_power_cut(store: SqlStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    async with store.transaction() as work:
        await work.inbox.waiting()
        connection_ = work._unit.connection
        result = await connection_.exec_driver_sql("PRAGMA synchronous")
        assert result.scalar_one() == 2


async def test_nothing_is_there_before_it_is_set_up(path: Path) -> None:
    store = SqlStore(path)
    with pytest.raises(StoreUnavailable, match="not there"):
        await waiting(store)
    assert "not there" in await store.fault()
    assert not path.parent.exists()
    path.parent.mkdir()
    path.touch()
    with pytest.raises(StoreUnavailable, match="not set up"):
        await waiting(store)
    await store.migrate()
    assert await waiting(store) == 0
    assert await store.fault() == ""
    await store.close()


async def test_setting_up_again_is_fast_and_changes_nothing(store: SqlStore) -> None:
    await accept(store, "a")
    started = time.perf_counter()
    await store.migrate()
    assert time.perf_counter() - started < 0.2  # on a busy machine; 1 ms on an idle one
    assert await waiting(store) == 1


def test_alembic_is_not_imported_where_nothing_changes(path: Path) -> None:
    code = (
        "import asyncio, sys, adapters.sql_store; assert 'sqlalchemy' not in sys.modules;"
        "store = adapters.sql_store.SqlStore(sys.argv[1]); asyncio.run(store.migrate());"
        "print('alembic' in sys.modules, 'asyncpg' in sys.modules)"
    )
    for expected in ("True False", "False False"):
        done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == expected


async def test_a_setup_that_was_killed_half_way_is_done_again(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    store = SqlStore(path)
    await store.migrate()
    await accept(store, "a")
    await store.close()


async def test_a_file_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE things (name TEXT)")
    before = path.read_bytes()
    store = SqlStore(path)
    for attempt in (store.migrate(), waiting(store)):
        with pytest.raises(StoreUnavailable, match="something else"):
            await attempt
    assert path.read_bytes() == before
    path.write_text("My diary. " * 1000)
    with pytest.raises(StoreUnavailable, match="not a database"):
        await store.migrate()
    assert path.read_text() == "My diary. " * 1000


async def test_a_database_of_a_newer_deskhand_is_refused(store: SqlStore, path: Path) -> None:
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    for attempt in (store.migrate(), waiting(store)):
        with pytest.raises(StoreUnavailable, match="newer"):
            await attempt
    assert "newer" in await store.fault()


async def test_a_file_that_is_taken_away_is_missed_and_found_again(store: SqlStore, path: Path, tmp_path: Path) -> None:
    await accept(store, "a")
    await store.backup(tmp_path / "backup.sqlite")
    await accept(store, "b")
    for each in path.parent.iterdir():
        each.unlink()
    for attempt in (waiting(store), accept(store, "c")):
        with pytest.raises(StoreUnavailable, match="not there"):
            await attempt
    shutil.copy(tmp_path / "backup.sqlite", path)
    assert await waiting(store) == 1
    await accept(store, "c")


if os.geteuid() != 0:  # root may write everywhere

    async def test_a_folder_that_may_not_be_written_is_named(store: SqlStore, path: Path) -> None:
        await store.close()
        path.parent.chmod(0o500)
        with pytest.raises(StoreUnavailable, match="writable"):
            await accept(store, "a")
        path.parent.chmod(0o700)
        await accept(store, "a")


async def test_a_damaged_file_is_called_so(store: SqlStore, path: Path) -> None:
    for number in range(50):
        await accept(store, str(number), to=thread(str(number)))
    await store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    assert "damaged" in await store.fault()
    with pytest.raises(StoreUnavailable, match="damaged"):
        await accept(store, "new")


async def test_who_waits_too_long_for_another_process_is_told(
    store: SqlStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accept(store, "a")
    await store.close()
    monkeypatch.setattr("adapters.sql_store.sqlite_file.BUSY_SECONDS", 0.2)
    monkeypatch.setattr(
        "adapters.sql_store.sqlite.connect",
        lambda path: sqlite3.connect(path, timeout=0.2, isolation_level=None, check_same_thread=False),
    )
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="Another process"):
            await accept(store, "b")
        assert await waiting(store) == 1
        other.execute("ROLLBACK")
    await accept(store, "b")


FILL_UP = """
import asyncio, resource, signal, sys
from adapters.sql_store import SqlStore
from bot.errors import StoreUnavailable
from tests.contracts.stores import message, thread

async def main():
    store = SqlStore(sys.argv[1])
    await store.migrate()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, -1))
    accepted = 0
    try:
        while True:
            async with store.transaction() as work:
                await work.inbox.add(message(f"m{accepted}", to=thread(str(accepted)), text="x" * 5000))
            accepted += 1
    except StoreUnavailable as exc:
        print(exc)
    resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
    async with store.transaction() as work:
        assert await work.inbox.add(message("more"))
    async with store.reading() as work:
        assert await work.inbox.waiting() == accepted + 1
    await store.close()

asyncio.run(main())
"""


def test_a_full_disk_loses_nothing_that_was_accepted(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FILL_UP, path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "disk is full" in done.stdout or "check its disk" in done.stdout
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_who_goes_on_after_a_failure_stores_none_of_it(store: SqlStore, path: Path) -> None:
    """A full database rolls back by itself: what follows in the same transaction must not be stored alone."""
    await accept(store, "a")

    async def go_on() -> None:
        async with store.transaction() as work:
            await work.inbox.add(message("first", to=thread("2")))
            await work._unit.connection.exec_driver_sql("PRAGMA max_page_count = 1")
            with suppress(StoreUnavailable):
                for number in range(200):
                    await work.inbox.add(message(f"m{number}", to=thread(str(number)), text="x" * 5000))
            await work._unit.connection.exec_driver_sql("PRAGMA max_page_count = 100000")
            await work.inbox.add(message("last", to=thread("3")))

    with pytest.raises(StoreUnavailable, match="full"):
        await go_on()
    assert await waiting(store) == 1
    await accept(store, "last", to=thread("3"))


async def test_claims_do_not_slow_down_with_what_is_finished(store: SqlStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        plans = [
            row[3]
            for table in ("inbox", "outbox")
            for row in connection.execute(
                f"EXPLAIN QUERY PLAN SELECT id FROM {table} WHERE finished IS NULL AND (until <= 1 OR until > 2) "
                f"AND NOT EXISTS (SELECT 1 FROM {table} AS b WHERE b.lane = {table}.lane AND b.finished IS NULL "
                f"AND b.id < {table}.id) ORDER BY {table}.id LIMIT 8"
            )
        ]
    assert [plan for plan in plans if "_next" in plan]
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]


async def test_a_writer_that_is_slow_keeps_others_of_its_process_waiting_not_failing(store: SqlStore) -> None:
    async def slow() -> None:
        async with store.transaction() as work:
            await work.inbox.add(message("slow", to=thread("2")))
            await asyncio.sleep(0.3)

    await asyncio.gather(slow(), *(accept(store, str(number), to=thread(str(number))) for number in range(20)))
    assert await waiting(store) == 21
