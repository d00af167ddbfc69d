"""Every scenario on every channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.scenarios.all import SCENARIOS, Scenario
from tests.e2e.scenarios.drivers.registry import DRIVERS
from tests.e2e.scenarios.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize("channel", DRIVERS)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name.replace(" ", "-"))
async def test_scenario(scenario: Scenario, channel: str, world: World, tmp_path: Path) -> None:
    driver = DRIVERS[channel]()
    if scenario.is_awaited:
        pytest.skip(f"{scenario.awaits} is still to be built")
    if lacking := scenario.lacking(driver):
        pytest.skip(f"{channel} lacks {', '.join(lacking)}")
    await scenario.perform(world, driver, home=tmp_path / "home")
