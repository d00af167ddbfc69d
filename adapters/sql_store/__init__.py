"""Everything durable, in SQLite (a file of its own) or PostgreSQL: the same tables, the same statements.

store.py          SqlStore: the port
work.py           one transaction: all repositories together
forgetting.py     erase a person, expire what is old
inbox.py outbox.py leases.py posts.py conversations.py tickets.py opinions.py jobs.py
credentials.py    the repositories
unit.py           a transaction as repositories see it, and the databases' differences
schema.py         the tables
migrating.py      migrations/: how a schema gets there
explaining.py     what the databases' errors mean to a person
database.py       what the store needs of a database:
  sqlite.py       SQLite, with sqlite_file.py, sqlite_writer.py, sqlite_copies.py, and driver.py under SQLAlchemy
  postgresql.py   PostgreSQL, with copies.py: rows from one kind of database into the other
values.py         values <-> JSON, text, numbers
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.sql_store.store import SqlStore

__all__ = ["SqlStore"]


def __getattr__(name: str) -> object:
    # SQLAlchemy takes half a second to import, and not every command needs a store.
    if name == "SqlStore":
        from adapters.sql_store.store import SqlStore

        return SqlStore
    raise AttributeError(name)
