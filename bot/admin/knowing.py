"""What the bot knows and why it says it: search, explain, pins."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from bot.admin.parts import HIDDEN, Given, Parts
from bot.admin.words import quoted
from bot.errors import CommandError
from bot.models import (
    Answer,
    Conversation,
    Exchange,
    Found,
    Person,
    Pin,
    Result,
    Source,
    exchange_of,
    in_meaning,
    in_words,
    sources_of,
)
from knowledge.models import MEMBERS, PUBLIC

_SHOWN: Final = 8
_REPLY: Final = re.compile(r"[0-9a-f]{24}")


class Knowing:
    """Nothing here shows a document that whoever asks may not read."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def search(self, given: Given) -> Result:
        evidence = await self._parts.search(self._parts.question(given.text, by=given.by))
        await self._parts.shown(given.by, "search")
        most = max((each.bm25 for each in evidence), default=0.0)
        lines = [
            f"{number}. **{_titled(each.passage.document.title, each.passage.heading_path)}**: "
            f"{in_meaning(each.cosine)}, {in_words(each.bm25, most)}"
            for number, each in enumerate(evidence[:_SHOWN], start=1)
        ]
        data = [
            {
                "doc": each.passage.document.id,
                "passage_id": each.passage.id,
                "uri": each.passage.uri,
                "title": each.passage.document.title,
                "heading": list(each.passage.heading_path),
                "text": each.passage.text,
                "cosine": float(each.cosine),
                "bm25": float(each.bm25),
                "score": float(each.score),
                "close": [in_meaning(each.cosine), in_words(each.bm25, most)],
            }
            for each in evidence
        ]
        return Result("\n".join(lines) or "Nothing found that you may read.", {"evidence": data})

    async def explain(self, given: Given) -> Result:
        """Of a reply that was given, or of what would be answered to a question now, without answering anybody."""
        note = ""
        async with self._parts.store.reading() as work:
            exchange = await work.exchanges.get(given.text)
        if exchange is None:
            if _REPLY.fullmatch(given.text):
                raise CommandError(f"No answer is kept under {given.text}: it is too old, or was forgotten.")
            answer = await self._parts.ask(self._parts.question(given.text, by=given.by))
            exchange = self._as_exchange(answer, given)
            note = await self._pinned(given)
        exchange = await self._readable(exchange, given.by)
        await self._parts.shown(given.by, "explain", exchange.id)
        return Result(explained(exchange) + note, {**_explained_data(exchange), "pinned": bool(note)})

    async def _pinned(self, given: Given) -> str:
        async with self._parts.store.reading() as work:
            pins = await work.pins.of(_key(given.text))
        holding = [pin for pin in pins if await self._holds(pin.sources)]
        return "\n\nMembers are not given this: **an answer is pinned** for it, see `pins`." if holding else ""

    def _as_exchange(self, answer: Answer, given: Given) -> Exchange:
        return exchange_of(
            answer,
            id="",
            conversation=Conversation("admin", given.by.id, private=True),
            message="",
            asker=given.by.id,
            question=given.text,
            standalone=answer.standalone or given.text,
            groups=given.by.readable,
            at=self._parts.clock(),
        )

    async def _readable(self, exchange: Exchange, by: Person) -> Exchange:
        """Without what `by` may not read today; the text too goes if it quotes any of that."""
        passages = [each.passage for each in exchange.sources] + [each.passage for each in exchange.found]
        allowed = {passage.id for passage in await self._parts.readable(passages, by=by)}
        return exchange.readable(allowed, instead=HIDDEN)

    async def pin(self, given: Given) -> Result:
        """The present answer as every member gets it; what only some may read is never pinned for all."""
        question = replace(self._parts.question(given.text, by=given.by), groups=frozenset({MEMBERS, PUBLIC}))
        answer = await self._parts.ask(question)
        if not answer.quotes or answer.route.name not in ("knowledge", "admin"):
            raise CommandError("There is no answer to that which every member may read, so there is nothing to pin.")
        if answer.outcome != "answered" and not given.confirmed:
            return Result("", confirm=f"It is not sure enough of this to say it by itself. Pin it?\n\n{answer.text}")
        pin = Pin(
            key=_key(given.text),
            question=given.text,
            text=answer.text,
            sources=sources_of(answer),
            audience=frozenset({MEMBERS}),
            by=given.by.id,
            at=self._parts.clock(),
        )
        async with self._parts.store.transaction() as work:
            await work.pins.put(pin)
            await self._parts.audited(work, given.by, "pin", _mark(pin.key))
        return Result(f"Pinned, until a passage it cites changes.\n\n{pin.text}", await self._pin_data(pin))

    async def pins(self, given: Given) -> Result:
        async with self._parts.store.reading() as work:
            pins = await work.pins.all()
        data = [await self._pin_data(pin) for pin in pins]
        await self._parts.shown(given.by, "pins")
        lines = [
            f"- {pin.question}{'' if each['holds'] else ' **(no longer given: what it cites has changed)**'}"
            for pin, each in zip(pins, data, strict=True)
        ]
        return Result("\n".join(lines) or "Nothing is pinned.", data)

    async def _pin_data(self, pin: Pin) -> dict[str, object]:
        return {
            "question": pin.question,
            "answer": pin.text,
            "holds": await self._holds(pin.sources),
            "documents": sorted({source.document for source in pin.sources}),
            "by": pin.by,
            "at": pin.at.isoformat(),
        }

    async def _holds(self, sources: Sequence[Source]) -> bool:
        now = {each.id: each.content_hash for each in await self._parts.index.passages([s.passage for s in sources])}
        return all(now.get(source.passage) == source.content_hash for source in sources)

    async def unpin(self, given: Given) -> Result:
        key = _key(given.text)
        async with self._parts.store.transaction() as work:
            removed = await work.pins.remove(key)
            if removed:
                await self._parts.audited(work, given.by, "unpin", _mark(key))
        text = "It is no longer pinned." if removed else "That was not pinned: `pins` lists what is."
        return Result(text, {"removed": removed}, ok=removed)


