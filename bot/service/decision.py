"""What is to be done about an event."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.ports import Work


async def nothing(work: Work) -> None:
    """Nothing to store."""


async def no_more() -> None:
    """Nothing to show."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`store` records it, in the transaction that ends the event; `show` follows, best effort."""

    store: Callable[[Work], Awaitable[None]] = nothing
    show: Callable[[], Awaitable[None]] = no_more

    async def commit(self, work: Work) -> None:
        await self.store(work)

    async def committed(self) -> None:
        await self.show()
