"""What every store promises of its transactions, whatever is stored in them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.models import AuditEntry, ConversationState, Message
from bot.ports import Store, Work
from tests.contracts.stores import ANA, LEASE, START, Place, accept, message, reply, thread, ticket


async def everything(work: Work) -> None:
    await work.inbox.add(message("m"))
    await work.outbox.add(reply("r"))
    [delivery] = await work.outbox.claim("s1", lease=LEASE, limit=1)
    await work.outbox.sent(delivery, worker="s1", post="p")
    await work.turns.save(ConversationState(thread(), asker=ANA))
    await work.tickets.add(ticket())
    await work.audit.add(AuditEntry(START, ANA, "act", "on"))


async def assert_empty(store: Store) -> None:
    async with store.reading() as work:
        assert await work.inbox.waiting() == 0
        assert await work.outbox.waiting() == 0
        assert await work.posts.latest("slack", after=0) == []
        assert await work.turns.state(thread()) == ConversationState(thread())
        assert await work.tickets.count() == {}
        assert [entry async for entry in work.audit.entries()] == []


async def test_what_is_done_together_is_stored_together(store: Store) -> None:
    async with store.transaction() as work:
        await everything(work)
    async with store.reading() as work:
        assert await work.inbox.waiting() == 1
        assert len(await work.posts.latest("slack", after=0)) == 1
        assert await work.tickets.count() == {"open": 1}


async def test_whatever_is_raised_undoes_everything(store: Store) -> None:
    async def fail() -> None:
        async with store.transaction() as work:
            await everything(work)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await assert_empty(store)


async def test_who_is_cancelled_leaves_nothing_behind_and_holds_up_nobody(store: Store) -> None:
    async def stuck() -> None:
        async with store.transaction() as work:
            await everything(work)
            await asyncio.sleep(60)

    for _ in range(15):  # more than there are connections
        task = asyncio.create_task(stuck())
        await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5):
        await assert_empty(store)
        await accept(store, "m")


async def test_whoever_is_cancelled_at_any_moment_did_all_or_nothing(store: Store) -> None:
    async def both(name: str) -> None:
        async with store.transaction() as work:
            await work.inbox.add(message(name, to=thread(name)))
            await work.outbox.add(reply(name, to=thread(name)))

    tasks = []
    for number in range(120):
        tasks.append(asyncio.create_task(both(str(number))))
        await asyncio.sleep(0.0003 * (number % 7))
        tasks[number // 2].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10), store.transaction() as work:
        events = {job.event.conversation for job in await work.inbox.claim("w1", lease=LEASE, limit=200)}
        replies = {each.reply.conversation for each in await work.outbox.claim("s1", lease=LEASE, limit=200)}
    assert events == replies
    assert len(events) >= sum(not task.cancelled() for task in tasks)


async def test_readers_who_are_cancelled_hold_up_nobody(store: Store) -> None:
    async def read() -> None:
        async with store.reading() as work:
            await work.inbox.waiting()
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(read()) for _ in range(30)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5):
        await assert_empty(store)


async def test_a_reader_sees_one_state_beside_those_who_write(store: Store) -> None:
    await accept(store, "a")
    async with store.reading() as work:
        assert await work.inbox.waiting() == 1
        async with asyncio.timeout(5):
            await accept(store, "b", to=thread("2"))
        assert await work.inbox.waiting() == 1
    async with store.reading() as work:
        assert await work.inbox.waiting() == 2


async def test_nobody_sees_what_is_not_committed(place: Place) -> None:
    mine, theirs = place.open(), place.open()
    async with mine.transaction() as work:
        await work.inbox.add(message("a"))
        async with theirs.reading() as other:
            assert await other.inbox.waiting() == 0


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match=r".") as found:
        async with store.reading() as work:
            await work.inbox.add(message("a"))
    assert type(found.value).__name__ == "StoreUnavailable"
    await assert_empty(store)


async def test_many_writers_and_readers_at_once_all_get_through(place: Place) -> None:
    stores = [place.open() for _ in range(3)]

    async def write(store: Store, name: str) -> None:
        await accept(store, name, to=thread(name))

    async def read(store: Store) -> int:
        async with store.reading() as work:
            return await work.inbox.waiting()

    async with asyncio.timeout(30):
        await asyncio.gather(
            *(write(store, f"{number}-{n}") for number, store in enumerate(stores) for n in range(40)),
            *(read(store) for store in stores for _ in range(40)),
        )
    assert await read(stores[0]) == 120


async def test_a_store_that_was_closed_opens_again(store: Store) -> None:
    await accept(store, "a")
    await store.close()
    await store.close()
    async with store.reading() as work:
        assert await work.inbox.waiting() == 1


ANY_TEXT = st.text(
    st.characters() | st.sampled_from("\0\ud800\udc00\udfff\u202e\ufeff\U0001f469\u200d\\u\n'\"%:{}"), max_size=60
)


def stored(text: str) -> str:
    """Halves of a pair of surrogates that are together are that character; else they are none, and so is NUL."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


@given(text=ANY_TEXT, name=ANY_TEXT)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_any_text_comes_out_the_same_from_every_store(store: Store, text: str, name: str) -> None:
    place = replace(thread(), channel=f"T1/{name}", thread=name)
    event = replace(message("m", to=place, author=f"slack:{name}", text=text), keys=(f"key-{name}",))
    clean = stored(name)
    async with store.transaction() as work:
        new = await work.inbox.add(event)
        assert not await work.inbox.add(event)
        if new:
            await work.audit.add(AuditEntry(START, f"slack:{name}", "say", name, text))
        jobs = await work.inbox.claim("w1", lease=timedelta(0), limit=1)
        for job in jobs:
            assert isinstance(job.event, Message)
            assert (job.event.text, job.event.conversation.thread) == (stored(text), clean)
            assert not await work.inbox.stops(job.event.conversation, after=job)
            await work.inbox.finish(job, worker="w1")
        stated = await work.turns.state(place)
        await work.turns.save(replace(stated, clarifying=text))
        assert (await work.turns.state(place)).clarifying == stored(text)
        assert new == bool(jobs)
