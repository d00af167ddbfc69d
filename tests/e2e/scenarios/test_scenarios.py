"""Every scenario on every channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from tests.e2e.scenarios.all import SCENARIOS, Scenario
from tests.e2e.scenarios.driver import Need
from tests.e2e.scenarios.drivers.registry import DRIVERS, MISSING
from tests.e2e.scenarios.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.close()


NAMES = {name for names in get_args(Need) for name in get_args(names)}
LACKING = {
    (scenario.name, channel): scenario.lacking(make()) for scenario in SCENARIOS for channel, make in DRIVERS.items()
}
"""What a channel cannot do that a scenario needs: `python -m tests.e2e.scenarios` names it in its report."""


@pytest.mark.parametrize(
    ("scenario", "channel"),
    [
        pytest.param(
            scenario,
            channel,
            id=f"{scenario.name.replace(' ', '-')}-{channel}",
            marks=pytest.mark.skipif(channel in MISSING, reason=MISSING.get(channel, "")),
        )
        for scenario in SCENARIOS
        for channel in DRIVERS
        if not LACKING[scenario.name, channel]
    ],
)
async def test_scenario(scenario: Scenario, channel: str, world: World, tmp_path: Path) -> None:
    await scenario.perform(world, DRIVERS[channel](), home=tmp_path / "home")


def test_every_scenario_runs_on_some_channel_and_what_the_others_lack_has_a_name() -> None:
    for scenario in SCENARIOS:
        lacking = [LACKING[scenario.name, channel] for channel in DRIVERS]
        assert any(not names for names in lacking)
        assert NAMES.issuperset(name for names in lacking for name in names)
