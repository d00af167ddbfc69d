"""What every store promises of conversations, and of what was decided in them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.models import ConversationState, Exchange, Found, Said
from bot.ports import Store
from tests.contracts.stores import ANA, BEN, START, Place, source, thread


def said(name: str, *, text: str = "Hello", **more: object) -> Said:
    return replace(Said(thread(), "user", ANA, name, text, START), **more)  # type: ignore[arg-type]


def exchange(name: str, **more: object) -> Exchange:
    made = Exchange(
        id=name, conversation=thread(), message=f"m-{name}", asker=ANA, question="How many?", standalone="",
        route="knowledge", outcome="answered", confidence=0.75, threshold=0.5, groups=frozenset({"members", "hr"}),
        text="25", at=START,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


async def test_a_conversation_is_remembered(store: Store) -> None:
    state = ConversationState(thread(), asker=ANA, owner="ticket:1", clarifying="Which?", clarified=True, answered=True)
    async with store.transaction() as work:
        assert await work.turns.state(thread()) == ConversationState(thread())
        await work.turns.save(state)
        assert await work.turns.state(thread()) == state
        await work.turns.save(replace(state, owner=""))
    async with store.reading() as work:
        assert await work.turns.state(thread()) == replace(state, owner="")
        assert await work.turns.state(thread("2")) == ConversationState(thread("2"))


async def test_of_two_that_change_a_conversation_at_once_the_second_sees_what_the_first_did(place: Place) -> None:
    async def count(store: Store) -> None:
        async with store.transaction() as work:
            state = await work.turns.state(thread())
            await asyncio.sleep(0.01)
            await work.turns.save(replace(state, clarifying=state.clarifying + "x"))

    stores = [place.open() for _ in range(3)]
    await asyncio.gather(*(count(store) for store in stores for _ in range(2)))
    async with stores[0].reading() as work:
        assert (await work.turns.state(thread())).clarifying == "x" * 6


async def test_the_latest_turns_come_oldest_first(store: Store) -> None:
    async with store.transaction() as work:
        for number in range(12):
            await work.turns.add(said(str(number), at=START - timedelta(minutes=number)))
        await work.turns.add(said("other", conversation=thread("2")))
    async with store.reading() as work:
        assert [each.message for each in await work.turns.recent(thread())] == [str(n) for n in range(4, 12)]
        assert await work.turns.recent(thread(), limit=1) == [said("11", at=START - timedelta(minutes=11))]
        assert await work.turns.recent(thread("3")) == []


async def test_a_turn_is_edited_and_deleted_in_its_conversation_only(store: Store) -> None:
    async with store.transaction() as work:
        await work.turns.add(said("m"))
        await work.turns.add(said("m", conversation=thread("2")))
        assert await work.turns.edit(thread(), "m", text="Bye")
        assert not await work.turns.edit(thread(), "none", text="Bye")
        assert await work.turns.recent(thread()) == [said("m", text="Bye")]
        assert await work.turns.delete(thread(), "m")
        assert not await work.turns.delete(thread(), "m")
        assert await work.turns.recent(thread()) == []
        assert [each.text for each in await work.turns.recent(thread("2"))] == ["Hello"]


async def test_an_exchange_comes_out_as_it_went_in(store: Store) -> None:
    whole = exchange(
        "r", topic="leave", sources=(source("p"),), ticket=3, origin="cached", outcome="unsure", standalone="How?",
        found=(Found("p", "d", "Leave", ("A", "B"), "u", 0.25, 3.5, cited=True),),
    )  # fmt: skip
    async with store.transaction() as work:
        await work.exchanges.add(exchange("r"))
        await work.exchanges.add(whole)
    async with store.reading() as work:
        assert await work.exchanges.get("r") == whole
        assert await work.exchanges.get("none") is None


async def test_exchanges_are_found_by_message_conversation_and_asker(store: Store) -> None:
    async with store.transaction() as work:
        await work.exchanges.add(exchange("a"))
        await work.exchanges.add(exchange("b", message="m-a", asker=BEN))
        await work.exchanges.add(exchange("c", conversation=thread("2")))
    async with store.reading() as work:
        assert (await work.exchanges.about(thread(), "m-a")) == exchange("b", message="m-a", asker=BEN)
        assert await work.exchanges.about(thread("2"), "m-a") is None
        assert (await work.exchanges.last(thread("2"))) == exchange("c", conversation=thread("2"))
        assert await work.exchanges.last(thread("3")) is None
        assert [each.id for each in await work.exchanges.of(ANA)] == ["c", "a"]
        assert [each.id for each in await work.exchanges.of(ANA, limit=1)] == ["c"]


async def test_what_was_not_answered_is_listed_and_all_is_counted(store: Store) -> None:
    async with store.transaction() as work:
        await work.exchanges.add(exchange("old", outcome="unsure", at=START - timedelta(days=1)))
        await work.exchanges.add(exchange("a"))
        await work.exchanges.add(exchange("b", outcome="unsure", at=START + timedelta(days=1)))
        await work.exchanges.add(exchange("c", outcome="unsure", route="clarify"))
    async with store.reading() as work:
        assert [each.id for each in await work.exchanges.unanswered(since=START)] == ["b", "c"]
        assert await work.exchanges.count(since=START) == {
            "answered": 1, "unsure": 2, "route:knowledge": 2, "route:clarify": 1,
        }  # fmt: skip
