"""What every store promises of cached answers: that no process gives one that was distrusted."""

from __future__ import annotations

import asyncio

from bot.ports import Store
from tests.contracts.stores import Place


async def epoch(store: Store, *passages: str) -> int:
    async with store.reading() as work:
        return await work.epoch(passages)


async def test_a_passage_that_is_distrusted_begins_an_epoch_of_its_own(store: Store) -> None:
    before = [await epoch(store, "a"), await epoch(store, "b"), await epoch(store, "a", "b")]
    async with store.transaction() as work:
        await work.distrust({"a"})
    after = [await epoch(store, "a"), await epoch(store, "b"), await epoch(store, "a", "b")]
    assert [new != old for new, old in zip(after, before, strict=True)] == [True, False, True]


async def test_when_all_is_distrusted_everything_begins_an_epoch(store: Store) -> None:
    before = [await epoch(store), await epoch(store, "a")]
    async with store.transaction() as work:
        await work.distrust()
    assert all(new != old for new, old in zip([await epoch(store), await epoch(store, "a")], before, strict=True))


async def test_nothing_to_distrust_changes_nothing(store: Store) -> None:
    before = await epoch(store, "a")
    async with store.transaction() as work:
        await work.distrust(())
    assert await epoch(store, "a") == before


async def test_of_several_that_distrust_the_same_at_once_each_counts(place: Place) -> None:
    async def distrust(store: Store, *passages: str) -> None:
        async with store.transaction() as work:
            await work.distrust(passages)

    stores = [place.open() for _ in range(3)]
    before = await epoch(stores[0], "a", "b")
    await asyncio.gather(*(distrust(store, *order) for store in stores for order in (("a", "b"), ("b", "a"))))
    assert await epoch(stores[0], "a", "b") == before + 12
