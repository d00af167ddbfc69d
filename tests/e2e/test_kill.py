"""Replicas are killed while they work: nothing is lost, nothing is answered twice. `make chaos` does it at length."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.models import Capability
from tests.e2e.http_channel.campaign import SETTINGS, Plan, Result, as_text, perform
from tests.e2e.http_channel.replica import Options
from tests.e2e.scenarios.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


async def test_killed_replicas_lose_nothing_and_answer_nothing_twice(world: World, tmp_path: Path) -> None:
    """On a platform that can be asked what was posted, and on one that cannot."""
    without_look_up: frozenset[Capability] = frozenset({"find"})
    results = await asyncio.gather(
        _killed(world, tmp_path / "look-up", lacks=frozenset()),
        _killed(world, tmp_path / "no-look-up", lacks=without_look_up),
    )
    for result in results:
        assert result.is_clean, as_text(result)
        assert (result.messages, result.kills) == (60, 4)
        assert result.answers > 20
        assert result.relayed > 2


async def _killed(world: World, home: Path, *, lacks: frozenset[Capability]) -> Result:
    world.copy_to(home)
    world.write_settings(home, SETTINGS)
    plan = Plan(messages=60, conversations=20, kills=4, seconds=3, lacks=lacks)
    return await perform(plan, Options(home, platform=""), store=str(home / "journal.sqlite"))
