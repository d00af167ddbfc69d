"""What which channel does: `python -m tests.e2e.scenarios [CHANNEL ...]` performs every scenario on every channel."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import structlog

from tests.e2e.scenarios.all import SCENARIOS, Scenario
from tests.e2e.scenarios.drivers.registry import DRIVERS, MISSING
from tests.e2e.scenarios.world import World

_WIDTH = 82
_CELL = 16


def main(channels: Sequence[str]) -> int:
    if unknown := set(channels) - set(DRIVERS):
        sys.exit(f"There is no channel {', '.join(sorted(unknown))}. There are: {', '.join(DRIVERS)}.")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "world")
        begun = monotonic()
        print("Scenario".ljust(_WIDTH), *(channel.ljust(_CELL) for channel in channels))
        failures: list[str] = []
        for scenario in SCENARIOS:
            row = []
            for channel in channels:
                result, failure = _perform(scenario, channel, world, Path(folder))
                row.append(result)
                failures += [f"{scenario.name} on {channel}: {failure}"] if failure else []
            print(scenario.name.ljust(_WIDTH), *(result.ljust(_CELL) for result in row))
        world.close()
        print(f"{len(SCENARIOS)} scenarios in {monotonic() - begun:.1f} s")
        for failure in failures:
            print(f"\nFAILED {failure}")
    return 1 if failures else 0


def _perform(scenario: Scenario, channel: str, world: World, folder: Path) -> tuple[str, str]:
    """What the table says, and what went wrong."""
    driver = DRIVERS[channel]()
    if lacking := scenario.lacking(driver):
        return f"lacks {', '.join(lacking)}", ""
    if channel in MISSING:
        return MISSING[channel], ""
    home = folder / f"{channel}-{SCENARIOS.index(scenario)}"
    try:
        asyncio.run(scenario.perform(world, driver, home=home))
    except Exception as exc:  # noqa: BLE001  # whatever it is, it is reported and the others are performed
        return "FAILED", f"{type(exc).__name__}: {exc}"
    return "yes", ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(DRIVERS)))
