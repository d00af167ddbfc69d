"""Connections of a pool that are neither lost nor left half open, whoever is cancelled when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")


class Pool:
    """An engine's."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._tasks: set[asyncio.Task[Any]] = set()

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[AsyncConnection]:
        connection = await self.connect()
        try:
            yield connection
        finally:
            await self.give_back(connection)

    async def connect(self) -> AsyncConnection:
        # SQLAlchemy forgets a connection whose opening is cancelled while it is set up. So another task opens it.
        opening = self._task(self._connect())
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(self._let_go)
            raise

    async def give_back(self, connection: AsyncConnection) -> None:
        """Whoever is cancelled meanwhile, it is done."""
        await asyncio.shield(self._task(connection.close()))

    async def dispose(self) -> None:
        while self._tasks:
            await asyncio.wait(self._tasks)
        await self.engine.dispose()

    async def _connect(self) -> AsyncConnection:
        return await self.engine.connect()

    def _let_go(self, opening: asyncio.Task[AsyncConnection]) -> None:
        if not opening.cancelled() and not opening.exception():
            self._task(opening.result().close())

    def _task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """The event loop alone would forget it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
