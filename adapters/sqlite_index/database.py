"""The index file: how it is opened, what is in it, and what its errors mean to a person."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from knowledge.errors import IndexCorrupt, IndexUnavailable

APPLICATION_ID: Final = 0x0DE5_4A2D
VERSION: Final = 2
BUSY_SECONDS: Final = 30.0

# A row of `passages` and of `vectors` is staged while `staged` names it and published once `places` does:
# publishing moves no text and no vector. Places are dense numbers from 1; a place is the row number in
# `words` and, less one, in the matrix. Two tables for text and vectors, so that loading the matrix reads
# vectors only and showing passages reads text only.
SCHEMA: Final = """
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1), generation INTEGER NOT NULL,
    passages INTEGER NOT NULL, tokens INTEGER NOT NULL
);
INSERT INTO state VALUES (1, 0, 0, 0);
CREATE TABLE sources (
    name TEXT PRIMARY KEY, path TEXT NOT NULL, kind TEXT NOT NULL, audience TEXT NOT NULL,
    collection TEXT NOT NULL, owner TEXT, configured INTEGER NOT NULL
);
CREATE TABLE runs (
    source TEXT PRIMARY KEY, finished TEXT NOT NULL, seconds REAL NOT NULL, added INTEGER NOT NULL,
    changed INTEGER NOT NULL, deleted INTEGER NOT NULL, unchanged INTEGER NOT NULL, errors INTEGER NOT NULL
);
CREATE TABLE scopes (number INTEGER PRIMARY KEY, scope TEXT NOT NULL UNIQUE);
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, stamp TEXT NOT NULL,
    content_hash TEXT NOT NULL, attributes TEXT NOT NULL, recipe TEXT NOT NULL, title TEXT NOT NULL,
    passages INTEGER NOT NULL, error TEXT, notes TEXT NOT NULL, description TEXT, scope INTEGER
);
CREATE INDEX documents_source ON documents (source);
CREATE INDEX documents_scope ON documents (scope);
CREATE TABLE passages (
    row INTEGER PRIMARY KEY, length INTEGER NOT NULL, terms TEXT NOT NULL, heading_path TEXT NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL, page INTEGER, content_hash TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE vectors (row INTEGER PRIMARY KEY, key TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX vectors_key ON vectors (key);
CREATE TABLE staged (id TEXT PRIMARY KEY, row INTEGER NOT NULL, document TEXT NOT NULL);
CREATE TABLE staged_documents (id TEXT PRIMARY KEY, description TEXT NOT NULL, scope TEXT NOT NULL);
CREATE TABLE places (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, row INTEGER NOT NULL, document INTEGER NOT NULL,
    scope INTEGER NOT NULL, generation INTEGER NOT NULL
);
CREATE INDEX places_document ON places (document);
CREATE VIRTUAL TABLE words USING fts5 (terms, content = '', tokenize = 'ascii');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, 'row');
"""


def open_to_read(path: Path) -> sqlite3.Connection | None:
    """A connection that reads, or None if nothing was ever written there. Raises sqlite3.Error, IndexUnavailable."""
    if not path.exists():
        return None
    connection = _connect(path)
    try:
        version = _version(connection, path)
        connection.execute("PRAGMA query_only = ON")
        # Posting lists of common words stay in memory from question to question.
        connection.execute("PRAGMA cache_size = -16384")
    except BaseException:
        connection.close()
        raise
    if version == 0:
        connection.close()
        return None
    return connection


def open_to_write(path: Path) -> sqlite3.Connection:
    """A connection that writes; makes folder, file and schema. Raises sqlite3.Error, OSError, IndexUnavailable."""
    if _is_empty(path):
        _create(path)
    connection = _connect(path)
    try:
        _version(connection, path)
        # Fully synchronous: what is staged or published outlives a power cut. Commits are few.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -65536")
    except BaseException:
        connection.close()
        raise
    return connection


def make_folder(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema's version; 0 for an empty file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not (version or application or tables):
        return 0
    if application != APPLICATION_ID:
        raise IndexUnavailable(f"{path} is a database of something else: give the index another path.")
    if version > VERSION:
        raise IndexUnavailable(
            f"The index {path} was made by a newer Deskhand: update this one, or give the index another path."
        )
    if version < VERSION:
        raise IndexUnavailable(
            f"The index {path} was made by an older Deskhand: move it away and run `deskhand index` again."
        )
    return VERSION


def _is_empty(path: Path) -> bool:
    return not path.exists() or path.stat().st_size == 0


def _create(path: Path) -> None:
    """Put a whole index there at once: nobody sees half of one, and of two processes that try, one makes it."""
    make_folder(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # for milliseconds
        if _is_empty(path):
            made = path.with_name(f"{path.name}.new")
            for left_over in ("", "-wal", "-shm", "-journal"):  # by a process that was killed here
                made.with_name(made.name + left_over).unlink(missing_ok=True)
            # It holds text that not everybody may read. SQLite gives -wal and -shm the same mode.
            os.close(os.open(made, os.O_CREAT | os.O_RDWR, 0o600))
            with closing(_connect(made)) as connection:
                _fill_in(connection)
            made.replace(path)
    finally:
        os.close(folder)


def _fill_in(connection: sqlite3.Connection) -> None:
    # Five vectors of 384 numbers fill 94 % of such a page (two of them 75 % of a page of 4,096).
    connection.execute("PRAGMA page_size = 8192")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(f"BEGIN; {SCHEMA} COMMIT")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


@contextmanager
def errors_explained(path: Path) -> Iterator[None]:
    """Raises IndexUnavailable or IndexCorrupt for what SQLite and the file system raise."""
    try:
        yield
    except sqlite3.Error as exc:
        raise _explained(exc, path) from exc
    except OSError as exc:
        raise _unwritable(path, exc.errno) from exc


def _explained(exc: sqlite3.Error, path: Path) -> IndexUnavailable:
    code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        return IndexCorrupt(
            f"{path} is not an index, or is damaged: give the index another path, "
            "or move the file away and run `deskhand index` again."
        )
    # Our statements fit our schema. If SQLite finds a table missing, text that is not UTF-8 or a constraint
    # broken, the file is at fault.
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH):
        return damaged(path)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return IndexUnavailable(
            f"Another process has been writing the index {path} for {BUSY_SECONDS:.0f} s: wait for it or end it."
        )
    if code == sqlite3.SQLITE_FULL:
        return _unwritable(path, errno.ENOSPC)
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return _unwritable(path, errno.EACCES)
    return IndexUnavailable(
        f"The index {path} could not be read or written: check that its disk works and has room, then try again."
    )


def damaged(path: Path) -> IndexCorrupt:
    return IndexCorrupt(f"The index {path} is damaged: move it away and run `deskhand index` again.")


def _unwritable(path: Path, number: int | None) -> IndexUnavailable:
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return IndexUnavailable(f"The disk is full, so the index {path} was left as it was: make room and try again.")
    return IndexUnavailable(
        f"The index {path} cannot be opened: the file and its folder {path.parent} must be writable, "
        "to search as well (SQLite keeps files beside it)."
    )
