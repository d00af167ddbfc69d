"""A reply -> posted once.

A sender that dies between the post and its record would leave the next one not knowing. So that one looks first
whether the platform has the reply; where a platform cannot be asked, a placeholder is posted and its id kept before
the answer is put into it, so that at worst a placeholder is left over, never a second answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.errors import ChannelUnavailable, LeaseLost, PostRefused, StoreUnavailable
from bot.models import Delivery, Posted, Reply
from bot.ports import Channel, Store, WakeUps
from bot.worker.loop import Loop, Timing

log = structlog.get_logger()

_LONGEST_WAIT = timedelta(minutes=5)
_HOLDS = timedelta(minutes=1)
"""So long is good what was decided: as old as what a directory knows may be."""


class Sender(Loop[Delivery]):
    """Sends what is in the outbox: one of each conversation at a time, in order."""

    what = "outbox"

    def __init__(
        self,
        *,
        store: Store,
        wake: WakeUps,
        channels: Mapping[str, Channel],
        undeliverable: Callable[..., Awaitable[None]],
        recheck: Callable[[Reply], Awaitable[Reply]],
        name: str,
        timing: Timing,
        attempts: int,
        longest: timedelta = timedelta(minutes=2),
    ) -> None:
        """`undeliverable(work, reply, reason=...)` hears of what is given up, in the same transaction.

        `recheck` gives what has waited for long as it may be posted now. `longest` is how long an attempt may take.
        """
        super().__init__(store=store, wake=wake, name=name, timing=timing)
        self._channels = channels
        self._undeliverable = undeliverable
        self._recheck = recheck
        self._attempts = attempts
        self._longest = longest

    async def claim(self, limit: int) -> list[Delivery]:
        async with self.store.transaction() as work:
            return await work.outbox.claim(self.name, lease=self.timing.lease, limit=limit)

    async def work_on(self, item: Delivery) -> None:
        try:
            async with asyncio.timeout(self._longest.total_seconds()):
                await self._deliver(item)
        except (LeaseLost, StoreUnavailable):
            raise
        except PostRefused as exc:
            await self._give_up(item, reason=str(exc))
        except ChannelUnavailable as exc:
            await self._later(item, reason=str(exc), after=exc.retry_after)
        except TimeoutError:
            await self._later(item, reason="The platform did not answer in time.", after=None)
        except Exception as exc:
            # A fault of the adapter. It is tried again as if the platform were away, and not for ever either.
            log.error("post.failed", reply=item.reply.id, error=type(exc).__name__)
            await self._later(item, reason=type(exc).__name__, after=None)
            raise

    async def _deliver(self, delivery: Delivery) -> None:
        channel = self._channels.get(delivery.reply.conversation.platform)
        if channel is None:
            raise PostRefused(f"There is no channel {delivery.reply.conversation.platform}: configure it.")
        reply = delivery.reply
        if delivery.operation == "post":
            if delivery.waited > _HOLDS:
                reply = await self._recheck(reply)
            reply = await self._addressed(reply, channel)
            post = await self._post(replace(delivery, reply=_shown(reply, channel)), channel)
        elif posted := await self._posted(reply.id):
            reply, post = replace(reply, conversation=posted.conversation), posted.post
            change = channel.update if delivery.operation == "update" else channel.delete
            await change(_shown(reply, channel), post=post)
        else:
            post = ""  # it never got there: nothing to change
        async with self.store.transaction() as work:
            await work.outbox.sent(replace(delivery, reply=reply), worker=self.name, post=post)
        self.wake.notify("outbox")
        log.info("post.sent", reply=reply.id, answers=reply.answers, operation=delivery.operation, kind=reply.kind)

    async def _posted(self, reply: str) -> Posted | None:
        async with self.store.reading() as work:
            return await work.posts.get(reply)

    async def _addressed(self, reply: Reply, channel: Channel) -> Reply:
        """The reply with the place where it really goes."""
        if reply.only_for and "only_for" in channel.lacks and not reply.conversation.private:
            if "private" in channel.lacks:
                raise PostRefused("The platform can show nothing to one person alone.")
            return replace(reply, conversation=await channel.direct(reply.only_for))
        if reply.under and "threads" not in channel.lacks and (parent := await self._posted(reply.under)):
            return replace(reply, conversation=replace(parent.conversation, thread=parent.post))
        return reply

    async def _post(self, delivery: Delivery, channel: Channel) -> str:
        reply, thread = delivery.reply, delivery.reply.conversation.thread
        if "find" not in channel.lacks:
            there = await channel.find(reply, thread=thread) if delivery.uncertain else None
            if there:
                return there
        if "find" not in channel.lacks or "update" in channel.lacks:
            self.require_lease()
            return await channel.post(reply, thread=thread)
        post = delivery.placeholder
        if not post:
            self.require_lease()
            post = await channel.placeholder(reply, thread=thread)
            async with self.store.transaction() as work:
                await work.outbox.keep_placeholder(delivery, worker=self.name, post=post)
        await channel.update(reply, post=post)
        return post

    async def _later(self, delivery: Delivery, *, reason: str, after: timedelta | None) -> None:
        if delivery.attempts >= self._attempts:
            await self._give_up(delivery, reason=reason)
            return
        wait = after or min(_LONGEST_WAIT, timedelta(seconds=0.5 * 2 ** min(delivery.attempts, 16)))
        log.warning("post.later", reply=delivery.reply.id, attempt=delivery.attempts, seconds=wait.total_seconds())
        # What did not answer may have posted it all the same.
        async with self.store.transaction() as work:
            await work.outbox.retry(replace(delivery, uncertain=True), worker=self.name, after=wait)

    async def _give_up(self, delivery: Delivery, *, reason: str) -> None:
        log.error("post.given_up", reply=delivery.reply.id, kind=delivery.reply.kind)
        async with self.store.transaction() as work:
            await work.outbox.give_up(delivery, worker=self.name, reason=reason)
            await self._undeliverable(work, delivery.reply, reason=reason)
        self.wake.notify("outbox")

    async def let_go_of(self, item: Delivery) -> None:
        async with self.store.transaction() as work:
            await work.outbox.retry(replace(item, uncertain=True), worker=self.name, after=timedelta(0))

    async def extend(self) -> None:
        async with self.store.transaction() as work:
            await work.outbox.extend(self.name, lease=self.timing.lease)

    async def release(self) -> None:
        async with self.store.transaction() as work:
            await work.outbox.release(self.name)


def _shown(reply: Reply, channel: Channel) -> Reply:
    """The reply as the platform takes it: where it can show nothing to one person alone, the place is theirs alone."""
    return replace(reply, only_for="") if "only_for" in channel.lacks else reply
