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
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from adapters.sql_store import sqlite_copies
from adapters.sql_store.driver import Connection
from adapters.sql_store.explaining import of_sqlite
from adapters.sql_store.schema import VERSION
from adapters.sql_store.sqlite_file import BUSY_SECONDS, connect, migrate, only_one, version
from adapters.sql_store.unit import DialectName
from bot.errors import StoreUnavailable

_READERS: Final = 4


class Sqlite:
    """`Database`."""

    dialect: DialectName = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._writer: AsyncEngine = self._engine("BEGIN IMMEDIATE", connections=1)
        self._readers: AsyncEngine = self._engine("BEGIN", connections=_READERS)
        # Writers of this process take turns here, in order; those of others wait for the file's lock.
        self._turn = asyncio.Lock()
        self._file: tuple[int, int] | None = None

    def _engine(self, begin: str, *, connections: int) -> AsyncEngine:
        async def opened() -> Connection:
            connection = Connection(lambda: self._open(writing=begin != "BEGIN"), begin=begin)
            await connection
            return connection

        return create_async_engine(
            "sqlite+aiosqlite://", async_creator=opened, poolclass=AsyncAdaptedQueuePool,
            pool_size=connections, max_overflow=0, pool_timeout=BUSY_SECONDS,
        )  # fmt: skip

    def _open(self, *, writing: bool) -> sqlite3.Connection:
        connection = connect(self._path)
        try:
            if version(connection, self._path) != VERSION:
                raise StoreUnavailable(f"The database {self._path} is not set up yet: start `deskhand serve` once.")
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
    async def connection(self, *, writing: bool) -> AsyncIterator[AsyncConnection]:
        if not writing:
            await self._follow()
            async with self._readers.connect() as connection:
                yield connection
            return
        async with self._my_turn():
            await self._follow()
            async with self._writer.connect() as connection:
                yield connection

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(BUSY_SECONDS):
                await self._turn.acquire()
        except TimeoutError as exc:
            raise StoreUnavailable(
                f"Another transaction has been writing {self._path} for {BUSY_SECONDS:.0f} s: try again."
            ) from exc
        try:
            yield
        finally:
            self._turn.release()

    async def _follow(self) -> None:
        """Let go of a file that was replaced by another."""
        status = self._path.stat()
        file = (status.st_dev, status.st_ino)
        if file != self._file:
            self._file = file
            await self.close()

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
        async with self._my_turn():
            await self.close()
            with self._explained():
                await asyncio.to_thread(sqlite_copies.restore, self._path, backup=backup.absolute())

    async def close(self) -> None:
        await self._writer.dispose()
        await self._readers.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, OSError) as exc:
            raise self.explain(exc) from exc
