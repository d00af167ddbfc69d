"""What the store needs of a database."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql_store.unit import DialectName
from bot.errors import StoreUnavailable


class Database(Protocol):
    """All methods raise StoreUnavailable."""

    @property
    def dialect(self) -> DialectName: ...

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Committed when it is left, unless something is raised; it begins with its first statement."""
        ...

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]: ...

    def explain(self, exc: BaseException) -> StoreUnavailable:
        """What an error means, and what to do next."""
        ...

    async def migrate(self) -> None: ...

    async def check(self) -> None: ...

    async def backup(self, to: Path) -> None: ...

    async def restore(self, backup: Path) -> None: ...

    async def close(self) -> None: ...
