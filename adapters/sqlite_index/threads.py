"""One connection on a thread of its own: to read, or to write."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from adapters.sqlite_index.database import damaged, errors_explained, open_to_read, open_to_write, roll_back

if TYPE_CHECKING:
    from adapters.sqlite_index.reading import Reader

T = TypeVar("T")


class _OwnThread:
    """Runs jobs one after the other. After an error the connection is opened anew, since nobody knows its state."""

    def __init__(self, path: Path, *, name: str) -> None:
        self._path = path
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    async def _run(self, job: Callable[[], T]) -> T:
        def explained() -> T:
            with errors_explained(self._path):
                try:
                    self._notice_another_file()
                    return job()
                except BaseException:
                    self._disconnect()
                    raise

        return await asyncio.get_running_loop().run_in_executor(self._executor, explained)

    async def close(self) -> None:
        """Waits for what is running. Closing twice is fine."""
        with suppress(RuntimeError):  # closed before
            await asyncio.get_running_loop().run_in_executor(self._executor, self._disconnect)
        self._executor.shutdown()

    def _notice_another_file(self) -> None:
        """Let go of a file that was moved away, as people do with a damaged one while the bot goes on."""
        try:
            found = self._path.stat()
            file = (found.st_dev, found.st_ino)
        except FileNotFoundError:
            file = None
        if file != self._file:
            self._disconnect()
            self._file = file

    def _disconnect(self) -> None:
        self._file = None
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()


class ReadingThread(_OwnThread):
    """Reads, each job in one transaction and so from one generation."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, name="index-reader")
        self._reader: Reader | None = None

    async def search(self, job: Callable[[Reader], T], *, empty: T) -> T:
        """As `read`, with what this connection remembers of the generation that it saw last."""
        return await self.read(lambda connection: job(self._reader_of(connection)), empty=empty)

    def _reader_of(self, connection: sqlite3.Connection) -> Reader:
        # Here, because numpy takes 0.1 s to import, and what only looks at the catalogue does without.
        from adapters.sqlite_index.reading import Reader

        self._reader = self._reader or Reader(connection)
        return self._reader

    async def read(self, job: Callable[[sqlite3.Connection], T], *, empty: T) -> T:
        """What `job` returns; `empty` as long as nothing was ever written."""

        def read() -> T:
            if self._connection is None:
                self._connection = open_to_read(self._path)
                if self._connection is None:
                    return empty
            self._connection.execute("BEGIN")
            try:
                return job(self._connection)
            except UnicodeEncodeError:
                raise  # of an argument
            except (ArithmeticError, LookupError, TypeError, ValueError) as exc:
                # SQLite has no checksums. What makes no sense when read is not what was written.
                raise damaged(self._path) from exc
            finally:
                roll_back(self._connection)

        return await self._run(read)

    def _disconnect(self) -> None:
        self._reader = None
        super()._disconnect()


class WritingThread(_OwnThread):
    """Writes, each job in one transaction: all of it or nothing."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, name="index-writer")

    async def write(self, job: Callable[[sqlite3.Connection], None], *, tidy: bool = False) -> None:
        """With `tidy` the write-ahead log is emptied afterwards, if readers let go of it within a second."""

        def write() -> None:
            if self._connection is None:
                self._connection = open_to_write(self._path)
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                job(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                # The log of what was rolled back may be what fills the disk.
                with suppress(sqlite3.Error):
                    roll_back(self._connection)
                    _empty_log(self._connection)
                raise
            if tidy:
                with suppress(sqlite3.Error):  # the job is done; the next one tidies up
                    _empty_log(self._connection)

        await self._run(write)


def _empty_log(connection: sqlite3.Connection) -> None:
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 1000")
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {patience}")
