"""The one writer of a SQLite file, and how the transactions of a process share it.

They take turns, in order. A commit waits for the disk, for milliseconds; those who come meanwhile are committed
together afterwards, each within a savepoint of its own: a disk that manages 50 commits a second still stores hundreds
of transactions. Nobody is told that something is stored before it is.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql_store.connecting import Pool
from adapters.sql_store.driver import Connection
from bot.errors import StoreUnavailable

_TOGETHER_SECONDS: Final = 0.005
"""How long others may still join, at least; at most as long as the last commit took."""


class _Group:
    """Transactions that are committed together."""

    def __init__(self, connection: AsyncConnection, driver: Connection) -> None:
        self.connection = connection
        self.driver = driver
        self.began = time.monotonic()
        self.kept = 0
        self.failure: StoreUnavailable | None = None
        self.done: asyncio.Future[StoreUnavailable | None] = asyncio.get_running_loop().create_future()


class Writer:
    """Raises StoreUnavailable, and what SQLAlchemy raises while a connection is opened."""

    def __init__(
        self,
        pool: Pool,
        *,
        explain: Callable[[BaseException], StoreUnavailable],
        before: Callable[[], Awaitable[None]],
        patience: float,
    ) -> None:
        """`before` a connection is taken; `patience` in seconds with who has the turn."""
        self._pool = pool
        self._explain = explain
        self._before = before
        self._patience = patience
        self._taken = False
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._group: _Group | None = None
        self._commit_seconds = 0.0
        self._ending: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Committed when it is left, unless something is raised: that undoes it, and nothing but it."""
        await self._take_turn()
        try:
            group = self._group = self._group or await self._opened()
            shared = group.driver.save()
        except BaseException:
            self._leave(end=True)
            raise
        try:
            yield group.connection
            if shared:
                group.driver.release()
        except BaseException as exc:
            undone = shared and group.driver.undo()
            if not undone and group.kept:
                # SQLite undid everything, as it does when the disk is full.
                group.failure = exc if isinstance(exc, StoreUnavailable) else self._explain(exc)
            self._leave(end=not undone)
            raise
        group.kept += 1
        self._leave(end=False)
        if failure := await asyncio.shield(group.done):
            raise failure

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """No transaction of this process, until it is left."""
        await self._take_turn()
        try:
            await self._end_group()
            yield
        finally:
            self._leave(end=True)

    async def _take_turn(self) -> None:
        if not self._taken:
            self._taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience):
                await turn
        except BaseException as exc:
            if turn.done() and not turn.cancelled():  # given in this very moment
                self._leave(end=False)
            else:
                self._waiting.remove(turn)
            if isinstance(exc, TimeoutError):
                raise StoreUnavailable(
                    f"Another transaction has been writing for {self._patience:.0f} s: try again."
                ) from exc
            raise

    async def _opened(self) -> _Group:
        await self._before()
        connection = await self._pool.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, Connection)
        return _Group(connection, driver)

    def _leave(self, *, end: bool) -> None:
        """The turn is the next one's, at once if they can be committed together."""
        group = self._group
        young = group and time.monotonic() - group.began < max(_TOGETHER_SECONDS, self._commit_seconds)
        if group and (end or not young or not self._waiting):
            task = asyncio.create_task(self._end())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        else:
            self._give_turn()

    def _give_turn(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False

    async def _end(self) -> None:
        try:
            await self._end_group()
        finally:
            self._give_turn()

    async def _end_group(self) -> None:
        group, self._group = self._group, None
        if group is None:
            return
        try:
            began = time.monotonic()
            if group.kept and not group.failure:
                await group.connection.commit()
            self._commit_seconds = time.monotonic() - began
        except (SQLAlchemyError, OSError) as exc:
            group.failure = self._explain(exc)
        except BaseException:
            group.failure = StoreUnavailable("The process is ending: nothing was stored.")
            raise
        finally:
            group.done.set_result(group.failure)
            await self._pool.give_back(group.connection)
