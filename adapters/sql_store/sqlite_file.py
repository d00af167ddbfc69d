"""The SQLite file: how it is made and opened, and whether it is one of ours."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from adapters.sql_store.migrating import upgrade
from adapters.sql_store.schema import VERSION
from bot.errors import StoreUnavailable

APPLICATION_ID: Final = 0x0DE5_4A5D
BUSY_SECONDS: Final = 30.0
_OLDEST: Final = (3, 35)


def connect(path: Path, *, mode: str = "rw", timeout: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection to a file that is there; transactions are begun by statements. Raises sqlite3.Error."""
    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreUnavailable(
            f"Python's SQLite is {sqlite3.sqlite_version}; Deskhand needs 3.35 or later: use another Python."
        )
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}", uri=True, isolation_level=None, timeout=timeout, check_same_thread=False,
        cached_statements=256,
    )  # fmt: skip


def version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema's version; 0 for an empty file. Raises StoreUnavailable if it is none of ours, or a later one."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not (number or application or tables):
            return 0
        raise StoreUnavailable(f"{path} is a database of something else: give the store another path.")
    if number > VERSION:
        raise StoreUnavailable(
            f"The database {path} was made by a newer Deskhand: update this one, or restore a backup of its time."
        )
    return int(number)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Make the folder; hold it against other processes that set up or replace a database in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def migrate(path: Path) -> None:
    """Make the file if need be, and bring its schema up to date, all of it or nothing. Raises SQLAlchemyError too."""
    if not path.exists():
        # It holds text that not everybody may read. SQLite gives -wal and -shm the same mode.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    engine = create_engine("sqlite://", creator=lambda: connect(path), poolclass=NullPool)
    with closing(connect(path)) as probe:
        version(probe, path)
        probe.execute("PRAGMA journal_mode = WAL")
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        upgrade(connection)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
        connection.commit()
