"""Answers that were given before: pinned by a person, or still in the cache.

Looked up before the router runs, since most questions of an organisation were asked before. Nothing is reused unless
every passage that it cites is there today with the same words, and readable by whoever asks now.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from bot.models import Answer, Citation, Origin, Pin, Question, Quote, Route, Said, Turn
from bot.ports import AnswerCache, Cached, Store
from bot.router.followups import standalone
from knowledge.errors import KnowledgeError
from knowledge.models import Passage
from knowledge.ports import Catalogue, PassageIndex
from knowledge.rights import readable

Ask = Callable[[Question], Awaitable[Answer]]

_NOT_WORDS = re.compile(r"[^\w%€$£+#.-]+")
_CLOSE = 10
"""A cached answer of another generation is good as long as what it cites is among so many best passages."""


@dataclass(frozen=True, slots=True)
class Made:
    """An answer and where it comes from."""

    answer: Answer
    origin: Origin = "made"


class Answers:
    """The router behind a memory. `recipe` names everything else that answers depend on: model, threshold, prompts."""

    def __init__(
        self,
        *,
        ask: Ask,
        cache: AnswerCache,
        index: PassageIndex,
        catalogue: Catalogue,
        store: Store,
        recipe: str,
    ) -> None:
        self._ask = ask
        self._cache = cache
        self._index = index
        self._catalogue = catalogue
        self._store = store
        self._recipe = recipe
        self._flying: dict[str, asyncio.Future[Answer]] = {}

    async def ask(self, question: Question) -> Made:
        """Raises what the router raises."""
        alone = standalone(question.text, question.history)
        if pinned := await self._pinned(question, alone):
            return Made(pinned, "pinned")
        key = self._key(question, alone)
        generation = (await self._catalogue.totals()).generation
        if cached := await self._cached(key, question, generation):
            return Made(cached, "cached")
        if key in self._flying:
            # The same question is being answered: one answer serves both. If it fails, this one tries for itself.
            with suppress(Exception):
                return Made(await asyncio.shield(self._flying[key]), "cached")
        return Made(await self._fly(key, question, generation))

    async def remembered(self, said: Sequence[Said], *, groups: frozenset[str]) -> tuple[Turn, ...]:
        """What was said as a question may point back at it: the last answer only if all it quotes may still be read.

        Of what the bot said, nothing before that is looked at. Raises IndexUnavailable and StoreUnavailable.
        """
        turns = tuple(Turn(each.role, each.text) for each in said)
        if not said or said[-1].role != "assistant":
            return turns
        async with self._store.reading() as work:
            exchange = await work.exchanges.get(said[-1].message)
            ticket = None if exchange else await work.tickets.latest_in(said[-1].conversation)
        sources = exchange.sources if exchange else ticket.sources if ticket and ticket.draft_sent else ()
        cited = {source.passage for source in sources}
        allowed = {passage.id for passage in await readable(self._index, cited, groups=groups)}
        return turns if cited <= allowed else turns[:-1]

    async def _fly(self, key: str, question: Question, generation: int) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._flying.setdefault(key, future)
        try:
            answer = await self._ask(question)
            future.set_result(answer)
        except BaseException as exc:
            # Not what ended this one: whoever waits for it is not cancelled by that, and tries for themselves.
            future.set_exception(exc if isinstance(exc, Exception) else RuntimeError("It was given up."))
            raise
        finally:
            if self._flying.get(key) is future:
                del self._flying[key]
        if answer.outcome == "answered":
            epoch = await self._epoch(citation.passage.id for citation in answer.citations)
            await self._cache.put(key, Cached(answer, generation, epoch))
        return answer

    async def _cached(self, key: str, question: Question, generation: int) -> Answer | None:
        found = await self._cache.get(key)
        if found is None:
            return None
        answer = found.answer
        cited = {citation.passage.id: citation.passage.content_hash for citation in answer.citations}
        passages = await self._current(cited, question)
        if passages is None or found.epoch != await self._epoch(cited):
            return None
        # Of the same words, but who may read them may have changed: what is shown on says that as it is today.
        citations = [replace(citation, passage=passages[citation.passage.id]) for citation in answer.citations]
        if citations != list(answer.citations):
            answer = replace(answer, citations=citations)
        if found.generation != generation:
            fresh = await self._ask(question)
            best = {entry.passage.id for entry in fresh.evidence[:_CLOSE]}
            if not cited.keys() <= best or fresh.outcome != "answered":
                return None
            await self._cache.put(key, replace(found, answer=answer, generation=generation))
        return answer

    async def _epoch(self, passages: Iterable[str]) -> int:
        async with self._store.reading() as work:
            return await work.epoch(frozenset(passages))

    async def _pinned(self, question: Question, alone: str) -> Answer | None:
        async with self._store.reading() as work:
            pins = await work.pins.of(question_key(alone))
        for pin in pins:
            if not pin.audience <= question.groups:
                continue
            cited = {source.passage: source.content_hash for source in pin.sources}
            with suppress(KnowledgeError):
                passages = await self._current(cited, question)
                if passages is not None:
                    return _of_pin(pin, passages)
        return None

    async def _current(self, cited: dict[str, str], question: Question) -> dict[str, Passage] | None:
        """The cited passages as they are today; None if one has changed or may not be read by whoever asks."""
        passages = {passage.id: passage for passage in await self._index.passages(list(cited))}
        good = all(
            id in passages and passages[id].content_hash == content_hash and question.admits(passages[id].document)
            for id, content_hash in cited.items()
        )
        return passages if good else None

    def _key(self, question: Question, alone: str) -> str:
        parts = (
            self._recipe,
            ",".join(sorted(question.groups)),
            "*" if question.collections is None else ",".join(sorted(question.collections)),
            question.today.isoformat(),
            question_key(alone),
        )
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()


def question_key(text: str) -> str:
    """A question as pins and the cache compare it: without case, punctuation and extra blanks."""
    return " ".join(word.strip(".-") for word in _NOT_WORDS.split(text.casefold()) if word.strip(".-"))


def _of_pin(pin: Pin, passages: dict[str, Passage]) -> Answer:
    citations = [Citation(source.number, passages[source.passage], source.heading_path) for source in pin.sources]
    return Answer(
        outcome="answered",
        quotes=_quotes(pin.text),
        citations=citations,
        evidence=(),
        confidence=1.0,
        threshold=0.0,
        reply=pin.text,
        route=Route("knowledge"),
        standalone=pin.question,
    )


_MARKED = re.compile(r"(?s)(.*?)\s*\[(\d+)\]\s*(?:\n\n|$)")


def _quotes(text: str) -> Sequence[Quote]:
    """A pinned text as quotes again: paragraphs that end in their mark, with at most one highlight each."""
    quotes = []
    for found in _MARKED.finditer(text):
        plain, number = found[1], int(found[2])
        start = plain.find("**")
        end = plain.find("**", start + 2) if start >= 0 else -1
        if end > start:
            plain = plain[:start] + plain[start + 2 : end] + plain[end + 2 :]
            quotes.append(Quote(plain, number, (start, end - 2)))
        else:
            quotes.append(Quote(plain, number))
    return quotes
