"""aiosqlite for SQLAlchemy with fewer hops to its thread, which cost more than most statements do.

aiosqlite's own cursor makes four a statement. Here a transaction begins with its first statement, in the thread, since
it may have to wait for others. What follows in a transaction that writes is done at once, in microseconds and without a
hop: it changes pages in memory. Only the commit, which waits for the disk, goes to the thread again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

import aiosqlite


class Connection(aiosqlite.Connection):
    """Await it to open it. `begin` is the statement that begins a transaction.

    `patient`: statements that take long are to come, so each goes to the thread.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], *, begin: str, patient: bool) -> None:
        super().__init__(connect, iter_chunk_size=64)
        self.begin = begin
        self.patient = patient
        # A process may end while a connection is open.
        self._thread.daemon = True

    def cursor(self) -> Cursor:  # type: ignore[override]  # SQLAlchemy enters it; nothing is to be awaited before
        return Cursor(self)

    async def run(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """Do something with the connection that nobody else uses meanwhile."""
        if self.patient or not self._conn.in_transaction:
            await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        else:
            work(self._conn)

    def save(self) -> bool:
        """Set a savepoint; False if no transaction has begun that would need one."""
        if not self._conn.in_transaction:
            return False
        self._conn.execute("SAVEPOINT mine")
        return True

    def release(self) -> None:
        """What was done since the savepoint is part of the transaction."""
        self._conn.execute("RELEASE mine")

    def undo(self) -> bool:
        """Go back to the savepoint; False if SQLite has undone the whole transaction already."""
        try:
            self._conn.execute("ROLLBACK TO mine")
            self._conn.execute("RELEASE mine")
        except sqlite3.Error:
            return False
        return True

    async def commit(self) -> None:
        if self._conn.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        if self._conn.in_transaction:
            await super().rollback()


class Cursor:
    """As much of a cursor as SQLAlchemy uses; all rows are fetched at once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> Cursor:
        def execute(connection: sqlite3.Connection) -> None:
            self._keep(_begun(connection, self._connection.begin).execute(statement, parameters))

        await self._connection.run(execute)
        return self

    async def executemany(self, statement: str, parameters: Any) -> Cursor:
        def execute(connection: sqlite3.Connection) -> None:
            self._keep(_begun(connection, self._connection.begin).executemany(statement, parameters))

        await self._connection.run(execute)
        return self

    def _keep(self, cursor: sqlite3.Cursor) -> None:
        self._rows = cursor.fetchall()
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        cursor.close()

    async def fetchall(self) -> Sequence[Any]:
        return self._rows

    async def close(self) -> None:
        """Closed since its statement was done."""


def _begun(connection: sqlite3.Connection, begin: str) -> sqlite3.Connection:
    if not connection.in_transaction:
        connection.execute(begin)
    return connection
