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
            f"The database {path} is not there: restore a backup, or start `deskhand work` to make an empty one."
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


def of_postgresql(exc: BaseException, *, seconds: int) -> StoreUnavailable:
    cause = exc.orig if isinstance(exc, DBAPIError) and exc.orig else exc
    if isinstance(cause, StoreUnavailable):
        return cause
    state = str(getattr(cause, "sqlstate", None) or "")
    known = [message for beginning, message in _STATES.items() if state.startswith(beginning)]
    if isinstance(cause, PoolTimeout):
        message = f"All connections to the database have been in use for {seconds} s: try again."
    elif known:
        message = known[0].format(seconds=seconds)
    elif isinstance(cause, TimeoutError):
        message = "The database server does not answer in time: check how busy it is, then try again."
    elif isinstance(exc, DBAPIError) and exc.connection_invalidated:
        message = _STATES["08"]
    elif isinstance(cause, OSError) or not state:
        message = "The database server cannot be reached: check that it runs, and its address in the settings."
    else:
        message = f"The database server refused that (SQLSTATE {state}): its log says more. Try again."
    return StoreUnavailable(message)


_STATES: Final = {
    "08": "The connection to the database server broke: try again.",
    "28": "The database server does not let Deskhand in: check user, password and SSL in the store's address.",
    "3D": "There is no such database on the server: create it, or correct its name in the store's address.",
    "3F": "There is no such schema in the database: create it, or correct it in the store's address.",
    "25006": "The database is read-only now: check that the address is that of the primary server.",
    "40": "The transaction got in the way of another: try again.",
    "42501": "The database user may not do that: make it the owner of the database.",
    "42P01": "The database is not set up, or tables were removed: start `deskhand work` once, or restore a backup.",
    "53100": "The disk of the database server is full, so nothing was stored: make room and try again.",
    "53300": "The database server has no free connections: raise its max_connections.",
    "55P03": "Another process has held what is needed for {seconds} s: wait for it or end it.",
    "57014": "The database took too long: try again.",
    "57": "The database server is starting or stopping: try again in a moment.",
    "58": "The database server cannot read or write its files: its log says more.",
    "XX": "The database is damaged: the server's log says more. Restore a backup.",
}
"""By SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html; what is longer comes first."""
