"""Answers by quoting: the sentences, list items and table rows that best support an answer.

Words and guessed vectors choose a handful of candidates from the best passages, their true vectors decide among them.
What is close to the best joins it; what comes from another document has to be closer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from bot.answerer.highlight import answering_words, asks_number, has_number
from bot.models import Citation, Draft, Quote
from knowledge.models import Evidence, FloatArray, Passage, Retrieval
from knowledge.ports import Embedder
from knowledge.sentences import NUMBERED, Unit, units
from knowledge.terms import terms

_PASSAGES = 5
_LIKELY = 16
_CANDIDATES = 4
_HOPELESS = 0.25
"""How far below the most promising candidate another is not worth a run of the model."""
_MOST_CHARACTERS = 100
"""How much of a candidate is embedded: what a sentence is about shows in its beginning."""
_MOST_QUOTES = 3
_PASSAGE = 1.6
_OVERLAP = 0.4
_CELLS = 0.4
_NUMBER = 0.1
"""Weights beside the quote's cosine: the passage's score, shared words, those in the cells of a row, and a number where
one is asked for."""
_PHRASE = 0.03
"""Weight of how clearly its words look like an answer."""
_CLEAR = 0.75
"""How clear they must be to be highlighted."""
_CLOSE = 0.22
"""How far below the best a quote may score and still join it."""
_OTHER_DOCUMENT = 0.1
"""What a quote from another document must make up for."""
_WORDS = 60
_LIST_WORDS = 120
_REMEMBERED = 4096
_STEPS_ASKED = re.compile(r"\bhow (do|can|to|should|would|could|does one)\b|\bsteps?\b|\bprocedure\b|\bprocess\b", re.I)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A part of a passage that may answer; `at` is its place among all `parts` of the passage."""

    evidence: Evidence
    parts: Sequence[Unit]
    at: int
    section: tuple[str, ...]
    """The headings above it."""
    text: str
    """What its vector is made of: a row or an item says little without the heading above it."""
    inside: float
    """Share of the question's words, by weight, in this part; of a row, in its cells."""
    overlap: float
    """The same, with the headings and the title above it."""
    support: float
    """What words, passage and kind say for it."""

    @property
    def unit(self) -> Unit:
        return self.parts[self.at]


class Answerer:
    """Extractive answers: no model, every word from a passage."""

    def __init__(self, *, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, FloatArray] = {}

    async def answer(self, question: str, retrieval: Retrieval) -> Draft:
        """The best quotes with their sources; an empty draft if nothing was found."""
        candidates = self._preselect(_candidates(question, retrieval), retrieval)
        if not candidates:
            return Draft(quotes=(), citations=(), similarity=0.0, overlap=0.0)
        embedding = asyncio.create_task(self._embed([c.text[:_MOST_CHARACTERS] for c in candidates]))
        await asyncio.sleep(0)  # it starts, and its threads work while this one looks for phrases
        phrases = [answering_words(question, candidate.unit) for candidate in candidates]
        cosines = await embedding @ retrieval.vector
        scores = cosines + [c.support + _PHRASE * score for c, (score, _, _) in zip(candidates, phrases, strict=True)]
        order = [int(i) for i in np.argsort(-scores, kind="stable")]
        chosen = _choose([(float(scores[i]), candidates[i]) for i in order])
        score, start, end = phrases[order[0]]
        quotes, citations = _quotes(question, chosen, highlight=(start, end) if score >= _CLEAR else None)
        return Draft(quotes, citations, similarity=float(cosines[order[0]]), overlap=chosen[0].overlap)

    def _preselect(self, candidates: Sequence[_Candidate], retrieval: Retrieval) -> list[_Candidate]:
        """The few that deserve a run of the model, which takes longer than all the rest."""
        likely = sorted(candidates, key=lambda candidate: -candidate.support)[:_LIKELY]
        guesses = self._embedder.rough_cosines([candidate.unit.text for candidate in likely], retrieval.vector)
        scores = 0.75 * guesses + np.array([candidate.support for candidate in likely])
        best = np.argsort(-scores, kind="stable")[:_CANDIDATES]
        return [likely[i] for i in best if scores[i] >= scores[best[0]] - _HOPELESS]

    async def _embed(self, texts: Sequence[str]) -> FloatArray:
        # Kept apart from the memory, from which other questions may drop them meanwhile.
        known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        made = dict(zip(missing, await self._embedder.embed(missing), strict=True))
        self._vectors |= made
        while len(self._vectors) > _REMEMBERED:
            del self._vectors[next(iter(self._vectors))]
        known |= made
        return np.stack([known[text] for text in texts])


