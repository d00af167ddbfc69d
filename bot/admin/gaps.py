"""Questions that got no answer, those alike together, and who could write what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.admin.parts import Given, Parts
from bot.errors import CommandError
from bot.models import Exchange, Person, Result
from knowledge.models import Document, FloatArray

_ALIKE: Final = 0.72
"""Cosine from which two questions without an answer are about the same thing."""
_MOST: Final = 500
_SHOWN: Final = 20
_KEPT: Final = 2_000
"""Vectors of questions that are kept for the next look."""
_ROUTES: Final = ("knowledge", "out_of_scope", "admin")
"""What was looked up; whoever asked for a person, or for their own records, found no gap."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions alike that got no answer, the latest as the example. `owners` have the closest documents, and in
    `experts` are those whom the topic is handed over to."""

    question: str
    count: int
    owners: tuple[str, ...]
    experts: str
    closest: tuple[str, ...]

    def __str__(self) -> str:
        closest = f" (closest: {', '.join(f'*{title}*' for title in self.closest)})" if self.closest else ""
        # Markdown of replies names a channel so, and each platform shows it in its way.
        experts = [f"[{self.experts.rpartition(':')[2]}](room:{self.experts})"] if self.experts else []
        who = ", ".join([*self.owners, *experts])
        return f"- **{self.count}×** {self.question}{closest}{f' → {who}' if who else ''}"


class Gaps:
    """Nothing here shows a document that whoever asks may not read."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._vectors: dict[str, FloatArray] = {}

    async def gaps(self, given: Given) -> Result:
        if given.words:
            raise CommandError(f"It takes no words: `{given.usage}`")
        days = given.options.get("days", "30")
        if not (days.isdecimal() and len(days) < 5 and int(days)):
            raise CommandError(f'"{days}" is no number of days: `{given.usage}`')
        async with self._parts.store.reading() as work:
            missed = await work.exchanges.unanswered(since=self._parts.clock() - timedelta(days=int(days)))
        missed = [each for each in missed if each.route in _ROUTES and each.standalone.strip()][-_MOST:]
        found = await self._together(missed, given.by) if missed else []
        await self._parts.shown(given.by, "gaps", detail=f"{days} days")
        data = [
            {
                "question": gap.question,
                "count": gap.count,
                "owners": list(gap.owners),
                "experts": gap.experts,
                "closest": list(gap.closest),
            }
            for gap in found
        ]
        lines = [str(gap) for gap in found[:_SHOWN]]
        lines += [f"- and {len(found) - _SHOWN:,} more"] if found[_SHOWN:] else []
        return Result("\n".join(lines) or f"Every question of the last {days} days had an answer.", data)

    async def _together(self, missed: Sequence[Exchange], by: Person) -> list[Gap]:
        """Greedily: each question joins the first group whose first question it is like. Most frequent first."""
        cosines = await self._cosines([each.standalone for each in missed])
        groups: dict[int, list[Exchange]] = {}
        for at, exchange in enumerate(missed):
            alike = (head for head in groups if cosines[at][head] >= _ALIKE)
            groups.setdefault(next(alike, at), []).append(exchange)
        closest = [passage for each in missed for passage in _closest(each)]
        readable = {passage.id: passage.document for passage in await self._parts.readable(closest, by=by)}
        gaps = [self._gap(group, readable) for group in groups.values()]
        return sorted(gaps, key=lambda gap: -gap.count)

    async def _cosines(self, texts: Sequence[str]) -> list[list[float]]:
        """Of each with each. A question is embedded once, as people look at its gap again and again."""
        import numpy as np  # not for every command

        if len(self._vectors) > _KEPT:
            self._vectors.clear()
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            self._vectors.update(zip(new, await self._parts.embedder().embed(new), strict=True))
        vectors = np.stack([self._vectors[text] for text in texts])
        cosines: list[list[float]] = (vectors @ vectors.T).tolist()
        return cosines

    def _gap(self, alike: Sequence[Exchange], readable: Mapping[str, Document]) -> Gap:
        documents = [readable[passage] for each in alike for passage in _closest(each) if passage in readable]
        titles = Counter(document.title for document in documents)
        owners = Counter(document.owner for document in documents if document.owner)
        topics = Counter(each.topic for each in alike)
        return Gap(
            question=alike[-1].standalone,
            count=len(alike),
            owners=tuple(name for name, _ in owners.most_common(2)),
            experts=self._parts.experts(topics.most_common(1)[0][0]),
            closest=tuple(title for title, _ in titles.most_common(2)),
        )


def _closest(exchange: Exchange) -> list[str]:
    return [found.passage for found in exchange.found[:3]]
