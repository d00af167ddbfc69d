"""Kills replicas at length: `python -m tests.chaos [MESSAGES [KILLS]]` prints a table.

Each line: messages that are delivered four times each to two replicas, of which one or the other is killed with -9 at
random, and one is never started again. It fails if anything is lost, answered twice or out of order. On SQLite and,
where a test server runs (`make test-servers`), on PostgreSQL; on a platform that can be asked what was posted, and on
one that cannot.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from bot.models import Capability
from tests.contracts.stores import postgresql_database
from tests.e2e.http_channel.campaign import SETTINGS, Plan, Result, as_text, perform
from tests.e2e.http_channel.replica import Options
from tests.e2e.scenarios.world import World
from tests.servers import postgres_url

_COLUMNS: Final = ("messages", "delivered", "kills", "answers", "notices", "relayed", "left_over", "seconds")
_FAULTS: Final = ("lost", "twice", "out_of_order", "cards_twice")


def main(messages: int, kills: int) -> int:
    stores = ["sqlite", "postgresql"] if postgres_url() else ["sqlite"]
    if len(stores) == 1:
        print("Without PostgreSQL, since no test server runs: make test-servers")
    seed = multiprocessing.current_process().pid or 1
    clean = True
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder) / "world")
        print("store       look-up", *(name.rjust(12) for name in (*_COLUMNS, *_FAULTS)))
        for store in stores:
            for look_up in (True, False):
                lacks: frozenset[Capability] = frozenset() if look_up else frozenset({"find"})
                plan = Plan(messages=messages, kills=kills, seconds=3 * kills, lacks=lacks, seed=seed)
                result = asyncio.run(_perform(plan, world, Path(folder) / f"{store}-{look_up}", store))
                print(f"{store:11} {'yes' if look_up else 'no':7}", *_cells(result), flush=True)
                if not result.is_clean:
                    clean = False
                    print(f"seed {seed}: {as_text(result)}")
    return 0 if clean else 1


async def _perform(plan: Plan, world: World, home: Path, store: str) -> Result:
    world.copy_to(home)
    world.write_settings(home, SETTINGS)
    async with _place(home, store) as url:
        where = url or str(home / "journal.sqlite")
        return await perform(plan, Options(home, platform="", store=url), store=where)


@asynccontextmanager
async def _place(home: Path, store: str) -> AsyncIterator[str]:
    """The URL of a database of its own; empty for the file in the home."""
    if store == "sqlite":
        yield ""
    else:
        async with postgresql_database() as url:
            yield url


def _cells(result: Result) -> list[str]:
    return [
        *(f"{getattr(result, name):.0f}".rjust(12) for name in _COLUMNS),
        *(str(len(getattr(result, name))).rjust(12) for name in _FAULTS),
    ]


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:]]
    sys.exit(main(*numbers, *(1000, 20)[len(numbers) :]))
