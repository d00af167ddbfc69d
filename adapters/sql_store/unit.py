"""One transaction as the repositories see it, and all that they need to know of the two databases' differences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import Any, Literal, TypeAlias

from sqlalchemy import CursorResult, Executable, Select, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql_store.values import to_number
from bot.errors import StoreUnavailable

DialectName = Literal["sqlite", "postgresql"]
Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"
Row: TypeAlias = Any
"""Columns by name; SQLAlchemy types them no further."""

_LOCK = select(func.pg_advisory_xact_lock(bindparam("name")))


@dataclass(slots=True)
class Unit:
    """A transaction. Nothing may be changed unless it is `writing`. Once something failed, it must be undone."""

    connection: AsyncConnection
    dialect: DialectName
    clock: Callable[[], datetime]
    writing: bool
    explain: Callable[[BaseException], StoreUnavailable]
    failure: StoreUnavailable | None = None

    def now(self) -> int:
        return to_number(self.clock())

    async def run(
        self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Raises StoreUnavailable."""
        try:
            return await self.connection.execute(statement, values)
        except (SQLAlchemyError, OSError) as exc:
            # The databases undo more or less of the transaction now; whoever catches this must not commit the rest.
            self.failure = self.explain(exc)
            raise self.failure from exc

    async def rows(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row]:
        return (await self.run(statement, values)).all()

    async def first(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Row | None:
        return (await self.run(statement, values)).first()

    async def number(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        return int((await self.run(statement, values)).scalar_one())

    async def changed(self, statement: Executable, values: Mapping[str, Any] | None = None) -> int:
        """How many rows the statement changed."""
        return (await self.run(statement, values)).rowcount

    async def put(
        self, table: Table, values: Mapping[str, Any], *, key: tuple[str, ...], keep: tuple[str, ...] = ()
    ) -> None:
        """Insert a row, or change the columns in `values`, but those to `keep`, of the one with the same key."""
        await self.run(_put(self.dialect, table, key, tuple(name for name in values if name not in keep)), values)

    def held(self, query: Select[Any]) -> Select[Any]:
        """The query, its rows held against others until the transaction ends (SQLite has one writer anyway)."""
        return query.with_for_update() if self.writing else query

    async def lock(self, name: str) -> None:
        """Be the only transaction that holds the name, until it ends; waits for others."""
        if self.dialect == "postgresql":
            await self.run(_LOCK, {"name": lock_number(name)})


def lock_number(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(errors="replace"), digest_size=8).digest(), signed=True)


def insert(dialect: DialectName, table: Table) -> Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


@cache
def _put(dialect: DialectName, table: Table, key: tuple[str, ...], columns: tuple[str, ...]) -> Insert:
    statement = insert(dialect, table)
    fresh = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=list(key), set_=fresh)