def _key(question: str) -> str:
    """As pins are kept under."""
    from bot.router.answers import question_key  # brings the whole router along, which most commands do without

    return question_key(question)


def _mark(key: str) -> str:
    """Which question an entry of the audit is about, without its words."""
    return f"question {hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:12]}"


def _titled(title: str, path: Sequence[str]) -> str:
    return " › ".join([title, *path])


def explained(exchange: Exchange) -> str:
    """Why it was answered so, in words."""
    verdict = "Answered" if exchange.outcome == "answered" else "Not answered"
    sure = (
        f"{exchange.confidence:.2f}, where answers start at {exchange.threshold:.2f} (not yet proven on your questions)"
    )
    remembered = "; remembered from an earlier question" if exchange.origin == "cached" else ""
    why = "an admin pinned this answer" if exchange.origin == "pinned" else f"{sure}{remembered}"
    about = [
        f"- **{verdict}**: {why}",
        f"- **Route**: {exchange.route}{f', topic {exchange.topic}' if exchange.topic else ''}",
        *([f"- **Understood as**: {exchange.standalone}"] if exchange.standalone != exchange.question else []),
        *([f"- **Ticket**: #{exchange.ticket}"] if exchange.ticket else []),
    ]
    found = _found_lines(exchange)
    parts = [quoted(exchange.question), exchange.text.strip(), "\n".join(about), "\n".join(found)]
    return "\n\n".join(part for part in parts if part)


def _found_lines(exchange: Exchange) -> list[str]:
    most = max((each.bm25 for each in exchange.found), default=0.0)
    if exchange.found:
        marks = {source.passage: f" **[{source.number}]**" for source in exchange.sources}
        lines = [f"- {_found_line(each, most)}{marks.get(each.passage, '')}" for each in exchange.found[:_SHOWN]]
        return ["What was found, best first:", *lines]
    if exchange.sources:
        return [
            "It quotes:",
            *(f"{each.number}. {_titled(each.title, each.heading_path)}" for each in exchange.sources),
        ]
    return ["Nothing was found that you may read."] if exchange.route in ("knowledge", "out_of_scope") else []


def _found_line(found: Found, most: float) -> str:
    where = _titled(found.title, found.heading_path)
    return f"{where}: {in_meaning(found.cosine)}, {in_words(found.bm25, most)}"


def _explained_data(exchange: Exchange) -> dict[str, object]:
    most = max((each.bm25 for each in exchange.found), default=0.0)
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
        "ticket": exchange.ticket,
        "sources": [
            {"number": s.number, "doc": s.document, "passage_id": s.passage, "title": s.title, "uri": s.uri}
            for s in exchange.sources
        ],
        "passages": [
            {
                "doc": f.document,
                "passage_id": f.passage,
                "title": f.title,
                "heading": list(f.heading_path),
                "cosine": f.cosine,
                "bm25": f.bm25,
                "close": [in_meaning(f.cosine), in_words(f.bm25, most)],
                "cited": f.cited,
            }
            for f in exchange.found
        ],
    }
