"""Messages that are delivered again and again to replicas that are killed, and what became of each.

Every message must have exactly one outcome that people see: an answer or a notice to whoever asked, or, once a person
has the conversation, a note under the card of its ticket.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from time import monotonic
from typing import Final

from adapters.sql_store import SqlStore
from bot.models import Capability, Message, made_id
from tests.e2e.http_channel.channel import direct
from tests.e2e.http_channel.fleet import Fleet
from tests.e2e.http_channel.platform import HttpPlatform, Shown
from tests.e2e.http_channel.replica import Options

SETTINGS: Final = """
[work]
lease_seconds = 5

[experts]
channel = "http:experts"

[directory]
unknown = "members"
"""
_QUESTIONS: Final = (
    "How many days of annual leave do I get a year?",
    "How many days of annual leave move on to the next year?",
    "What does a parking space in the garage cost?",
    "How many days a week may I work from home?",
    "For how many days a year can I work from abroad?",
    "How long does the warranty of the purifier last?",
    "Is there a swimming pool on the roof?",
    "Thank you",
)
_HUMAN: Final = "I want to talk to a human about parking"
_PERSONAL: Final = "And it is for a bicycle"
_LONGEST_END: Final = 90.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much happens within about `seconds`."""

    messages: int = 1000
    conversations: int = 100
    deliveries: int = 4
    kills: int = 20
    seconds: float = 60
    lacks: frozenset[Capability] = frozenset()
    delay: tuple[float, float] = (0.03, 0.3)
    seed: int = 1


@dataclass(slots=True)
class Result:
    """What became of it all: ids of messages, unless something else is said."""

    messages: int = 0
    delivered: int = 0
    refused: int = 0
    kills: int = 0
    answers: int = 0
    notices: int = 0
    relayed: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    """Conversations."""
    cards_twice: list[int] = field(default_factory=list)
    """Ticket numbers."""
    left_over: int = 0
    """Placeholders that never became anything."""
    failed: int = 0
    """Replies that were given up."""
    seconds: float = 0

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.out_of_order or self.cards_twice or self.failed)


async def perform(plan: Plan, options: Options, *, store: str) -> Result:
    """`options` say where the home is; `store` is what `SqlStore` takes."""
    campaign = Campaign(plan, options)
    begun = monotonic()
    try:
        await campaign.open()
        await campaign.run()
        failed = await campaign.settles(store)
    finally:
        await campaign.close()
    result = campaign.judge()
    result.failed = failed
    result.seconds = monotonic() - begun
    return result


