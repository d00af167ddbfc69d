"""The platform and the wake-ups that tests are made with keep their own promises."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from adapters.memory import Crashed, MemoryChannel, MemoryWakeUps
from bot.errors import ChannelUnavailable, PostRefused
from bot.models import Capability, Conversation, Reply
from bot.ports import Channel, WakeUps

LONG = timedelta(seconds=20)
SHORT = timedelta(seconds=0.05)
LOBBY = Conversation("memory", "lobby", "1")


def reply(id: str = "r1", **other: str) -> Reply:
    return replace(Reply(id=id, kind="answer", conversation=LOBBY, text=f"text of {id}"), **other)  # type: ignore[arg-type]


async def test_posts_stand_in_order_and_are_found_by_their_reply() -> None:
    memory = MemoryChannel()
    channel: Channel = memory
    first, second = await channel.post(reply("r1"), thread="1"), await channel.post(reply("r2"), thread="1")
    assert [each.id for each in memory.shown()] == ["r1", "r2"]
    assert memory.shown(Conversation("memory", "other")) == []
    assert await channel.find(reply("r2"), thread="1") == second
    assert await channel.find(reply("r2"), thread="2") is None
    assert await channel.find(reply("r3"), thread="1") is None
    await channel.update(reply("r1", text="better"), post=first)
    assert [each.text for each in memory.shown(LOBBY)] == ["better", "text of r2"]
    await channel.delete(reply("r1"), post=first)
    await channel.delete(reply("r1"), post=first)
    await channel.delete(reply("r1"), post="never there")
    assert [each.id for each in memory.shown()] == ["r2"]
    assert [post.deleted for post in memory.posts] == [True, False]
    assert await channel.find(reply("r1"), thread="1") is None
    with pytest.raises(PostRefused):
        await channel.update(reply("r1"), post=first)


async def test_a_placeholder_becomes_the_reply() -> None:
    channel = MemoryChannel(lacks=frozenset({"find"}))
    post = await channel.placeholder(reply(), thread="")
    assert channel.shown() == []
    await channel.update(reply(), post=post)
    assert channel.shown() == [reply()]


async def test_progress_is_kept_and_a_person_has_a_private_conversation() -> None:
    channel = MemoryChannel()
    await channel.progress(LOBBY, message="m1", state="seen")
    assert channel.progressed == [(LOBBY, "m1", "seen")]
    assert await channel.direct("memory:ann") == Conversation("memory", "direct/ann", private=True)
    with pytest.raises(PostRefused):
        await channel.direct("slack:T1/U1")
    with pytest.raises(PostRefused):
        await channel.post(replace(reply(), conversation=Conversation("slack", "T1/C1")), thread="")


async def test_failures_come_in_the_order_in_which_they_were_ordered() -> None:
    channel = MemoryChannel()
    channel.fail(2, retry_after=LONG)
    channel.refuse()
    for _ in range(2):
        with pytest.raises(ChannelUnavailable) as raised:
            await channel.post(reply(), thread="")
        assert raised.value.retry_after == LONG
    with pytest.raises(PostRefused):
        await channel.post(reply(), thread="")
    assert channel.posts == []
    await channel.post(reply(), thread="")
    assert len(channel.posts) == 1


async def test_a_post_may_stand_without_the_caller_knowing() -> None:
    channel = MemoryChannel()
    channel.lose()
    channel.crash()
    with pytest.raises(ChannelUnavailable):
        await channel.post(reply("r1"), thread="")
    with pytest.raises(Crashed):
        await channel.post(reply("r2"), thread="")
    assert [each.id for each in channel.shown()] == ["r1", "r2"]
    assert await channel.find(reply("r2"), thread="") == "post-2"


async def test_a_slow_platform_takes_its_time() -> None:
    channel = MemoryChannel(delay=SHORT)
    begun = monotonic()
    await channel.post(reply(), thread="")
    assert monotonic() - begun >= SHORT.total_seconds() * 0.9


@pytest.mark.parametrize("lacking", ["find", "update", "delete", "only_for", "threads", "private"])
async def test_what_a_platform_lacks_is_refused(lacking: Capability) -> None:
    channel = MemoryChannel(lacks=frozenset({lacking}))
    calls = {
        "find": channel.find(reply(), thread=""),
        "update": channel.update(reply(), post="post-1"),
        "delete": channel.delete(reply(), post="post-1"),
        "only_for": channel.post(reply(only_for="memory:ann"), thread=""),
        "threads": channel.post(reply(), thread="1"),
        "private": channel.direct("memory:ann"),
    }
    call = calls.pop(lacking)
    for other in calls.values():
        other.close()
    with pytest.raises(PostRefused, match=lacking):
        await call
    assert channel.posts == []


async def test_progress_that_a_platform_lacks_is_nothing() -> None:
    channel = MemoryChannel(lacks=frozenset({"progress"}))
    await channel.progress(LOBBY, message="m1", state="seen")
    assert channel.progressed == []


async def woken(waking: WakeUps, at_most: timedelta) -> bool:
    """Whether somebody woke us, and not the time."""
    begun = monotonic()
    await waking.wait("inbox", at_most=at_most)
    return monotonic() - begun < at_most.total_seconds() * 0.9


async def test_a_notification_before_waiting_wakes_once() -> None:
    waking = MemoryWakeUps()
    waking.notify("inbox")
    waking.notify("inbox")
    assert await woken(waking, LONG)
    assert not await woken(waking, SHORT)


async def test_a_notification_wakes_everybody_who_waits_for_that() -> None:
    waking = MemoryWakeUps()
    waiting = [asyncio.create_task(woken(waking, LONG)) for _ in range(3)]
    other = asyncio.create_task(waking.wait("outbox", at_most=LONG))
    await asyncio.sleep(0)
    waking.notify("inbox")
    assert await asyncio.gather(*waiting) == [True] * 3
    assert not other.done()
    waking.notify("outbox")
    await other
    assert not await woken(waking, SHORT)


async def test_what_is_notified_while_others_wake_up_is_not_lost() -> None:
    waking = MemoryWakeUps()

    async def wake_and_notify() -> None:
        await waking.wait("inbox", at_most=LONG)
        waking.notify("inbox")  # before the other one, which was woken too, goes on

    waiting = [asyncio.create_task(wake_and_notify()), asyncio.create_task(woken(waking, LONG))]
    await asyncio.sleep(0)
    waking.notify("inbox")
    await asyncio.gather(*waiting)
    assert await woken(waking, LONG)
