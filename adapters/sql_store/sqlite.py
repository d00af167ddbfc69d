"""SQLite: one file, one writer, some readers beside it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import AsyncAdaptedQueuePool
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from adapters.sql_store import sqlite_copies
from adapters.sql_store.connecting import Pool
from adapters.sql_store.driver import Connection
from adapters.sql_store.explaining import of_sqlite
from adapters.sql_store.schema import VERSION
from adapters.sql_store.sqlite_file import BUSY_SECONDS, connect, migrate, only_one, version
from adapters.sql_store.sqlite_writer import Writer
from adapters.sql_store.unit import DialectName
from bot.errors import StoreUnavailable

_READERS: Final = 4


class Sqlite:
    """`Database`."""

    dialect: DialectName = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._writer = self._pool("BEGIN IMMEDIATE", connections=1)
        self._readers = self._pool("BEGIN", connections=_READERS)
        self._turns = Writer(self._writer, explain=self.explain, before=self._follow, patience=BUSY_SECONDS)
        self._file: tuple[int, int] | None = None

    def _pool(self, begin: str, *, connections: int) -> Pool:
        async def opened() -> Connection:
            reads = begin == "BEGIN"
            connection = Connection(lambda: self._open(writing=not reads), begin=begin, patient=reads)
            await connection
            return connection

        return Pool(create_async_engine(
            "sqlite+aiosqlite://", async_creator=opened, poolclass=AsyncAdaptedQueuePool,
            pool_size=connections, max_overflow=0, pool_timeout=BUSY_SECONDS,
        ))  # fmt: skip

    def _open(self, *, writing: bool) -> sqlite3.Connection:
        connection = connect(self._path)
        try:
            if version(connection, self._path) != VERSION:
                raise StoreUnavailable(f"The database {self._path} is not set up yet: start `deskhand work` once.")
            connection.execute("PRAGMA cache_size = -16384")
            connection.execute("PRAGMA temp_store = MEMORY")
            if writing:
                # What is acknowledged outlives a power cut.
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA journal_size_limit = 67108864")
            else:
                connection.execute("PRAGMA query_only = ON")
        except BaseException:
            connection.close()
            raise
        return connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self._turns.transaction() as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as exc:
            raise self.explain(exc) from exc

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        await self._follow()
        try:
            async with self._readers.connected() as connection:
                yield connection
        except SQLAlchemyError as exc:
            raise self.explain(exc) from exc

    async def _follow(self) -> None:
        """Let go of a file that was replaced by another."""
        try:
            status = self._path.stat()
        except OSError as exc:
            raise self.explain(exc) from exc
        file = (status.st_dev, status.st_ino)
        if file != self._file:
            self._file = file
            await self._dispose()

    def explain(self, exc: BaseException) -> StoreUnavailable:
        return of_sqlite(exc, self._path)

    async def migrate(self) -> None:
        with self._explained():
            await asyncio.to_thread(self._migrate)

    def _migrate(self) -> None:
        if self._path.exists():
            with closing(connect(self._path)) as connection:
                if version(connection, self._path) == VERSION:
                    return
        with only_one(self._path.parent):
            migrate(self._path)

    async def check(self) -> None:
        with self._explained():
            await asyncio.to_thread(sqlite_copies.check, self._path)

    async def backup(self, to: Path) -> None:
        with self._explained():
            await asyncio.to_thread(sqlite_copies.backup, self._path, to=to.absolute())

    async def restore(self, backup: Path) -> None:
        async with self._turns.alone():
            await self._dispose()
            with self._explained():
                await asyncio.to_thread(sqlite_copies.restore, self._path, backup=backup.absolute())

    async def close(self) -> None:
        async with self._turns.alone():  # what is being committed is finished first
            await self._dispose()

    async def _dispose(self) -> None:
        await self._writer.dispose()
        await self._readers.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
            raise self.explain(exc) from exc