class Campaign:
    def __init__(self, plan: Plan, options: Options) -> None:
        self._plan = plan
        self._random = Random(plan.seed)
        self.platform = HttpPlatform(lacks=plan.lacks, delay=plan.delay, random=self._random)
        self._options = options
        self.fleet: Fleet
        self._talks = self._written()
        self._delivered = Counter[int]()
        self._kills = 0
        self._late: list[asyncio.Task[None]] = []

    def _written(self) -> Sequence[Sequence[Message]]:
        """What is said in each conversation. In every fourth one a person is asked for near the end."""
        share, rest = divmod(self._plan.messages, self._plan.conversations)
        talks = []
        for number in range(self._plan.conversations):
            texts = [self._random.choice(_QUESTIONS) for _ in range(share + (number < rest))]
            if number % 4 == 0 and len(texts) > 2:
                texts[-2:] = [_HUMAN, _PERSONAL]
            talks.append([self._message(f"m{number}-{index}", number, text) for index, text in enumerate(texts)])
        return talks

    def _message(self, id: str, number: int, text: str) -> Message:
        author = f"http:p{number}"
        return Message(
            id=id, text=text, conversation=direct(author), author=author, at=datetime.now(UTC), keys=(f"http:{id}",)
        )

    async def open(self) -> None:
        await self.platform.open()
        options = replace(self._options, platform=self.platform.url, lacks=self._plan.lacks)
        self.fleet = Fleet(options, random=self._random)
        await self.fleet.open()

    async def close(self) -> None:
        for task in self._late:
            task.cancel()
        await self.fleet.close()
        await self.platform.close()

    async def run(self) -> None:
        await asyncio.gather(self._kill(), *(self._talk(talk) for talk in self._talks))
        await asyncio.gather(*self._late)

    async def _talk(self, talk: Sequence[Message]) -> None:
        """One after the other, since a platform sends what was written later when it was written later."""
        pause = self._plan.seconds / (len(talk) + 1)
        for message in talk:
            await asyncio.sleep(self._random.uniform(0, 2 * pause))
            await self._deliver_until_kept(message)
            for _ in range(self._plan.deliveries - 1):
                self._late.append(asyncio.create_task(self._deliver_late(message)))

    async def _deliver(self, message: Message) -> int:
        status = await self.platform.deliver(message, to=self.fleet.any_address())
        self._delivered[status] += 1
        return status

    async def _deliver_until_kept(self, message: Message) -> None:
        if await self._deliver(message) != 200:
            await asyncio.sleep(self._random.uniform(0.05, 0.3))
            await self._deliver_until_kept(message)

    async def _deliver_late(self, message: Message) -> None:
        await asyncio.sleep(self._random.uniform(0, min(3, self._plan.seconds / 2)))
        await self._deliver(message)

    async def _kill(self) -> None:
        """At random times. After three quarters of them, one is never started again."""
        last_start = self._plan.kills * 3 // 4
        for number in range(self._plan.kills):
            await asyncio.sleep(self._random.uniform(0.2, 1.8) * self._plan.seconds / (self._plan.kills + 1))
            victim = self._random.choice(self.fleet.alive)
            self.fleet.kill(victim)
            self._kills += 1
            if number != last_start:
                await asyncio.sleep(self._random.uniform(0, 0.3))
                await self.fleet.start(victim)

    async def settles(self, where: str) -> int:
        """Until nothing waits any more: from then on nothing is posted. How many replies were given up."""
        store = SqlStore(where)
        try:
            async with asyncio.timeout(_LONGEST_END):
                while True:
                    async with store.reading() as work:
                        if not (await work.inbox.waiting() or await work.outbox.waiting()):
                            return len(await work.outbox.failed())
                    await asyncio.sleep(0.1)
        finally:
            await store.close()

    def judge(self) -> Result:
        outcomes = self._outcomes()
        messages = [message for talk in self._talks for message in talk]
        result = Result(
            messages=len(messages),
            delivered=self._delivered.total(),
            refused=self._delivered.total() - self._delivered[200],
            kills=self._kills,
            left_over=sum(post.placeholder and not post.deleted for post in self.platform.memory.posts),
        )
        for message in messages:
            seen = outcomes[message.id]
            result.lost += [message.id] if not seen else []
            result.twice += [message.id] if len(seen) > 1 else []
            for shown in seen[:1]:
                result.answers += shown.reply.kind == "answer"
                result.relayed += shown.reply.kind == "relay"
                result.notices += shown.reply.kind not in ("answer", "relay")
        result.out_of_order = [talk[0].conversation.id for talk in self._talks if not _in_order(talk, outcomes)]
        cards = Counter(shown.reply.ticket for shown in self._new if shown.reply.kind == "card")
        result.cards_twice = [number for number, count in cards.items() if count > 1]
        return result

    @property
    def _new(self) -> Sequence[Shown]:
        return [shown for shown in self.platform.shown if shown.new]

    def _outcomes(self) -> dict[str, list[Shown]]:
        cards = [shown.reply.id for shown in self._new if shown.reply.kind == "card"]
        notes = {
            made_id("note", card, message.id): message.id for card in cards for talk in self._talks for message in talk
        }
        outcomes: dict[str, list[Shown]] = defaultdict(list)
        for shown in self._new:
            if message := shown.reply.answers or notes.get(shown.reply.id, ""):
                outcomes[message].append(shown)
        return outcomes


def _in_order(talk: Sequence[Message], outcomes: dict[str, list[Shown]]) -> bool:
    """Of what was answered to the asker, and of what went to experts: each is a place with an order of its own."""
    for to_experts in (False, True):
        times = [
            shown.at
            for message in talk
            for shown in outcomes[message.id][:1]
            if (shown.reply.kind == "relay") is to_experts
        ]
        if times != sorted(times):
            return False
    return True


def as_text(result: Result) -> str:
    return json.dumps({name: getattr(result, name) for name in Result.__dataclass_fields__})
