"""What the bot knows and why it says it: search, explain, pins, gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from bot.admin.parts import Given, Parts, Result
from bot.errors import CommandError
from bot.models import (
    Answer,
    Conversation,
    Exchange,
    Found,
    Person,
    Pin,
    Source,
    found_of,
    in_meaning,
    in_words,
    sources_of,
)
from bot.router.answers import question_key
from knowledge.models import MEMBERS, PUBLIC

_SHOWN = 8
_ALIKE = 0.72
"""Cosine from which two questions without an answer are about the same thing."""
_MOST_GAPS = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions alike that got no answer. `owners` could write it."""

    question: str
    count: int
    owners: tuple[str, ...]
    closest: tuple[str, ...]


class Knowing:
    """Nothing here shows a document that whoever asks may not read."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def search(self, given: Given) -> Result:
        evidence = await self._parts.search(self._parts.question(given.text, by=given.by))
        most = max((each.bm25 for each in evidence), default=0.0)
        lines = [
            f"{number}. **{' › '.join([each.passage.document.title, *each.passage.heading_path])}** "
            f"({in_meaning(each.cosine)}, {in_words(each.bm25, most)})"
            for number, each in enumerate(evidence[:_SHOWN], start=1)
        ]
        data = [
            {
                "doc": each.passage.document.id,
                "passage_id": each.passage.id,
                "uri": each.passage.uri,
                "cosine": float(each.cosine),
                "bm25": float(each.bm25),
                "score": float(each.score),
            }
            for each in evidence
        ]
        return Result("\n".join(lines) or "Nothing found that you may read.", {"evidence": data})

    async def explain(self, given: Given) -> Result:
        """Of a reply that was given, or of what would be answered to a question now, without answering anybody."""
        async with self._parts.store.reading() as work:
            exchange = await work.exchanges.get(given.text)
        if exchange is None:
            answer = await self._parts.ask(self._parts.question(given.text, by=given.by))
            exchange = self._as_exchange(answer, given)
        exchange = await self._readable(exchange, given.by)
        async with self._parts.store.transaction() as work:
            await self._parts.audited(work, given.by, "explain", exchange.id)
        return Result(explained(exchange), _explained_data(exchange))

    def _as_exchange(self, answer: Answer, given: Given) -> Exchange:
        return Exchange(
            id="",
            conversation=Conversation("admin", given.by.id, private=True),
            message="",
            asker=given.by.id,
            question=given.text,
            standalone=answer.standalone or given.text,
            route=answer.route.name,
            outcome=answer.outcome,
            confidence=answer.confidence,
            threshold=answer.threshold,
            groups=given.by.readable,
            text=answer.text,
            at=self._parts.clock(),
            topic=answer.route.topic,
            sources=sources_of(answer),
            found=found_of(answer),
        )

    async def _readable(self, exchange: Exchange, by: Person) -> Exchange:
        """Without what `by` may not read today; the text too goes if it quotes any of that."""
        ids = [each.passage for each in exchange.found] + [each.passage for each in exchange.sources]
        passages = await self._parts.index.passages(ids)
        allowed = {passage.id for passage in passages if passage.document.audience & by.readable}
        whole = all(source.passage in allowed for source in exchange.sources)
        return replace(
            exchange,
            text=exchange.text if whole else "(quotes documents that you may not read)",
            sources=tuple(source for source in exchange.sources if source.passage in allowed),
            found=tuple(found for found in exchange.found if found.passage in allowed),
        )

    async def pin(self, given: Given) -> Result:
        """The present answer as every member gets it; what only some may read is never pinned for all."""
        question = replace(self._parts.question(given.text, by=given.by), groups=frozenset({MEMBERS, PUBLIC}))
        answer = await self._parts.ask(question)
        if not answer.quotes or answer.route.name not in ("knowledge", "admin"):
            raise CommandError("There is no answer to that which every member may read, so there is nothing to pin.")
        pin = Pin(
            key=question_key(given.text),
            question=given.text,
            text=answer.text,
            sources=sources_of(answer),
            audience=frozenset({MEMBERS}),
            by=given.by.id,
            at=self._parts.clock(),
        )
        async with self._parts.store.transaction() as work:
            await work.pins.put(pin)
            await self._parts.audited(work, given.by, "pin", pin.key[:8])
        note = "" if answer.outcome == "answered" else " It was not sure enough to be given before."
        return Result(f"Pinned, until a passage it cites changes.{note}\n\n{pin.text}", {"question": pin.question})

    async def pins(self, given: Given) -> Result:
        async with self._parts.store.reading() as work:
            pins = await work.pins.all()
        lines, data = [], []
        for pin in pins:
            holds = await self._holds(pin.sources)
            lines.append(f"- {pin.question} {'' if holds else '**no longer: a cited passage has changed**'}".rstrip())
            data.append({"question": pin.question, "holds": holds, "by": pin.by, "at": pin.at.isoformat()})
        return Result("\n".join(lines) or "Nothing is pinned.", data)

    async def _holds(self, sources: Sequence[Source]) -> bool:
        now = {each.id: each.content_hash for each in await self._parts.index.passages([s.passage for s in sources])}
        return all(now.get(source.passage) == source.content_hash for source in sources)

    async def unpin(self, given: Given) -> Result:
        async with self._parts.store.transaction() as work:
            removed = await work.pins.remove(question_key(given.text))
            await self._parts.audited(work, given.by, "unpin", question_key(given.text)[:8])
        return Result("It is no longer pinned." if removed else "That was not pinned.", {"removed": removed})

    async def gaps(self, given: Given) -> Result:
        days = given.options.get("days", "30")
        if not days.isdecimal() or not 0 < int(days) < 10_000:
            raise CommandError(f'"{days}" is no number of days: {given.usage}')
        async with self._parts.store.reading() as work:
            missed = await work.exchanges.unanswered(since=self._parts.clock() - timedelta(days=int(days)))
        missed = [each for each in missed if each.route in ("knowledge", "out_of_scope", "admin") and each.standalone]
        found = await self._clustered(missed[-_MOST_GAPS:], given.by)
        lines = [
            f"- **{gap.count}×** {gap.question}"
            + (f" (closest: {', '.join(gap.closest)})" if gap.closest else "")
            + (f" → {', '.join(gap.owners)}" if gap.owners else "")
            for gap in found[:20]
        ]
        data = [
            {"question": g.question, "count": g.count, "owners": list(g.owners), "closest": list(g.closest)}
            for g in found
        ]
        return Result("\n".join(lines) or "Every question had an answer.", data)

    async def _clustered(self, missed: Sequence[Exchange], by: Person) -> list[Gap]:
        """Greedily: each question joins the first cluster whose first question it is like."""
        if not missed:
            return []
        vectors = await self._parts.embedder().embed([each.standalone for each in missed])
        heads: list[int] = []
        members: dict[int, list[int]] = {}
        for at in range(len(missed)):
            near = next((head for head in heads if float(np.dot(vectors[head], vectors[at])) >= _ALIKE), at)
            if near == at:
                heads.append(at)
            members.setdefault(near, []).append(at)
        gaps = [await self._gap([missed[at] for at in together], by) for together in members.values()]
        return sorted(gaps, key=lambda gap: -gap.count)

    async def _gap(self, alike: Sequence[Exchange], by: Person) -> Gap:
        ids = list(dict.fromkeys(found.passage for each in alike for found in each.found[:3]))
        passages = [each for each in await self._parts.index.passages(ids) if each.document.audience & by.readable]
        titles = Counter(passage.document.title for passage in passages)
        owners = Counter(passage.document.owner for passage in passages if passage.document.owner)
        return Gap(
            question=alike[-1].standalone,
            count=len(alike),
            owners=tuple(name for name, _ in owners.most_common(2)),
            closest=tuple(f"*{title}*" for title, _ in titles.most_common(2)),
        )


def explained(exchange: Exchange) -> str:
    """Why it was answered so, in words."""
    sure = f"{exchange.confidence:.2f}, where answers start at {exchange.threshold:.2f}"
    lines = [
        f"**{'Answered' if exchange.outcome == 'answered' else 'Not answered'}**: {sure} (not yet proven on yours)",
        f"**Route**: {exchange.route}{f', topic {exchange.topic}' if exchange.topic else ''}",
        f"**Understood as**: {exchange.standalone}",
        *([f"**From**: {exchange.origin}"] if exchange.origin != "made" else []),
        "",
        *_found_lines(exchange.found),
    ]
    return "\n".join(lines)


def _found_lines(found: Sequence[Found]) -> list[str]:
    most = max((each.bm25 for each in found), default=0.0)
    return [
        f"- {'**quoted** ' if each.cited else ''}{' › '.join([each.title, *each.heading_path])}: "
        f"{in_meaning(each.cosine)}, {in_words(each.bm25, most)}"
        for each in found[:_SHOWN]
    ] or ["Nothing was found that you may read."]


def _explained_data(exchange: Exchange) -> dict[str, object]:
    return {
        "id": exchange.id,
        "question": exchange.question,
        "standalone": exchange.standalone,
        "route": exchange.route,
        "topic": exchange.topic,
        "outcome": exchange.outcome,
        "confidence": exchange.confidence,
        "threshold": exchange.threshold,
        "origin": exchange.origin,
        "answer": exchange.text,
        "passages": [
            {"doc": f.document, "passage_id": f.passage, "cosine": f.cosine, "bm25": f.bm25, "cited": f.cited}
            for f in exchange.found
        ],
    }
