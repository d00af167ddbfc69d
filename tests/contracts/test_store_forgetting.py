"""What every store promises to forget, and to keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.sql_store import forgetting
from bot.models import AuditEntry, ConversationState, Feedback, Said
from bot.ports import Store, Work
from tests.contracts.stores import ANA, BEN, LEASE, START, Clock, accept, message, post, reply, thread, ticket
from tests.contracts.test_store_conversations import exchange

DIRECT = thread("", channel="D1", private=True)


async def finish_all(store: Store) -> None:
    while True:
        async with store.transaction() as work:
            jobs = await work.inbox.claim("w1", lease=LEASE, limit=50)
            for job in jobs:
                await work.inbox.finish(job, worker="w1")
        if not jobs:
            return


async def say(work: Work, author: str, name: str, *, to: object = None) -> None:
    conversation = thread() if to is None else to
    await work.turns.add(Said(conversation, "user", author, name, "Hello", START))  # type: ignore[arg-type]


async def test_a_person_is_forgotten_with_what_was_answered_to_them(store: Store) -> None:
    async with store.transaction() as work:
        await work.inbox.add(message("m1"))
        await work.inbox.add(message("m2", author=BEN))
    await finish_all(store)
    await post(store, reply("r1", passages=("p",)), reply("r2"), reply("own", to=DIRECT), reply("secret", only_for=ANA))
    async with store.transaction() as work:
        await work.exchanges.add(exchange("r1"))
        await work.exchanges.add(exchange("r2", asker=BEN))
        await work.turns.save(ConversationState(DIRECT, asker=ANA))
        await work.turns.save(ConversationState(thread(), asker=BEN))
        await say(work, ANA, "m1")
        await say(work, BEN, "m2")
        await say(work, "", "r1")
        await say(work, "", "own", to=DIRECT)
        await work.feedback.put(Feedback("r2", ANA, helpful=False, reason="mine", at=START))
        await work.feedback.put(Feedback("r2", BEN, helpful=False, reason="theirs", at=START))
        await work.tickets.add(ticket(state="resolved"))
        await work.audit.add(AuditEntry(START, ANA, "take", "7"))
    async with store.transaction() as work:
        counts = await work.erase(ANA)
    assert counts == {
        "citations": 1, "posts": 3, "outbox": 3, "said": 3, "feedback": 1, "exchanges": 1, "tickets": 1,
        "conversations": 1, "inbox": 1, "credentials": 0,
    }  # fmt: skip
    async with store.transaction() as work:
        assert [each.id for each in await work.exchanges.of(BEN)] == ["r2"]
        assert await work.exchanges.get("r1") is None
        assert [each.reply.id for each in await work.posts.within(thread())] == ["r2"]
        assert await work.posts.within(DIRECT) == []
        assert [each.message for each in await work.turns.recent(thread())] == ["m2"]
        assert [each.reason for each in await work.feedback.of("r2")] == ["theirs"]
        assert await work.tickets.of(ANA) == []
        assert (await work.turns.state(thread())).asker == BEN
        assert [entry.actor async for entry in work.audit.entries()] == [ANA]
        assert not await work.inbox.add(message("m1"))  # a redelivery brings nothing back
        assert set((await work.erase(ANA)).values()) == {0}


async def test_what_is_under_way_for_a_person_goes_on(store: Store) -> None:
    await post(store, reply("card", kind="card", to=thread("", channel="T1/C9"), ticket=1))
    await accept(store, "m")
    async with store.transaction() as work:
        await work.tickets.add(ticket())
        await work.exchanges.add(exchange("r", ticket=1))
        await work.turns.save(ConversationState(thread(), asker=ANA, owner="ticket:1"))
        await work.outbox.add(reply("r"))
        await work.erase(ANA)
    async with store.transaction() as work:
        assert await work.tickets.open_in(thread())
        assert await work.exchanges.get("r")
        assert await work.posts.get("card")
        assert (await work.turns.state(thread())).owner == "ticket:1"
        [job] = await work.inbox.claim("w1", lease=LEASE, limit=5)
        assert job.event == message("m")
        [delivery] = await work.outbox.claim("s1", lease=LEASE, limit=5)
        assert delivery.reply == reply("r")


TABLES = ("inbox", "outbox", "turns", "exchanges", "tickets", "feedback", "audit", "posts")


def all_before(moment: datetime) -> dict[str, datetime]:
    return dict.fromkeys(TABLES, moment)


async def fill(store: Store, clock: Clock, name: str) -> None:
    """One finished thing of everything, now."""
    place = thread(name)
    await accept(store, name, to=place)
    await finish_all(store)
    await post(store, reply(name, to=place, passages=("p",)))
    now = clock()
    async with store.transaction() as work:
        await work.exchanges.add(exchange(name, at=now, conversation=place))
        await work.turns.save(ConversationState(place, asker=ANA))
        await work.turns.add(Said(place, "user", ANA, name, "Hello", now))
        await work.feedback.put(Feedback(name, ANA, helpful=True, reason="", at=now))
        await work.tickets.add(ticket(state="cancelled", to=place))
        await work.audit.add(AuditEntry(now, ANA, "act", name))


async def test_what_is_old_goes_and_what_is_not_stays(store: Store, clock: Clock) -> None:
    await fill(store, clock, "old")
    clock.forward(timedelta(days=30))
    await fill(store, clock, "new")
    async with store.transaction() as work:
        assert await work.expire(before={}) == {}
        assert await work.expire(before=all_before(START)) == dict.fromkeys(TABLES, 0)
        counts = await work.expire(before=all_before(clock.now))
        assert counts == {**dict.fromkeys(TABLES, 1), "turns": 2}
        assert await work.inbox.add(message("old", to=thread("old")))  # its keys are gone too
        assert not await work.inbox.add(message("new", to=thread("new")))
        assert await work.exchanges.get("old") is None
        assert await work.exchanges.get("new")
        assert [each.reply.id for each in await work.posts.citing(["p"])] == ["new"]
        assert [each.message for each in await work.turns.recent(thread("new"))] == ["new"]
        assert await work.tickets.count() == {"cancelled": 1}


async def test_what_is_not_finished_stays_however_old_it_is(store: Store, clock: Clock) -> None:
    await post(store, reply("card", ticket=1), reply("other"))
    await accept(store, "m")
    async with store.transaction() as work:
        await work.tickets.add(ticket())
        await work.exchanges.add(exchange("r", ticket=1))
        await work.turns.save(ConversationState(thread("9"), asker=ANA, owner="slack:T1/U2"))
        await say(work, ANA, "m")
        await work.outbox.add(reply("r"))
    clock.forward(timedelta(days=4000))
    async with store.transaction() as work:
        counts = await work.expire(before=all_before(clock.now))
        assert counts == {**dict.fromkeys(TABLES, 0), "posts": 1, "outbox": 2}
        assert await work.posts.get("card")
        assert await work.inbox.waiting() == await work.outbox.waiting() == 1
        opened = await work.tickets.get(1)
        assert opened
        await work.tickets.save(replace(opened, state="resolved"))
    clock.forward(timedelta(days=1))
    async with store.transaction() as work:
        counts = await work.expire(before=all_before(clock.now))
    assert counts == {**dict.fromkeys(TABLES, 0), "turns": 1, "exchanges": 1, "posts": 1, "tickets": 1}


async def test_numbers_of_tickets_are_never_given_twice(store: Store, clock: Clock) -> None:
    async with store.transaction() as work:
        await work.tickets.add(ticket(state="resolved"))
    clock.forward(timedelta(days=1))
    async with store.transaction() as work:
        assert await work.expire(before={"tickets": clock.now}) == {"tickets": 1}
        assert (await work.tickets.add(ticket())).number == 2


async def test_only_known_tables_can_be_emptied(store: Store) -> None:
    with pytest.raises(KeyError):
        async with store.transaction() as work:
            await work.expire(before={"secrets": START})


async def test_much_is_removed_a_part_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "MOST", 2)
    async with store.transaction() as work:
        for number in range(5):
            await work.audit.add(AuditEntry(START, ANA, "act", str(number)))
        gone = [await work.expire(before={"audit": START + timedelta(days=1)}) for _ in range(4)]
        assert [each["audit"] for each in gone] == [2, 2, 1, 0]
