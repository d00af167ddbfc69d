"""What every store promises of tickets, and of what admins and experts did."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.errors import LeaseLost, StoreUnavailable
from bot.models import AdminJob, AuditEntry, Feedback, Learned, Pin, Ticket
from bot.ports import Store, Work
from tests.contracts.stores import ANA, BEN, LEASE, START, Clock, Place, source, thread, ticket


async def add(store: Store, *tickets: Ticket) -> list[Ticket]:
    async with store.transaction() as work:
        return [await work.tickets.add(each) for each in tickets]


async def test_tickets_are_numbered_and_come_out_as_they_went_in(store: Store) -> None:
    whole = ticket(
        topic="leave", draft="25", sources=(source("p"),), exchange="r", claimant=BEN, claimant_name="Ben",
        private=thread("", channel="D1", private=True), claimed=START, answered=START, resolved=START, remind_at=START,
        reminders=2, reopened=1, draft_sent=True, link="https://example.org/7", external_status="new",
    )  # fmt: skip
    stored = await add(store, whole, ticket(card="card2"))
    assert [each.number for each in stored] == [1, 2]
    assert stored[0] == replace(whole, number=1)
    async with store.transaction() as work:
        assert await work.tickets.get(1) == stored[0]
        assert await work.tickets.get(3) is None
        await work.tickets.save(replace(stored[0], state="resolved", remind_at=None))
    async with store.reading() as work:
        assert await work.tickets.get(1) == replace(stored[0], state="resolved", remind_at=None)


async def test_a_ticket_that_was_removed_cannot_be_saved(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        async with store.transaction() as work:
            await work.tickets.save(replace(ticket(), number=7))


async def test_exactly_one_of_many_takes_a_ticket(place: Place) -> None:
    stores = [place.open() for _ in range(3)]
    await add(stores[0], ticket())

    async def take(store: Store, name: str) -> bool:
        async with store.transaction() as work:
            found = await work.tickets.get(1)
            assert found
            if found.claimant:
                return False
            await asyncio.sleep(0.01)
            await work.tickets.save(replace(found, state="claimed", claimant=name))
            return True

    takers = [take(store, f"{number}-{n}") for number, store in enumerate(stores) for n in range(3)]
    assert sum(await asyncio.gather(*takers)) == 1


async def test_a_conversation_finds_its_ticket_in_public_and_private(store: Store) -> None:
    private = thread("", channel="D1", private=True)
    await add(store, ticket(state="resolved"), ticket(private=private, card="c2"), ticket(to=thread("2"), card="c3"))
    async with store.reading() as work:
        for conversation, expected in ((thread(), 2), (private, 2), (thread("2"), 3)):
            found = await work.tickets.open_in(conversation)
            assert found
            assert found.number == expected
        assert await work.tickets.open_in(thread("3")) is None
        found = await work.tickets.of_card("c3")
        assert found
        assert found.number == 3
        assert await work.tickets.of_card("none") is None
    async with store.transaction() as work:
        second = await work.tickets.get(2)
        assert second
        await work.tickets.save(replace(second, state="resolved"))
    async with store.reading() as work:
        assert await work.tickets.open_in(thread()) is None
        latest = await work.tickets.latest_in(thread())
        assert latest
        assert latest.number == 2


async def test_tickets_are_listed_by_state_asker_and_reminder(store: Store, clock: Clock) -> None:
    later = START + timedelta(minutes=5)
    await add(
        store, ticket(remind_at=later), ticket(state="claimed", remind_at=START), ticket(state="cancelled"), ticket()
    )
    async with store.reading() as work:
        assert [each.number for each in await work.tickets.in_state("open", "claimed")] == [1, 2, 4]
        assert [each.number for each in await work.tickets.in_state("open", limit=1)] == [1]
        assert [each.number for each in await work.tickets.of(ANA)] == [4, 3, 2, 1]
        assert await work.tickets.of(BEN) == []
        assert [each.number for each in await work.tickets.due()] == [2]
        assert await work.tickets.count() == {"open": 2, "claimed": 1, "cancelled": 1}
    clock.forward(timedelta(minutes=5))
    async with store.reading() as work:
        assert [each.number for each in await work.tickets.due()] == [2, 1]
        assert [each.number for each in await work.tickets.due(limit=1)] == [2]


async def test_one_opinion_of_a_person_about_a_reply(store: Store, clock: Clock) -> None:
    first = Feedback("r", ANA, helpful=False, reason="old", at=START)
    other = Feedback("r", BEN, helpful=True, reason="", at=START + timedelta(minutes=1))
    changed = Feedback("r", ANA, helpful=True, reason="better", at=START + timedelta(minutes=2), seen=True)
    third = Feedback("x", BEN, helpful=False, reason="", at=START)
    async with store.transaction() as work:
        for each in (first, other, changed, third):
            await work.feedback.put(each)
    async with store.reading() as work:
        assert await work.feedback.of("r") == [other, changed]
        assert await work.feedback.latest() == [changed, other, third]
        assert await work.feedback.latest(unseen=True) == [other, third]
        assert await work.feedback.latest(helpful=True, limit=1) == [changed]
        assert await work.feedback.latest(helpful=False) == [third]


async def test_the_audit_comes_oldest_first_however_long_it_is(store: Store) -> None:
    made = [
        AuditEntry(START + timedelta(seconds=number), ANA, "reindex", "handbook", str(number)) for number in range(1100)
    ]
    async with store.transaction() as work:
        for entry in made:
            await work.audit.add(entry)
    async with store.reading() as work:
        assert [entry async for entry in work.audit.entries()] == made
        assert [entry async for entry in work.audit.entries(since=made[1090].at)] == made[1090:]


async def test_pins_differ_by_question_and_audience(store: Store) -> None:
    def pin(key: str, text: str, *audience: str) -> Pin:
        return Pin(key, "How many?", text, (source("p"),), frozenset(audience), ANA, START)

    async with store.transaction() as work:
        for each in (pin("a", "1", "x", "y"), pin("a", "2", "y", "x"), pin("a", "3", "x"), pin("b", "4", "x")):
            await work.pins.put(each)
    async with store.transaction() as work:
        assert {each.text for each in await work.pins.of("a")} == {"2", "3"}
        assert {each.text for each in await work.pins.all()} == {"2", "3", "4"}
        assert await work.pins.remove("a")
        assert not await work.pins.remove("a")
        assert await work.pins.all() == [pin("b", "4", "x")]


async def test_learned_documents_wait_for_review(store: Store) -> None:
    draft = Learned(0, "draft", "How many?", "25", frozenset({"members"}), 7, BEN, START)
    async with store.transaction() as work:
        first, second = await work.learned.add(draft), await work.learned.add(draft)
        assert (first.id, second) == (1, replace(draft, id=2))
        await work.learned.save(replace(first, state="approved", reviewer=ANA, check="like p"))
    async with store.reading() as work:
        assert await work.learned.in_state("draft") == [second]
        assert await work.learned.get(1) == replace(first, state="approved", reviewer=ANA, check="like p")
        assert await work.learned.get(9) is None
    async with store.transaction() as work:
        assert await work.learned.remove(2)
        assert not await work.learned.remove(2)
        assert await work.learned.in_state("draft") == []
        assert (await work.learned.add(draft)).id == 3, "a number that was spoken of is not given again"


def job(**more: Any) -> AdminJob:
    return replace(AdminJob(0, "reindex", "queued", "handbook", ANA, START), **more)


async def test_one_admin_job_runs_at_a_time_and_reports(store: Store, clock: Clock) -> None:
    async with store.transaction() as work:
        first, second = await work.jobs.add(job(reply="r")), await work.jobs.add(job())
        assert first == job(id=1, reply="r")
        assert await work.jobs.claim("w1", lease=LEASE) == replace(first, state="running")
        assert await work.jobs.claim("w2", lease=LEASE) is None
    clock.forward(LEASE - timedelta(seconds=1))
    async with store.transaction() as work:
        assert await work.jobs.advance(1, worker="w1", done=3, of=10, lease=LEASE)
    clock.forward(LEASE - timedelta(seconds=1))
    async with store.transaction() as work:
        assert await work.jobs.claim("w2", lease=LEASE) is None
        await work.jobs.finish(1, worker="w1", state="done", result="10 documents")
        assert await work.jobs.get(1) == replace(first, state="done", done=3, of=10, result="10 documents")
        assert await work.jobs.claim("w2", lease=LEASE) == replace(second, state="running")
        assert [each.id for each in await work.jobs.recent()] == [2, 1]
        assert await work.jobs.get(9) is None


async def test_an_admin_job_whose_worker_died_goes_on_before_others_begin(store: Store, clock: Clock) -> None:
    async with store.transaction() as work:
        await work.jobs.add(job())
        await work.jobs.add(job())
        await work.jobs.claim("w1", lease=LEASE)
    clock.forward(LEASE)
    async with store.transaction() as work:
        again = await work.jobs.claim("w2", lease=LEASE)
        assert again
        assert again.id == 1
        assert await work.jobs.claim("w3", lease=LEASE) is None
    losses: list[Callable[[Work], Awaitable[object]]] = [
        lambda work: work.jobs.advance(1, worker="w1", done=1, of=1, lease=LEASE),
        lambda work: work.jobs.finish(1, worker="w1", state="done", result=""),
    ]
    for lost in losses:
        with pytest.raises(LeaseLost):
            async with store.transaction() as work:
                await lost(work)


async def test_a_queued_job_is_cancelled_at_once_and_a_running_one_is_asked_to_end(store: Store) -> None:
    async with store.transaction() as work:
        await work.jobs.add(job())
        await work.jobs.add(job())
        await work.jobs.claim("w1", lease=LEASE)
        assert await work.jobs.cancel(1)
        assert await work.jobs.cancel(2)
        assert not await work.jobs.cancel(2)
        assert not await work.jobs.cancel(9)
        assert not await work.jobs.advance(1, worker="w1", done=1, of=2, lease=LEASE)
        await work.jobs.finish(1, worker="w1", state="cancelled", result="")
        assert [each.state for each in await work.jobs.recent()] == ["cancelled", "cancelled"]
        assert await work.jobs.claim("w1", lease=LEASE) is None


async def test_replicas_that_look_for_a_job_at_once_start_one(place: Place) -> None:
    stores = [place.open() for _ in range(4)]
    async with stores[0].transaction() as work:
        for _ in range(4):
            await work.jobs.add(job())

    async def claim(store: Store, name: str) -> bool:
        async with store.transaction() as work:
            return await work.jobs.claim(name, lease=LEASE) is not None

    assert sum(await asyncio.gather(*(claim(store, str(number)) for number, store in enumerate(stores)))) == 1


async def test_a_job_of_a_clock_that_was_set_back_goes_on(store: Store, clock: Clock) -> None:
    async with store.transaction() as work:
        await work.jobs.add(job())
        await work.jobs.claim("w1", lease=LEASE)
    clock.forward(-timedelta(days=1))
    async with store.transaction() as work:
        assert await work.jobs.claim("w2", lease=LEASE)
