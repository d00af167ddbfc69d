"""Whether the parts that messages need work. The model is none of them: without it passages are quoted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Final

import structlog

log = structlog.get_logger()

KEPT: Final = 5.0
"""Seconds for which a finding holds: whoever asks all the time must not keep the database busy."""
PATIENCE: Final = 5.0


class Health:
    """`parts` say what is wrong with them, or nothing."""

    def __init__(
        self, parts: Mapping[str, Callable[[], Awaitable[str]]], *, clock: Callable[[], float] = monotonic
    ) -> None:
        self._parts = parts
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: Mapping[str, bool] = {}
        self._looked = float("-inf")

    async def parts(self) -> Mapping[str, bool]:
        """Whether each works. Why not is logged, since it may name what is not everybody's business."""
        async with self._lock:
            if self._clock() - self._looked >= KEPT:
                faults = await asyncio.gather(*(_fault(look) for look in self._parts.values()))
                for name, fault in zip(self._parts, faults, strict=True):
                    if fault:
                        log.error("health.failed", part=name, reason=fault)
                self._found = {name: not fault for name, fault in zip(self._parts, faults, strict=True)}
                self._looked = self._clock()
            return self._found


async def _fault(look: Callable[[], Awaitable[str]]) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            return await look()
    except TimeoutError:
        return "no answer"
    except Exception as exc:  # noqa: BLE001  # whatever it is, the part does not work
        return type(exc).__name__
