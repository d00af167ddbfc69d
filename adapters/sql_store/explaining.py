"""What the databases' errors mean to a person, and what to do next."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adapters.sql_store.sqlite_file import BUSY_SECONDS
from bot.errors import StoreUnavailable

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def of_sqlite(exc: BaseException, path: Path) -> StoreUnavailable:
    cause = exc.orig if isinstance(exc, DBAPIError) and exc.orig else exc
    if isinstance(cause, StoreUnavailable):
        return cause
    if isinstance(cause, FileNotFoundError):
        return StoreUnavailable(
            f"The database {path} is not there: restore a backup, or start `deskhand serve` to make an empty one."
        )
    if isinstance(cause, OSError):
        return _full(path) if cause.errno in _FULL else _unwritable(path)
    if isinstance(cause, PoolTimeout):
        return StoreUnavailable(f"All connections to {path} have been in use for {BUSY_SECONDS:.0f} s: try again.")
    if isinstance(cause, sqlite3.Error):
        return _of_code(getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF, path)
    return _unknown(path)


def _of_code(code: int, path: Path) -> StoreUnavailable:
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreUnavailable(
            f"Another process has been writing {path} for {BUSY_SECONDS:.0f} s: wait for it or end it."
        )
    if code == sqlite3.SQLITE_FULL:
        return _full(path)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return _unwritable(path) if path.exists() else of_sqlite(FileNotFoundError(), path)
    if code == sqlite3.SQLITE_NOTADB:
        return StoreUnavailable(
            f"{path} is not a database, or is damaged: give the store another path, or restore a backup."
        )
    # Our statements fit our schema: if SQLite finds a table missing or a constraint broken, the file is at fault.
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH):
        return StoreUnavailable(f"The database {path} is damaged: stop the bot and restore a backup.")
    return _unknown(path)


def _full(path: Path) -> StoreUnavailable:
    return StoreUnavailable(f"The disk is full, so nothing was stored in {path}: make room and try again.")


def _unwritable(path: Path) -> StoreUnavailable:
    return StoreUnavailable(
        f"The database {path} cannot be opened: the file and its folder {path.parent} must be readable and writable "
        "for the user that Deskhand runs as (SQLite keeps files beside it)."
    )


def _unknown(path: Path) -> StoreUnavailable:
    return StoreUnavailable(f"The database {path} could not be read or written: check its disk, then try again.")
