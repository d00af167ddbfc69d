"""Copies of a SQLite file, and putting one in its place. Raises sqlite3.Error, OSError, SQLAlchemyError too."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from adapters.sql_store.explaining import of_sqlite
from adapters.sql_store.schema import VERSION
from adapters.sql_store.sqlite_file import connect, migrate, only_one, version
from bot.errors import StoreUnavailable

_BESIDE: Final = ("-wal", "-shm", "-journal")
_LOW_DISK: Final = 64 * 2**20
_CHECK_SECONDS: Final = 0.5


def check(path: Path) -> None:
    """Raises StoreUnavailable if something is wrong; looks for damage for half a second at most."""
    with closing(connect(path)) as connection:
        if version(connection, path) != VERSION:
            raise StoreUnavailable(f"The database {path} is not set up yet: start `deskhand work` once.")
        until = time.monotonic() + _CHECK_SECONDS
        connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            found = "ok"
    if found != "ok":
        raise StoreUnavailable(f"The database {path} is damaged: stop the bot and restore a backup.")
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise PermissionError
    if shutil.disk_usage(path).free < _LOW_DISK:
        raise StoreUnavailable(f"The disk of {path} is almost full: make room, or messages cannot be accepted.")


def backup(path: Path, *, to: Path) -> None:
    if to.resolve() == path.resolve():
        raise StoreUnavailable(f"{to} is the database itself: give the copy another path.")
    with closing(connect(path)) as source:
        if version(source, path) != VERSION:
            raise StoreUnavailable(f"The database {path} is not set up yet: there is nothing to copy.")
        with made(to) as new, closing(connect(new)) as copy:
            source.backup(copy)


def restore(path: Path, *, backup: Path) -> None:
    with only_one(path.parent), made(path) as new:
        take(backup, to=new)
        with _alone(path):
            new.replace(path)


@contextmanager
def made(path: Path) -> Iterator[Path]:
    """An empty file that becomes `path` when it is filled (unless it went its own way), whole or not at all."""
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove(new)
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        yield new
        if new.exists():
            _seal(new)
            new.replace(path)
        _sync(path.parent)
    except (sqlite3.Error, OSError) as exc:
        raise of_sqlite(exc, path) from exc
    finally:
        _remove(new)


def take(backup: Path, *, to: Path) -> None:
    """Fill an empty file from a backup, with today's schema. Raises StoreUnavailable if it is no whole backup."""
    if not backup.is_file():
        raise StoreUnavailable(f"There is no backup {backup}: nothing was changed.")
    try:
        for beside in ("", "-wal"):  # of a file that was copied by hand while it was in use
            if (part := backup.with_name(backup.name + beside)).exists():
                shutil.copyfile(part, to.with_name(to.name + beside))
        with closing(connect(to)) as connection:
            kept = version(connection, backup)
            found = connection.execute("PRAGMA integrity_check(1)").fetchone() if kept else ("empty",)
    except sqlite3.Error as exc:
        raise StoreUnavailable(f"{backup} is not a backup of Deskhand, or is damaged: nothing was changed.") from exc
    if found != ("ok",):
        raise StoreUnavailable(f"{backup} is not a backup of Deskhand, or is damaged: nothing was changed.")
    if kept != VERSION:
        migrate(to)
    _seal(to)


def _seal(path: Path) -> None:
    """One file without others beside it, on the disk."""
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA journal_mode = WAL")
    _sync(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep everybody else out of the file, if it is there. Raises StoreUnavailable if somebody is in."""
    if not path.exists():
        yield
        return
    with closing(connect(path, timeout=1)) as connection:
        try:
            # Only who is alone may leave WAL mode; then nothing of the old file is beside it any more.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as exc:
            if exc.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise StoreUnavailable(
                    f"{path} is in use, so it was not replaced: stop the bot and try again."
                ) from exc
            for beside in _BESIDE:  # of a damaged file
                path.with_name(path.name + beside).unlink(missing_ok=True)
        yield


def _remove(path: Path) -> None:
    for beside in ("", *_BESIDE):
        with suppress(OSError):
            path.with_name(path.name + beside).unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
