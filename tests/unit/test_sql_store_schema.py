"""The schema and its migrations, and values that cannot be read any more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from adapters.sql_store import SqlStore, migrating, schema
from adapters.sql_store.sqlite_file import migrate
from adapters.sql_store.values import to_json
from bot.errors import StoreUnavailable
from tests.contracts.stores import LEASE, START, accept, postgresql_database, reply, thread, ticket


def differences(connection: Connection) -> list[Any]:
    """Between what the migrations made and what the statements expect."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    options = {"version_table": migrating.VERSION_TABLE, "compare_type": True, "compare_server_default": False}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), schema.metadata))


async def test_the_migrations_make_the_schema_in_sqlite(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "store.sqlite")
    await store.migrate()
    await store.close()
    with create_engine(f"sqlite:///{tmp_path}/store.sqlite").connect() as connection:
        assert differences(connection) == []
        for name, table in schema.metadata.tables.items():
            made = connection.execute(text(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")).scalar_one()
            assert ("AUTOINCREMENT" in made) == bool(table.dialect_options["sqlite"]["autoincrement"])
    connection.engine.dispose()


async def test_the_migrations_make_the_schema_in_postgresql() -> None:
    async with postgresql_database() as url:
        store = SqlStore(url)
        await store.migrate()
        async with store.transaction() as work:
            assert await work._unit.connection.run_sync(differences) == []
        await store.close()


def test_the_version_is_that_of_the_last_migration() -> None:
    folder = Path(migrating.__file__).parent / "migrations" / "versions"
    assert sorted(file.name for file in folder.glob("*.py"))[-1] == f"revision_{schema.VERSION:04}.py"


async def test_a_database_of_an_earlier_version_is_brought_up_to_date_with_what_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("adapters.sql_store.migrating.HEAD", "0001")
        patch.setattr("adapters.sql_store.sqlite_file.VERSION", 1)
        migrate(tmp_path / "store.sqlite")
        with closing(sqlite3.connect(tmp_path / "store.sqlite", isolation_level=None)) as file:
            file.execute("INSERT INTO pins (key, readers, value) VALUES ('k', '[]', '')")
            value = to_json(ticket(answered=START + timedelta(minutes=9), draft_sent=True))
            file.execute("INSERT INTO tickets (state, value) VALUES ('answered', ?)", [value])
    store = SqlStore(tmp_path / "store.sqlite")
    assert "not set up yet" in await store.fault()
    await store.migrate()
    assert await store.fault() == ""
    async with store.reading() as work:
        (week,) = await work.weeks(since=START, count=1)
    assert (week.handed_over, week.needless, week.first_reply_minutes) == (1, 1, 9.0)
    await store.close()
    with create_engine(f"sqlite:///{tmp_path}/store.sqlite").connect() as connection:
        assert differences(connection) == []
        assert connection.execute(text("SELECT key FROM pins")).scalar_one() == "k"
    connection.engine.dispose()


async def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(connection: Connection) -> None:
        migrating.upgrade(connection)
        connection.execute(text("INSERT INTO nowhere VALUES (1)"))

    store = SqlStore(tmp_path / "store.sqlite")
    with monkeypatch.context() as patch:
        patch.setattr("adapters.sql_store.sqlite_file.upgrade", half)
        with pytest.raises(StoreUnavailable):
            await store.migrate()
    with closing(sqlite3.connect(tmp_path / "store.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    await store.migrate()
    await accept(store, "a")
    await store.close()


async def test_what_cannot_be_read_any_more_holds_up_its_own_conversation_only(tmp_path: Path) -> None:
    store = SqlStore(tmp_path / "store.sqlite")
    await store.migrate()
    await accept(store, "odd", "behind")
    await accept(store, "a", to=thread("2"))
    async with store.transaction() as work:
        await work.outbox.add(reply("odd"))
        await work.outbox.add(reply("a", to=thread("2")))
        await work._unit.run(text("""UPDATE inbox SET value = '{"kind": "from the future"}' WHERE id = 1"""))
        await work._unit.run(text("UPDATE outbox SET value = '' WHERE id = 1"))
    for _ in range(2):
        async with store.transaction() as work:
            jobs = await work.inbox.claim("w1", lease=LEASE, limit=5)
            deliveries = await work.outbox.claim("w1", lease=LEASE, limit=5)
            assert [job.event.keys[0] for job in jobs] == ["a"]
            assert [delivery.reply.id for delivery in deliveries] == ["a"]
            await work.inbox.retry(jobs[0], worker="w1", after=timedelta(0))
            await work.outbox.retry(deliveries[0], worker="w1", after=timedelta(0))
    await store.close()
