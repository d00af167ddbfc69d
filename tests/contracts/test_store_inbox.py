"""What every store promises of its inbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import LeaseLost
from bot.models import EVENTS, Conversation, Edited, Event, Job, Pressed, Voted
from bot.ports import Store
from tests.contracts.stores import ANA, LEASE, START, Clock, Place, accept, deleted, message, stopped, thread


async def claim(store: Store, *, worker: str = "w1", limit: int = 10, lease: timedelta = LEASE) -> list[Job]:
    async with store.transaction() as work:
        return await work.inbox.claim(worker, lease=lease, limit=limit)


async def finish(store: Store, job: Job, *, worker: str = "w1") -> None:
    async with store.transaction() as work:
        await work.inbox.finish(job, worker=worker)


def names(jobs: list[Job]) -> list[str]:
    return [job.event.keys[0] for job in jobs]


async def test_an_event_comes_out_as_it_went_in(store: Store) -> None:
    events: list[Event] = [
        message("m", text="Tab\t, emoji \N{PARTY POPPER}, 'quotes' \"\" and \\u0000 as text"),
        Edited(conversation=thread("2"), author=ANA, at=START, keys=("e",), message="m", text="x"),
        deleted("d", of="m", to=thread("3")),
        Pressed(conversation=thread("4"), author=ANA, at=START, keys=("p",), action="take", subject="7", text="t"),
        Voted(conversation=thread("5"), author=ANA, at=START, keys=("v",), reply="r", helpful=False, reason="no"),
        stopped("s", to=thread("6", private=True)),
    ]
    async with store.transaction() as work:
        for event in events:
            assert await work.inbox.add(event)
    jobs = await claim(store)
    assert [job.event for job in jobs] == events
    assert {type(job.event) for job in jobs} == set(EVENTS)
    assert {(job.attempts, job.received) for job in jobs} == {(1, START)}


async def test_an_event_that_shares_a_key_with_another_is_a_redelivery(store: Store, clock: Clock) -> None:
    await accept(store, "m")
    again = [replace(message("m"), keys=keys) for keys in (("m",), ("new", "also-m"), ("m", "m"))]
    for event in again:
        async with store.transaction() as work:
            assert not await work.inbox.add(event)
    [job] = await claim(store)
    await finish(store, job)
    clock.forward(timedelta(days=8))
    async with store.transaction() as work:
        assert not await work.inbox.add(message("m", to=thread("another")))
        assert await work.inbox.waiting() == 0


async def test_events_without_keys_are_all_new(store: Store) -> None:
    for _ in range(2):
        async with store.transaction() as work:
            assert await work.inbox.add(replace(message("m"), keys=()))


async def test_a_conversation_is_worked_on_one_at_a_time_in_order(store: Store) -> None:
    await accept(store, "a", "b", "c")
    await accept(store, "x", to=thread("2"))
    for expected in (["a", "x"], ["b"], ["c"], []):
        jobs = await claim(store)
        assert names(jobs) == expected
        assert await claim(store, worker="w2") == []
        for job in jobs:
            await finish(store, job)


async def test_claims_take_the_oldest_first_and_no_more_than_asked_for(store: Store) -> None:
    for name in "abcde":
        await accept(store, name, to=thread(name))
    assert names(await claim(store, limit=2)) == ["a", "b"]
    assert names(await claim(store, limit=2, worker="w2")) == ["c", "d"]
    assert names(await claim(store, limit=2)) == ["e"]


async def test_conversations_differ_by_platform_channel_and_thread(store: Store) -> None:
    places = [Conversation(*each) for each in (("a", "b", "c"), ("a", "b", ""), ("a", "c", "c"), ("b", "b", "c"))]
    for number, place in enumerate(places):
        await accept(store, str(number), to=place)
    assert len(await claim(store)) == 4


async def test_a_worker_that_dies_loses_its_job_when_the_lease_ends(store: Store, clock: Clock) -> None:
    await accept(store, "a", "b")
    [first] = await claim(store)
    clock.forward(LEASE - timedelta(seconds=1))
    assert await claim(store, worker="w2") == []
    clock.forward(timedelta(seconds=1))
    [second] = await claim(store, worker="w2")
    assert (names([second]), second.attempts) == (["a"], 2)
    with pytest.raises(LeaseLost):
        await finish(store, first)
    await finish(store, second, worker="w2")
    with pytest.raises(LeaseLost):
        await finish(store, second, worker="w2")
    assert names(await claim(store)) == ["b"]


async def test_a_worker_that_got_the_same_job_again_cannot_finish_the_earlier_attempt(
    store: Store, clock: Clock
) -> None:
    await accept(store, "a")
    [first] = await claim(store)
    clock.forward(LEASE)
    [second] = await claim(store)
    with pytest.raises(LeaseLost):
        await finish(store, first)
    await finish(store, second)


async def test_an_expired_lease_still_counts_if_nobody_else_came(store: Store, clock: Clock) -> None:
    await accept(store, "a")
    [job] = await claim(store)
    clock.forward(timedelta(hours=3))
    await finish(store, job)


async def test_a_heartbeat_keeps_all_that_the_worker_holds(store: Store, clock: Clock) -> None:
    await accept(store, "a")
    await accept(store, "b", to=thread("2"))
    await claim(store)
    for _ in range(3):
        clock.forward(LEASE - timedelta(seconds=1))
        async with store.transaction() as work:
            await work.inbox.extend("w1", lease=LEASE)
            await work.inbox.extend("w2", lease=LEASE)
    assert await claim(store, worker="w2") == []


async def test_a_retry_waits_and_holds_up_its_conversation(store: Store, clock: Clock) -> None:
    await accept(store, "a", "b")
    [job] = await claim(store)
    async with store.transaction() as work:
        await work.inbox.retry(job, worker="w1", after=timedelta(seconds=10))
    clock.forward(timedelta(seconds=9))
    assert await claim(store) == []
    clock.forward(timedelta(seconds=1))
    [again] = await claim(store)
    assert (names([again]), again.attempts) == (["a"], 2)


async def test_a_retry_of_a_lost_lease_does_nothing(store: Store, clock: Clock) -> None:
    await accept(store, "a")
    [lost] = await claim(store)
    clock.forward(LEASE)
    [job] = await claim(store, worker="w2")
    async with store.transaction() as work:
        await work.inbox.retry(lost, worker="w1", after=timedelta(0))
    await finish(store, job, worker="w2")


async def test_what_is_released_was_never_claimed(store: Store) -> None:
    await accept(store, "a")
    await claim(store)
    async with store.transaction() as work:
        await work.inbox.release("w1")
    [job] = await claim(store, worker="w2")
    assert job.attempts == 1


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(days=400)])
async def test_a_clock_that_was_set_back_blocks_nothing_for_long(store: Store, clock: Clock, back: timedelta) -> None:
    await accept(store, "held")
    await accept(store, "retried", to=thread("2"))
    held, retried = await claim(store)
    async with store.transaction() as work:
        await work.inbox.retry(retried, worker="w1", after=timedelta(hours=1))
    clock.forward(-back)
    await accept(store, "new", to=thread("3"))
    assert set(names(await claim(store, worker="w2"))) >= {"held", "new"}
    with pytest.raises(LeaseLost):
        await finish(store, held)
    clock.forward(timedelta(hours=1) + min(back, timedelta(minutes=5)))
    assert "retried" in names(await claim(store, worker="w3"))


async def test_no_retry_waits_for_more_than_an_hour(store: Store, clock: Clock) -> None:
    await accept(store, "a")
    [job] = await claim(store)
    async with store.transaction() as work:
        await work.inbox.retry(job, worker="w1", after=timedelta(days=3))
    clock.forward(timedelta(hours=1))
    assert names(await claim(store)) == ["a"]


async def test_a_stop_is_seen_while_the_job_before_it_is_worked_on(store: Store) -> None:
    await accept(store, "a")
    [job] = await claim(store)
    async with store.transaction() as work:
        assert not await work.inbox.stops(thread(), after=job)
        await work.inbox.add(message("b"))
        await work.inbox.add(deleted("d1", of="b"))
        await work.inbox.add(stopped("s1", to=thread("2")))
        assert not await work.inbox.stops(thread(), after=job)
        await work.inbox.add(deleted("d2", of="a"))
    async with store.reading() as work:
        assert await work.inbox.stops(thread(), after=job)


async def test_a_stop_before_a_job_does_not_stop_it(store: Store) -> None:
    async with store.transaction() as work:
        await work.inbox.add(stopped("s"))
        await work.inbox.add(message("a"))
    [job] = await claim(store)
    await finish(store, job)
    [job] = await claim(store)
    async with store.transaction() as work:
        assert not await work.inbox.stops(thread(), after=job)
        await work.inbox.add(stopped("s2"))
        assert await work.inbox.stops(thread(), after=job)


async def test_waiting_counts_what_is_not_finished(store: Store) -> None:
    await accept(store, "a", "b")
    await claim(store)
    async with store.reading() as work:
        assert await work.inbox.waiting() == 2


async def test_one_of_many_that_add_the_same_event_at_once_adds_it(place: Place) -> None:
    stores = [place.open() for _ in range(4)]

    async def add(store: Store, name: str) -> bool:
        async with store.transaction() as work:
            return await work.inbox.add(message(name))

    for name in ("a", "b", "c"):
        assert sorted(await asyncio.gather(*(add(store, name) for store in stores for _ in range(3))))[-2:] == [
            False, True,
        ]  # fmt: skip
    async with stores[0].reading() as work:
        assert await work.inbox.waiting() == 3


async def test_events_that_share_a_key_across_conversations_are_one(place: Place) -> None:
    stores = [place.open() for _ in range(4)]

    async def add(store: Store, number: int) -> bool:
        async with store.transaction() as work:
            return await work.inbox.add(replace(message("m"), conversation=thread(str(number)), keys=("same",)))

    assert sum(await asyncio.gather(*(add(store, number) for number, store in enumerate(stores)))) == 1
    async with stores[0].reading() as work:
        assert await work.inbox.waiting() == 1


async def test_workers_that_claim_at_once_never_get_the_same_job(place: Place) -> None:
    stores = [place.open() for _ in range(4)]
    for number in range(40):
        await accept(stores[0], f"m{number}", to=thread(str(number % 10)))
    done: list[str] = []
    busy: set[str] = set()

    async def work_off(number: int, store: Store) -> None:
        while len(done) < 40:
            for job in await claim(store, worker=f"w{number}", limit=2):
                assert job.event.conversation.id not in busy
                busy.add(job.event.conversation.id)
                await asyncio.sleep(0.001)
                busy.remove(job.event.conversation.id)
                await finish(store, job, worker=f"w{number}")
                done.append(job.event.keys[0])

    async with asyncio.timeout(30):
        await asyncio.gather(*(work_off(number, store) for number, store in enumerate(stores)))
    assert len(set(done)) == len(done) == 40
    for lane in range(10):
        mine = [name for name in done if int(name[1:]) % 10 == lane]
        assert mine == sorted(mine, key=lambda name: int(name[1:]))
