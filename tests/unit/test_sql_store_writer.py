"""Transactions that SQLite commits together: each stands or falls by itself, unless the disk fails them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from adapters.sql_store import SqlStore
from bot.errors import StoreUnavailable
from tests.contracts.stores import message, thread


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    made = SqlStore(tmp_path / "store.sqlite")
    await made.migrate()
    yield made
    await made.close()


class Oops(Exception):
    pass


async def add(store: SqlStore, name: str, *, then: BaseException | None = None, size: int = 1) -> None:
    async with store.transaction() as work:
        await work.inbox.add(message(f"{name}-1", to=thread(f"{name}-1"), text="x" * size))
        await work.inbox.add(message(f"{name}-2", to=thread(f"{name}-2"), text="x" * size))
        if then:
            raise then


async def stored(store: SqlStore) -> set[str]:
    async with store.reading() as work:
        return {row.lane.rpartition(":")[2] for row in await work._unit.rows(text("SELECT lane FROM inbox"))}


@given(fails=st.lists(st.booleans(), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_who_fails_is_undone_alone(store: SqlStore, fails: list[bool]) -> None:
    before = await stored(store)
    names = [f"{len(before)}-{number}" for number in range(len(fails))]
    results = await asyncio.gather(
        *(add(store, name, then=Oops() if fail else None) for name, fail in zip(names, fails, strict=True)),
        return_exceptions=True,
    )
    assert [isinstance(result, Oops) for result in results] == fails
    expected = {f"{name}-{n}" for name, fail in zip(names, fails, strict=True) if not fail for n in (1, 2)}
    assert await stored(store) - before == expected


async def test_nobody_is_told_that_it_is_stored_before_it_is(store: SqlStore) -> None:
    async def add_and_look(name: str) -> None:
        await add(store, name)
        assert {f"{name}-1", f"{name}-2"} <= await stored(store)

    await asyncio.gather(*(add_and_look(str(number)) for number in range(40)))


async def test_a_full_disk_fails_all_that_were_not_committed_and_each_is_told(store: SqlStore) -> None:
    await add(store, "before")

    async def fill_up() -> None:
        async with store.transaction() as work:
            await work._unit.run(text("PRAGMA max_page_count = 1"))
            await work.inbox.add(message("big", text="x" * 500_000))

    results = await asyncio.gather(add(store, "a"), add(store, "b"), fill_up(), add(store, "c"), return_exceptions=True)
    async with store.transaction() as work:
        await work._unit.run(text("PRAGMA max_page_count = 1000000"))
    failed = {name for name, result in zip(("a", "b", "c"), (*results[:2], results[3]), strict=True) if result}
    assert isinstance(results[2], StoreUnavailable)
    assert all(result is None or isinstance(result, StoreUnavailable) for result in results)
    assert await stored(store) == {
        f"{name}-{n}" for name in {"before", "a", "b", "c"} - failed for n in (1, 2)
    }  # fmt: skip
    await add(store, "after")


async def test_whoever_is_cancelled_while_waiting_leaves_the_turn_to_others(store: SqlStore) -> None:
    for pause in range(12):
        tasks = [asyncio.create_task(add(store, f"{pause}-{number}")) for number in range(12)]
        await asyncio.sleep(pause * 0.0007)
        for task in tasks[::2]:
            task.cancel()
        async with asyncio.timeout(5):
            results = await asyncio.gather(*tasks, return_exceptions=True)
        found = await stored(store)
        for number, result in enumerate(results):
            parts = {f"{pause}-{number}-1", f"{pause}-{number}-2"} & found
            assert len(parts) == 2 if result is None else len(parts) in (0, 2)


async def test_a_transaction_without_statements_is_none(store: SqlStore) -> None:
    async def nothing(*, then: bool) -> None:
        async with store.transaction():
            if then:
                raise Oops

    async def many() -> None:
        await asyncio.gather(
            nothing(then=False), nothing(then=True), add(store, "a"), nothing(then=True), add(store, "b"),
            return_exceptions=True,
        )  # fmt: skip

    await many()
    assert await stored(store) == {"a-1", "a-2", "b-1", "b-2"}


async def test_who_waits_too_long_for_its_turn_is_told(store: SqlStore) -> None:
    store._database._turns._patience = 0.05  # type: ignore[attr-defined]
    entered, leave = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        async with store.transaction() as work:
            await work.inbox.add(message("slow"))
            entered.set()
            await leave.wait()

    hanging = asyncio.create_task(hang())
    await entered.wait()
    with pytest.raises(StoreUnavailable, match="Another transaction"):
        await add(store, "a")
    leave.set()
    await hanging
    await add(store, "b")
    assert len(await stored(store)) == 3


async def test_a_loop_that_ends_in_the_middle_leaves_no_half(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"

    async def stop_in_the_middle() -> None:
        store = SqlStore(path)
        await store.migrate()
        tasks = [asyncio.create_task(add(store, str(number))) for number in range(20)]
        await asyncio.sleep(0.004)
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)
        await store.close()

    await asyncio.to_thread(lambda: asyncio.run(stop_in_the_middle()))
    store = SqlStore(path)
    found = await stored(store)
    assert {name[:-2] for name in found if name.endswith("-1")} == {name[:-2] for name in found if name.endswith("-2")}
    await store.close()
