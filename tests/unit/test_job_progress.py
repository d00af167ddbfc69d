"""Who orders an index run in chat watches it in the post that announced it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.memory import MemoryWakeUps
from adapters.sql_store import SqlStore
from bot.models import AdminJob, Conversation, Reply
from bot.worker import Jobs, Timing

LEASE = timedelta(seconds=30)
TALK = Conversation("memory", "ada", private=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = SqlStore(tmp_path / "store.sqlite")
    await made.migrate()
    yield made
    await made.close()


async def sent(store: SqlStore) -> list[tuple[str, str]]:
    """What a sender finds to do, and does."""
    done: list[tuple[str, str]] = []
    while True:
        async with store.transaction() as work:
            found = await work.outbox.claim("sender", lease=LEASE, limit=10)
            for each in found:
                await work.outbox.sent(each, worker="sender", post="p1")
                done.append((each.operation, each.reply.text))
        if not found:
            return done


async def next_sent(store: SqlStore) -> list[tuple[str, str]]:
    while True:
        if done := await sent(store):
            return done
        await asyncio.sleep(0.01)


async def test_the_post_that_announced_a_run_shows_how_far_it_is_and_how_it_ended(store: SqlStore) -> None:
    goes_on = asyncio.Event()

    async def execute(job: AdminJob, worker: str) -> None:
        async with store.transaction() as work:
            await work.jobs.advance(job.id, worker=worker, done=1200, of=5000, lease=LEASE)
        await goes_on.wait()
        async with store.transaction() as work:
            await work.jobs.finish(job.id, worker=worker, state="done", result="Done in 7.0 s: 5,000 added.")

    async with store.transaction() as work:
        await work.outbox.add(Reply("r1", "result", TALK, "Job 1: reindexing all sources."))
        await work.jobs.add(AdminJob(0, "reindex", "queued", "", "memory:ada", datetime.now(UTC), reply="r1"))
    assert await sent(store) == [("post", "Job 1: reindexing all sources.")]
    quick = timedelta(milliseconds=10)
    jobs = Jobs(store=store, wake=MemoryWakeUps(), execute=execute, name="w", timing=Timing(poll=quick), every=quick)
    running = asyncio.create_task(jobs.run())
    async with asyncio.timeout(10):
        assert await next_sent(store) == [("update", "Job 1: 1,200 of 5,000 documents.")]
        await asyncio.sleep(0.05)
        assert await sent(store) == [], "nothing is changed while nothing has changed"
        goes_on.set()
        assert await next_sent(store) == [("update", "Done in 7.0 s: 5,000 added.")]
    jobs.stop()
    await running
