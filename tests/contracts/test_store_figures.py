"""What every store can tell cheaply of how much was done, and how fast."""

from __future__ import annotations

from datetime import timedelta

from bot.ports import Store
from tests.contracts.stores import LEASE, Clock, accept, message, reply, thread


async def test_the_number_of_events_grows_with_each_and_not_with_a_redelivery(store: Store) -> None:
    async with store.reading() as work:
        assert await work.inbox.accepted() == 0
    await accept(store, "a", "b")
    async with store.transaction() as work:
        assert not await work.inbox.add(message("a"))
        assert await work.inbox.accepted() == 2


async def test_it_tells_how_long_the_latest_events_waited_for_a_decision(store: Store, clock: Clock) -> None:
    for seconds in (1, 2, 3):
        await accept(store, str(seconds), to=thread(str(seconds)))
        clock.forward(timedelta(seconds=seconds))
        async with store.transaction() as work:
            [job] = await work.inbox.claim("w1", lease=LEASE, limit=1)
            await work.inbox.finish(job, worker="w1")
    await accept(store, "waits")
    async with store.reading() as work:
        assert await work.inbox.took(limit=2) == [timedelta(seconds=3), timedelta(seconds=2)]


async def test_it_tells_how_long_the_latest_posts_were_on_their_way_and_not_of_those_given_up(
    store: Store, clock: Clock
) -> None:
    for seconds in (1, 2):
        async with store.transaction() as work:
            await work.outbox.add(reply(str(seconds), to=thread(str(seconds))))
        clock.forward(timedelta(seconds=seconds))
        async with store.transaction() as work:
            [delivery] = await work.outbox.claim("s1", lease=LEASE, limit=1)
            if seconds == 1:
                await work.outbox.sent(delivery, worker="s1", post="p1")
            else:
                await work.outbox.give_up(delivery, worker="s1", reason="gone")
    async with store.reading() as work:
        assert await work.outbox.took() == [timedelta(seconds=1)]
