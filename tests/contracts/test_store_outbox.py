"""What every store promises of its outbox and of what was posted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.errors import LeaseLost
from bot.models import Button, Conversation, Delivery, Operation, Reply
from bot.ports import Store, Work
from tests.contracts.stores import ANA, LEASE, START, Clock, Place, post, reply, source, thread


async def add(store: Store, each: Reply, operation: Operation = "post") -> None:
    async with store.transaction() as work:
        await work.outbox.add(each, operation)


async def claim(store: Store, *, worker: str = "s1", limit: int = 10) -> list[Delivery]:
    async with store.transaction() as work:
        return await work.outbox.claim(worker, lease=LEASE, limit=limit)


async def sent(store: Store, delivery: Delivery, *, worker: str = "s1", post: str = "p1") -> None:
    async with store.transaction() as work:
        await work.outbox.sent(delivery, worker=worker, post=post)


async def test_a_reply_comes_out_as_it_went_in(store: Store) -> None:
    whole = reply(
        "r", to=thread("2", private=True), text="**25** days\n\n> quoted", kind="card", title="Ticket 7",
        fields=(("Question", "How many?"), ("Reason", "unsure")), votes=True, answers="m", under="card", only_for=ANA,
        ticket=7, buttons=(Button("take", "Take it", "7"), Button("edit_and_send", "Edit", "7", asks="Answer")),
    )  # fmt: skip
    whole = replace(
        whole, sources=(replace(source("p1"), updated=date(2026, 1, 2), owner="HR"), source("p2", number=2))
    )
    await add(store, whole)
    [delivery] = await claim(store)
    expected = Delivery(delivery.id, "post", whole, attempts=1, uncertain=False, placeholder="")
    assert replace(delivery, waited=timedelta(0)) == expected


async def test_it_is_known_how_long_a_reply_has_waited(store: Store, clock: Clock) -> None:
    await add(store, reply("r"))
    clock.forward(timedelta(minutes=7))
    [delivery] = await claim(store)
    assert delivery.waited == timedelta(minutes=7)


async def test_a_reply_is_posted_once(store: Store) -> None:
    await add(store, reply("r"))
    await add(store, reply("r", text="again", to=thread("2")))
    [delivery] = await claim(store)
    await add(store, reply("r"))
    await sent(store, delivery)
    await add(store, reply("r"))
    assert await claim(store) == []
    async with store.transaction() as work:
        await work.expire(before={"outbox": START + timedelta(days=1)})
        await work.outbox.add(reply("r"))
    assert await claim(store) == []


async def test_what_was_given_up_or_deleted_is_not_posted_again_either(store: Store) -> None:
    await add(store, reply("r"))
    [delivery] = await claim(store)
    async with store.transaction() as work:
        await work.outbox.give_up(delivery, worker="s1", reason="the channel is gone")
    await post(store, reply("gone"))
    await add(store, reply("gone"), "delete")
    [delivery] = await claim(store)
    await sent(store, delivery)
    await add(store, reply("r"))
    await add(store, reply("gone"))
    assert await claim(store) == []


async def test_a_conversation_gets_its_replies_in_order_and_others_do_not_wait(store: Store) -> None:
    await add(store, reply("a"))
    await add(store, reply("a", text="changed"), "update")
    await add(store, reply("x", to=thread("2")))
    await add(store, reply("a"), "delete")
    first, other = await claim(store)
    assert (first.operation, other.reply.id) == ("post", "x")
    assert await claim(store, worker="s2") == []
    await sent(store, first)
    [second] = await claim(store)
    assert (second.operation, second.reply.text) == ("update", "changed")
    await sent(store, second)
    [third] = await claim(store)
    assert third.operation == "delete"


async def test_who_comes_after_a_sender_that_died_is_not_sure(store: Store, clock: Clock) -> None:
    await add(store, reply("r"))
    [first] = await claim(store)
    async with store.transaction() as work:
        await work.outbox.keep_placeholder(first, worker="s1", post="p0")
    clock.forward(LEASE)
    [second] = await claim(store, worker="s2")
    assert (second.uncertain, second.placeholder, second.attempts) == (True, "p0", 2)
    refusals: list[Callable[[Work], Awaitable[None]]] = [
        lambda work: work.outbox.sent(first, worker="s1", post="p1"),
        lambda work: work.outbox.keep_placeholder(first, worker="s1", post="p1"),
        lambda work: work.outbox.give_up(first, worker="s1", reason="?"),
    ]
    for refused in refusals:
        with pytest.raises(LeaseLost):
            async with store.transaction() as work:
                await refused(work)
    await sent(store, second, worker="s2")
    async with store.reading() as work:
        posted = await work.posts.get("r")
        assert posted
        assert posted.post == "p1"


async def test_uncertainty_and_placeholder_outlast_retries(store: Store, clock: Clock) -> None:
    await add(store, reply("r"))
    [delivery] = await claim(store)
    async with store.transaction() as work:
        await work.outbox.keep_placeholder(delivery, worker="s1", post="p0")
        await work.outbox.retry(delivery, worker="s1", after=timedelta(seconds=5))
    assert await claim(store) == []
    clock.forward(timedelta(seconds=5))
    [delivery] = await claim(store)
    assert (delivery.uncertain, delivery.placeholder, delivery.attempts) == (False, "p0", 2)
    async with store.transaction() as work:  # the platform gave no answer
        await work.outbox.retry(replace(delivery, uncertain=True), worker="s1", after=timedelta(0))
    [delivery] = await claim(store)
    assert delivery.uncertain


async def test_what_a_sender_lets_go_of_is_looked_up_first(store: Store) -> None:
    await add(store, reply("r"))
    await claim(store)
    async with store.transaction() as work:
        await work.outbox.release("s1")
    [delivery] = await claim(store, worker="s2")
    assert (delivery.attempts, delivery.uncertain) == (1, True)


async def test_what_is_given_up_holds_up_nothing(store: Store, clock: Clock) -> None:
    for name in ("a", "b", "c"):
        await add(store, reply(name))
    for name in ("a", "b"):
        [delivery] = await claim(store)
        clock.forward(timedelta(seconds=1))
        async with store.transaction() as work:
            await work.outbox.give_up(delivery, worker="s1", reason=f"no {name}")
    async with store.reading() as work:
        assert [(each.id, reason) for each, reason in await work.outbox.failed()] == [("b", "no b"), ("a", "no a")]
        assert len(await work.outbox.failed(limit=1)) == 1
        assert await work.outbox.waiting() == 1
    [delivery] = await claim(store)
    assert delivery.reply.id == "c"


async def test_only_what_no_sender_has_begun_with_is_withdrawn(store: Store, clock: Clock) -> None:
    await add(store, reply("a"))
    async with store.transaction() as work:
        assert await work.outbox.withdraw("a")
        assert not await work.outbox.withdraw("a")
    await add(store, reply("a", text="other"))
    [delivery] = await claim(store)
    async with store.transaction() as work:
        assert not await work.outbox.withdraw("a")
        await work.outbox.retry(delivery, worker="s1", after=timedelta(0))
        assert not await work.outbox.withdraw("a")
    [delivery] = await claim(store)
    await sent(store, delivery)
    async with store.transaction() as work:
        assert not await work.outbox.withdraw("a")


async def test_a_post_is_known_by_its_reply_and_as_the_parent_of_a_thread(store: Store, clock: Clock) -> None:
    await post(store, reply("r"))
    async with store.reading() as work:
        posted = await work.posts.get("r")
        assert posted
        assert (posted.reply, posted.conversation, posted.post, posted.at) == (reply("r"), thread(), "post-r", START)
        assert await work.posts.get("other") is None
        assert await work.posts.at(thread("post-r")) == posted
        assert await work.posts.at(thread("post-r", channel="T1/C2")) is None
        assert await work.posts.at(Conversation("teams", "T1/C1", "post-r")) is None
        assert await work.posts.at(thread("")) is None


async def test_a_post_is_kept_where_it_was_really_put(store: Store) -> None:
    await add(store, reply("r", under="card", to=thread("", channel="T1/C9")))
    [delivery] = await claim(store)
    there = thread("post-card", channel="T1/C9")
    await sent(store, replace(delivery, reply=replace(delivery.reply, conversation=there)))
    async with store.reading() as work:
        assert [each.reply.id for each in await work.posts.within(there)] == ["r"]
        assert await work.posts.within(thread("", channel="T1/C9")) == []


async def test_posts_are_found_by_the_passages_they_cite_now(store: Store) -> None:
    await post(store, reply("a", passages=("p1", "p2")), reply("b", passages=("p2", "p2")), reply("c"))

    async def citing(*passages: str) -> list[str]:
        async with store.reading() as work:
            return [each.reply.id for each in await work.posts.citing(passages)]

    assert await citing("p1") == ["a"]
    assert await citing("p1", "p2", *(f"x{number}" for number in range(1200))) == ["a", "b"]
    assert await citing() == []
    await add(store, reply("a", passages=("p3",)), "update")
    [delivery] = await claim(store)
    await sent(store, delivery, post="post-a")
    assert await citing("p1") == []
    assert await citing("p3") == ["a"]
    await add(store, reply("a"), "delete")
    [delivery] = await claim(store)
    await sent(store, delivery, post="post-a")
    assert await citing("p3") == []


async def test_posts_of_a_conversation_come_oldest_first(store: Store, clock: Clock) -> None:
    for name in ("a", "b", "c"):
        await post(store, reply(name))
        clock.forward(timedelta(minutes=1))
    await post(store, reply("x", to=thread("2")))
    async with store.reading() as work:
        assert [each.reply.id for each in await work.posts.within(thread())] == ["a", "b", "c"]
        later = await work.posts.within(thread(), after=START)
        assert [each.reply.id for each in later] == ["b", "c"]


async def test_a_reader_follows_posts_changes_and_deletions(store: Store) -> None:
    last = 0

    async def fresh(limit: int = 100) -> list[tuple[str, str]]:
        nonlocal last
        async with store.reading() as work:
            found = await work.posts.latest("slack", after=last, limit=limit)
        last = found[-1][0] if found else last
        return [(posted.reply.id, posted.reply.text) for _, posted in found]

    await post(store, reply("a"), reply("b"), reply("x", to=Conversation("teams", "C", "")))
    assert await fresh(limit=1) == [("a", "25 days.")]
    assert await fresh() == [("b", "25 days.")]
    await add(store, reply("a", text="24 days."), "update")
    [delivery] = await claim(store)
    await sent(store, delivery, post="post-a")
    assert await fresh() == [("a", "24 days.")]
    await add(store, reply("b"), "delete")
    [delivery] = await claim(store)
    await sent(store, delivery, post="post-b")
    assert await fresh() == [("b", "")]
    assert await fresh() == []
    async with store.reading() as work:
        assert await work.posts.get("b") is None
        assert await work.posts.at(thread("post-b")) is None
        assert [each.reply.text for each in await work.posts.within(thread())] == ["24 days."]


async def test_a_change_of_what_is_not_there_changes_nothing(store: Store) -> None:
    for operation in ("update", "delete"):
        await add(store, reply("r"), operation)
        [delivery] = await claim(store)
        await sent(store, delivery, post="")
    async with store.reading() as work:
        assert await work.posts.get("r") is None
        assert await work.posts.latest("slack", after=0) == []


async def test_a_reader_misses_no_post_of_senders_that_commit_at_once(place: Place) -> None:
    stores = [place.open() for _ in range(4)]
    seen: list[str] = []
    senders = [
        asyncio.create_task(
            post(each, *(reply(f"{n}-{m}", to=thread(f"{n}-{m}")) for m in range(15)), worker=f"s{n}")
        )
        for n, each in enumerate(stores)
    ]  # fmt: skip
    last, done = 0, False
    while not done:
        done = all(sender.done() for sender in senders)
        async with stores[0].reading() as work:
            found = await work.posts.latest("slack", after=last)
        if found:
            last = found[-1][0]
            seen += [posted.reply.id for _, posted in found]
    for sender in senders:
        await sender
    assert sorted(seen) == sorted(f"{n}-{m}" for n in range(4) for m in range(15))
