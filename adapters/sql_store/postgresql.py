"""PostgreSQL, by asyncpg."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from sqlalchemy import NullPool, event, text
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from adapters.sql_store import copies
from adapters.sql_store.connecting import Pool
from adapters.sql_store.explaining import of_postgresql
from adapters.sql_store.migrating import VERSION_TABLE, upgrade
from adapters.sql_store.schema import VERSION, metadata
from adapters.sql_store.unit import DialectName, lock_number
from bot.errors import StoreUnavailable

_CONNECTIONS: Final = 10
_SECONDS: Final = 30
"""How long a connection, a lock or an answer is waited for."""
_SETTINGS: Final = {
    "application_name": "deskhand",
    "lock_timeout": f"{_SECONDS}s",
    # A transaction that nobody ends would hold what others wait for.
    "idle_in_transaction_session_timeout": "300s",
    "timezone": "UTC",
}
_READING: Final[dict[str, Any]] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Postgresql:
    """`Database`. `url` as libpq knows it, `sslmode` and all; what it leaves out comes from the PG* variables."""

    dialect: DialectName = "postgresql"

    def __init__(self, url: str) -> None:
        try:
            asyncpg = import_module("asyncpg")  # an extra
        except ImportError as exc:
            raise StoreUnavailable(
                "The PostgreSQL driver is not installed: install Deskhand as `deskhand[postgres]`, or use SQLite."
            ) from exc

        async def opened(**settings: Any) -> Any:
            return await asyncpg.connect(url, timeout=_SECONDS, server_settings=_SETTINGS, **settings)

        engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=partial(opened, command_timeout=2 * _SECONDS),
            pool_size=_CONNECTIONS, max_overflow=0, pool_timeout=_SECONDS, pool_use_lifo=True,
        )  # fmt: skip
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        self._pool = Pool(engine)
        # What migrates or copies takes as long as it takes, and keeps no connection.
        self._patient = Pool(create_async_engine("postgresql+asyncpg://", async_creator=opened, poolclass=NullPool))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        async with self._connected() as connection:
            yield connection
            try:
                await connection.commit()
            except OSError as exc:
                raise self.explain(exc) from exc

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        async with self._connected() as connection:
            await connection.execution_options(**_READING)
            yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self._pool.connected())
            except (SQLAlchemyError, OSError) as exc:
                raise self.explain(exc) from exc
            try:
                yield connection
            except SQLAlchemyError as exc:  # ours; an OSError may be somebody else's
                raise self.explain(exc) from exc

    def explain(self, exc: BaseException) -> StoreUnavailable:
        return of_postgresql(exc, seconds=_SECONDS)

    async def migrate(self) -> None:
        async with self._alone() as connection:
            if await _version(connection) == VERSION:
                return
            # Held until the commit, so that of several processes one migrates and the others find it done.
            await connection.execute(text("SET LOCAL lock_timeout = '10min'"))
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({lock_number('deskhand migrate')})"))
            if await _version(connection) == VERSION:
                return
            await connection.run_sync(upgrade)
            await connection.commit()

    async def check(self) -> None:
        try:
            async with self.reading() as connection:
                if await _version(connection) != VERSION:
                    raise StoreUnavailable("The database is not set up yet: start `deskhand work` once.")
                if (await connection.execute(text("SELECT pg_is_in_recovery()"))).scalar_one():
                    raise StoreUnavailable("The database server is a replica: give the address of the primary.")
        except (SQLAlchemyError, OSError) as exc:
            raise self.explain(exc) from exc

    async def backup(self, to: Path) -> None:
        async with self._alone() as connection:
            await connection.execution_options(**_READING)
            await copies.dump(connection, to=to.absolute())

    async def restore(self, backup: Path) -> None:
        await self.migrate()
        await self.close()
        async with self._alone() as connection:
            await copies.load(connection, backup=backup.absolute())
            await connection.commit()

    async def close(self) -> None:
        await self._pool.dispose()
        await self._patient.dispose()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[AsyncConnection]:
        """A connection that is closed afterwards, its errors explained."""
        try:
            async with self._patient.connected() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as exc:
            raise self.explain(exc) from exc


async def _version(connection: AsyncConnection) -> int:
    """The schema's version; 0 if there is none. Raises StoreUnavailable if it is none of ours, or a later one."""
    there = set(
        (
            await connection.execute(
                text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY(:names)"),
                {"names": [VERSION_TABLE, *metadata.tables]},
            )
        ).scalars()
    )
    if VERSION_TABLE not in there:
        if there:
            raise StoreUnavailable(
                f"The database holds tables of something else ({', '.join(sorted(there))}): "
                "give Deskhand a database of its own."
            )
        return 0
    number = (await connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))).scalar_one_or_none()
    if number is None or not number.isdecimal() or int(number) > VERSION:
        raise StoreUnavailable("The database was made by a newer Deskhand: update this one.")
    return int(number)


def _refuse_closed(connection: Any, record: Any, proxy: Any) -> None:
    """Of a server that was restarted, no dead connection is handed out: the pool then makes a new one."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError
