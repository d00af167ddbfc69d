"""Questions whose right answer is known, because an admin or an expert said so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.models import Answer, Exchange, Pin, Source
from bot.ports import Directory, Work
from knowledge.terms import words

MOST: Final = 200
"""Confirmed answers that count, latest first: each is answered twice, which takes some 50 ms together."""
_MOST_TICKETS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Golden:
    """A question, those for whom it counts, and the documents of which an answer must cite one.

    `origin` is `pin KEY` or `exchange ID`. `sources` are those of the right answer.
    """

    origin: str
    question: str
    sources: tuple[Source, ...]
    groups: frozenset[str]

    def is_right(self, answer: Answer) -> bool:
        cited = {citation.passage.document.id for citation in answer.citations}
        return answer.outcome == "answered" and not cited.isdisjoint(source.document for source in self.sources)


async def golden_questions(work: Work, *, directory: Directory) -> list[Golden]:
    """All pins, and the answers that an expert found helpful or sent to the asker as the bot had drafted them."""
    pins = [_of_pin(pin) for pin in await work.pins.all() if pin.sources]
    exchanges = [await work.exchanges.get(id) for id in await _confirmed(work, directory)]
    confirmed = [_of_exchange(exchange) for exchange in exchanges if exchange and exchange.sources]
    return list(_distinct([*pins, *confirmed]))


async def _confirmed(work: Work, directory: Directory) -> list[str]:
    """The ids of confirmed exchanges, latest first; those that another expert found wrong are none."""
    experts: dict[str, bool] = {}

    async def is_expert(person: str) -> bool:
        if person not in experts:
            experts[person] = (await directory.person(person)).may("expert")
        return experts[person]

    voted = [each for each in await work.feedback.latest(helpful=True, limit=4 * MOST) if await is_expert(each.person)]
    tickets = await work.tickets.in_state("answered", "resolved", limit=_MOST_TICKETS)
    sent = [ticket.exchange for ticket in reversed(tickets) if ticket.draft_sent and ticket.exchange]
    confirmed: list[str] = []
    for id in dict.fromkeys([*(each.reply for each in voted), *sent]):
        doubts = [each for each in await work.feedback.of(id) if not each.helpful and await is_expert(each.person)]
        if not doubts:
            confirmed.append(id)
        if len(confirmed) == MOST:
            break
    return confirmed


def _of_pin(pin: Pin) -> Golden:
    return Golden(f"pin {pin.key}", pin.question, pin.sources, pin.audience)


def _of_exchange(exchange: Exchange) -> Golden:
    question = exchange.standalone or exchange.question
    return Golden(f"exchange {exchange.id}", question, exchange.sources, exchange.groups)


def _distinct(golden: Iterable[Golden]) -> Iterable[Golden]:
    """One of each question, people and documents: a question that is often asked is often confirmed."""
    seen = set()
    for each in golden:
        key = (tuple(words(each.question)), each.groups, frozenset(source.document for source in each.sources))
        if key not in seen:
            seen.add(key)
            yield each
