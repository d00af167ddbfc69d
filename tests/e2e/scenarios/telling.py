"""Scenarios by name, and how one is performed on a platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.e2e.scenarios.driver import Driver, Need
from tests.e2e.scenarios.stage import Stage
from tests.e2e.scenarios.world import World

Play = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`name` says what people experience, `needs` what their platform must have for it."""

    name: str
    needs: frozenset[Need]
    play: Play

    def lacking(self, driver: Driver) -> tuple[Need, ...]:
        return tuple(sorted(self.needs & driver.lacks))

    async def perform(self, world: World, driver: Driver, *, home: Path) -> None:
        stage = Stage(world, driver, home=world.copy_to(home), needs=self.needs)
        try:
            await self.play(stage)
        finally:
            await stage.close()


SCENARIOS: Final[list[Scenario]] = []


def scenario(name: str, *needs: Need) -> Callable[[Play], Play]:
    """Registers a scenario that needs a platform with all of `needs`."""

    def register(play: Play) -> Play:
        SCENARIOS.append(Scenario(name, frozenset(needs), play))
        return play

    return register