def _candidates(question: str, retrieval: Retrieval) -> list[_Candidate]:
    """All parts of the best passages."""
    found: list[_Candidate] = []
    total = sum(retrieval.weights.values()) or 1.0
    number_asked = asks_number(question)

    def share(held: set[str]) -> float:
        return sum(retrieval.weights[term] for term in retrieval.weights.keys() & held) / total

    for evidence in _not_of_a_namesake(question, retrieval.evidence[: 3 * _PASSAGES])[:_PASSAGES]:
        passage = evidence.passage
        parts = units(passage.text)
        for section, places in groupby(range(len(parts)), key=_sections(passage, parts).__getitem__):
            above = [passage.document.title, *section]
            above_terms = set(terms("\n".join(above)))
            for at in places:
                unit = parts[at]
                # Of a row its cells alone: the names of the columns are in every row.
                own = set(terms(passage.text[unit.start : unit.end]))
                if unit.kind == "heading" or not own:
                    continue
                row = unit.kind == "row"
                text = f"{above[-1]}: {unit.text}" if row or unit.kind == "item" else unit.text
                inside = share(own)
                overlap = share(above_terms | (set(terms(unit.text)) if row else own))
                support = _PASSAGE * evidence.score + _OVERLAP * overlap + _CELLS * inside * row
                support += _NUMBER * (number_asked and has_number(unit.text))
                found.append(_Candidate(evidence, parts, at, section, text, inside, overlap, support))
    return found


def _sections(passage: Passage, parts: Sequence[Unit]) -> list[tuple[str, ...]]:
    """The headings above each part: those of the passage, then those in its text."""
    known = {passage.document.title, *passage.heading_path}
    inner: list[tuple[int, str]] = []
    found: list[tuple[str, ...]] = []
    for part in parts:
        if part.kind == "heading":
            mark = passage.text[part.start : part.end]
            level = len(mark) - len(mark.lstrip("#"))
            inner = [*((above, text) for above, text in inner if above < level), (level, part.text)]
        found.append((*passage.heading_path, *(text for _, text in inner if text not in known)))
    return found


def _not_of_a_namesake(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Evidence without documents that the question tells apart from the one it means.

    "Sick leave" and "Annual leave" differ in one word each: a question that has the one and not the other is never
    answered from the other.
    """
    asked = set(terms(question))
    titles = {found.passage.document.id: set(terms(found.passage.document.title)) for found in evidence}

    def displaces(other: set[str], title: set[str]) -> bool:
        return (
            len(other & title) * 2 >= min(len(other), len(title))
            and 0 < len(other - title) <= 2
            and 0 < len(title - other) <= 2
            and not (title - other) & asked
        )

    meant = [title for title in titles.values() if title & asked]
    displaced = {
        document
        for document, title in titles.items()
        if any(other - title <= asked and displaces(other, title) for other in meant)
    }
    return [found for found in evidence if found.passage.document.id not in displaced]


def _choose(scored: Sequence[tuple[float, _Candidate]]) -> list[_Candidate]:
    """The best candidate and what comes close to it, within the words that a chat answer may have."""
    best_score, best = scored[0]
    chosen = [best]
    words = _words(best)
    for score, candidate in scored[1:]:
        elsewhere = candidate.evidence.passage.document.id != best.evidence.passage.document.id
        close = score - _OTHER_DOCUMENT * elsewhere >= best_score - _CLOSE
        repeated = any(candidate.unit.text == taken.unit.text for taken in chosen)
        # Rows of a table are all alike to a vector, for they share its columns: only their own cells tell them apart.
        lesser_row = candidate.unit.kind == "row" == best.unit.kind and candidate.inside < best.inside
        if close and not repeated and not lesser_row and words + _words(candidate) <= _WORDS:
            chosen.append(candidate)
            words += _words(candidate)
        if len(chosen) == _MOST_QUOTES:
            break
    return chosen


def _words(candidate: _Candidate) -> int:
    return len(candidate.unit.text.split())


def _quotes(
    question: str, chosen: Sequence[_Candidate], *, highlight: tuple[int, int] | None
) -> tuple[list[Quote], list[Citation]]:
    """Quotes grouped by section in reading order, the section of the best first, and their numbered sources."""
    citations: dict[tuple[str, tuple[str, ...]], Citation] = {}
    picked: dict[int, dict[int, Quote]] = {}
    for candidate in chosen:
        passage = candidate.evidence.passage
        citation = citations.setdefault(
            (passage.id, candidate.section), Citation(len(citations) + 1, passage, candidate.section)
        )
        quotes = picked.setdefault(citation.number, {})
        for at in _with_its_list(question, candidate):
            mark = highlight if candidate is chosen[0] and at == candidate.at else None
            quotes.setdefault(at, Quote(candidate.parts[at].text, citation.number, mark))
    return [quote for quotes in picked.values() for _, quote in sorted(quotes.items())], list(citations.values())


def _with_its_list(question: str, candidate: _Candidate) -> range:
    """The part, and the list it belongs to where it makes no sense alone.

    "You need:" is nothing without the items below it, and one step is no procedure.
    """
    parts, at = candidate.parts, candidate.at
    first = last = at
    if parts[at].kind == "item" and _STEPS_ASKED.search(question) and NUMBERED.match(parts[at].text):
        while first > 0 and parts[first - 1].kind == "item":
            first -= 1
        first -= first > 0 and parts[first - 1].text.endswith(":")
        below = "item"
    elif parts[at].text.endswith(":"):
        below = parts[at + 1].kind if at + 1 < len(parts) else ""
    else:
        return range(at, at + 1)
    words = sum(len(part.text.split()) for part in parts[first : at + 1])
    while last + 1 < len(parts) and parts[last + 1].kind == below in {"item", "row", "code"}:
        words += len(parts[last + 1].text.split())
        if words > _LIST_WORDS:
            break
        last += 1
    return range(first, last + 1)
