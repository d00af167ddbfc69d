"""The store: SQLite or PostgreSQL behind the port."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql_store.database import Database
from adapters.sql_store.unit import Unit
from adapters.sql_store.work import SqlWork
from bot.errors import StoreUnavailable


class SqlStore:
    """`Store`. `where` is the path of a SQLite file, or a PostgreSQL URL as libpq knows them (`postgresql://...`).

    Nothing is opened before it is used; `migrate` first.
    """

    def __init__(self, where: Path | str, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Raises StoreUnavailable if the PostgreSQL driver is not installed or the URL is none."""
        self._database = _database(where)
        self._clock = clock

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqlWork]:
        async with self._database.transaction() as connection:
            unit = self._unit(connection, writing=True)
            yield SqlWork(unit)
            if unit.failure:
                raise unit.failure

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlWork]:
        async with self._database.reading() as connection:
            yield SqlWork(self._unit(connection, writing=False))

    def _unit(self, connection: AsyncConnection, *, writing: bool) -> Unit:
        return Unit(connection, self._database.dialect, self._clock, writing, self._database.explain)

    async def migrate(self) -> None:
        await self._database.migrate()

    async def fault(self) -> str:
        try:
            await self._database.check()
        except StoreUnavailable as exc:
            return str(exc)
        return ""

    async def backup(self, to: Path) -> None:
        """Writes one SQLite file, from which `restore` fills either kind of database."""
        await self._database.backup(to)

    async def restore(self, backup: Path) -> None:
        """Nobody else may use the database: refused where somebody does."""
        await self._database.restore(backup)

    async def close(self) -> None:
        await self._database.close()


def _database(where: Path | str) -> Database:
    if "://" not in str(where):
        from adapters.sql_store.sqlite import Sqlite

        return Sqlite(Path(where))
    scheme, _, rest = str(where).partition("://")
    if scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise StoreUnavailable(
            f"There is no store for {scheme}:// addresses: give the path of a SQLite file, or postgresql://..."
        )
    from adapters.sql_store.postgresql import Postgresql

    return Postgresql(f"postgresql://{rest}")
