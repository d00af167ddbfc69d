"""PostgreSQL <-> a backup: a SQLite file with the same tables, so that either kind of database is filled from it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, create_engine, delete, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from adapters.sql_store import sqlite_copies
from adapters.sql_store.schema import metadata
from adapters.sql_store.sqlite_file import connect, migrate
from bot.errors import StoreUnavailable

_ROWS: Final = 1000


async def dump(connection: AsyncConnection, *, to: Path) -> None:
    """Write all rows that the connection's transaction sees."""
    with sqlite_copies.made(to) as new:
        await asyncio.to_thread(migrate, new)
        with _file(new) as file:
            for table in metadata.sorted_tables:
                await asyncio.to_thread(file.execute, delete(table))
                async with connection.stream(select(table).order_by(*table.primary_key)) as result:
                    async for rows in result.mappings().partitions(_ROWS):
                        await asyncio.to_thread(file.execute, insert(table), [dict(row) for row in rows])
            await asyncio.to_thread(file.commit)


async def load(connection: AsyncConnection, *, backup: Path) -> None:
    """Replace all rows within the connection's transaction. Raises StoreUnavailable if others use the database."""
    with tempfile.TemporaryDirectory(prefix="deskhand-restore-") as folder:
        copy = Path(folder) / "copy.sqlite"
        copy.touch(mode=0o600)
        await asyncio.to_thread(sqlite_copies.take, backup, to=copy)
        await _keep_out_others(connection)
        with _file(copy) as file:
            for table in metadata.sorted_tables:
                await _fill(connection, table, file)


def _file(path: Path) -> Connection:
    return create_engine("sqlite://", creator=lambda: connect(path), poolclass=NullPool).connect()


async def _fill(connection: AsyncConnection, table: Table, file: Connection) -> None:
    rows = await asyncio.to_thread(file.execute, select(table))
    while part := await asyncio.to_thread(rows.mappings().fetchmany, _ROWS):
        await connection.execute(insert(table), [dict(row) for row in part])
    key = table.autoincrement_column
    if key is not None:
        following = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
        await connection.execute(
            select(func.setval(func.pg_get_serial_sequence(table.name, key.name), following, False))
        )


async def _keep_out_others(connection: AsyncConnection) -> None:
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = current_setting('application_name') AND pid <> pg_backend_pid()"
    )
    if (await connection.execute(others)).scalar_one():
        raise StoreUnavailable("The database is in use, so it was not replaced: stop the bot and try again.")
    names = ", ".join(metadata.tables)
    await connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
    await connection.execute(text(f"TRUNCATE {names}"))
