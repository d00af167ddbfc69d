"""Several processes on one database: they set it up once, accept once, and share the work."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from adapters.sql_store import SqlStore
from tests.contracts.stores import postgresql_database

# Accepts 30 events that the other processes accept too, then works them off with the others: prints what it accepted,
# and what it finished in which order.
REPLICA = """
import asyncio, json, sys
from datetime import timedelta
from adapters.sql_store import SqlStore
from bot.errors import LeaseLost
from tests.contracts.stores import message, reply, thread

async def main(where, name):
    store = SqlStore(where)
    await store.migrate()
    accepted, done = 0, []
    for number in range(30):
        async with store.transaction() as work:
            accepted += await work.inbox.add(message(f"m{number}", to=thread(str(number % 5))))
    while True:
        async with store.transaction() as work:
            jobs = await work.inbox.claim(name, lease=timedelta(seconds=20), limit=3)
        for job in jobs:
            async with store.transaction() as work:
                await work.outbox.add(reply(job.event.keys[0], to=job.event.conversation))
                await work.inbox.finish(job, worker=name)
            done.append(job.event.keys[0])
        async with store.reading() as work:
            if not await work.inbox.waiting():
                break
        await asyncio.sleep(0.01)
    await store.close()
    print(json.dumps([accepted, done]))

asyncio.run(main(*sys.argv[1:]))
"""


async def replicas(where: str) -> list[tuple[int, list[str]]]:
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", "-c", REPLICA, where, f"w{number}",
            stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2],
        )
        for number in range(4)
    ]  # fmt: skip
    printed = await asyncio.gather(*(process.communicate() for process in started))
    assert [process.returncode for process in started] == [0] * 4
    return [json.loads(out) for out, _ in printed]


async def assert_shared(where: str) -> None:
    async with asyncio.timeout(60):
        results = await replicas(where)
    done = [name for _, mine in results for name in mine]
    assert sum(accepted for accepted, _ in results) == 30
    assert sorted(done) == sorted(f"m{number}" for number in range(30))
    store = SqlStore(where)
    async with store.reading() as work:
        assert await work.outbox.waiting() == 30
    await store.close()


async def test_processes_that_start_at_once_on_a_new_file_share_the_work(tmp_path: Path) -> None:
    await assert_shared(str(tmp_path / "new" / "store.sqlite"))


async def test_processes_that_start_at_once_on_a_new_postgresql_database_share_the_work() -> None:
    async with postgresql_database() as url:
        await assert_shared(url)
