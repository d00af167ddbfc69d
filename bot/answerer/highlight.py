"""Which words of a quote most likely answer the question.

A quote repeats much of its question; the answer is in what it adds. Where a number or a date is asked for, it is the
number with its unit; else the stretch of new words that stands nearest to the words of the question, names first where
a name is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from knowledge.sentences import Unit
from knowledge.terms import terms

_NUMBER_ASKED = re.compile(
    r"\b(how (many|much|long|often|far|old|big|large|high|fast|soon|late|early)|number|count|headcount|percent\w*|"
    r"costs?|price|amount|total|dates?|when|year|days?|hours?|time|deadline|phone|budget|rate|size|limit|maximum|"
    r"minimum|max|min|fee|salary|temperature|speed|version|score|figure)\b",
    re.IGNORECASE,
)
_NAME_ASKED = re.compile(r"\b(who|whom|whose|name|which|where|city|country|company|person|author)\b", re.IGNORECASE)
_SPELT = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen twenty thirty forty "
    "fifty sixty hundred thousand million billion half quarter third twice once january february march april june july "
    "august september october november december monday tuesday wednesday thursday friday saturday sunday"
)
_NUMBER = re.compile(rf"\d|\b({'|'.join(_SPELT.split())})s?\b", re.IGNORECASE)
_WORD = re.compile(r"[^\s()\[\]\"“”«»]+")
_BREAKS = re.compile(r"[,;:.!?]$")
_MOST_WORDS = 7


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    text: str
    asked: bool
    """Whether the question has this word too."""
    empty: bool
    """Whether it is a stop word."""


def asks_number(question: str) -> bool:
    """Whether a number, an amount, a date or a time would answer."""
    return _NUMBER_ASKED.search(question) is not None


def has_number(text: str) -> bool:
    """Whether `text` holds a number or a date, in digits or spelt."""
    return _NUMBER.search(text) is not None


def highlight(question: str, unit: Unit) -> tuple[int, int] | None:
    """Start and end of the words of `unit.text` that most likely answer, or None."""
    asked = frozenset(terms(question))
    spans = list(_cells(unit.text)) if unit.kind == "row" else [(0, len(unit.text), "")]
    best: tuple[float, int, int] | None = None
    for start, end, column in spans:
        for score, first, last in _phrases(question, unit.text[start:end], asked):
            named = 1.5 * len(asked & frozenset(terms(column)))
            if best is None or score + named > best[0]:
                best = (score + named, start + first, start + last)
    return best[1:] if best else None


def _cells(text: str) -> Iterator[tuple[int, int, str]]:
    """Start and end of the values of a row, with the name of their column."""
    for match in re.finditer(r"(?:([^:;]+): )?([^;]+)(?:; |$)", text):
        yield match.start(2), match.end(2), match.group(1) or ""


def _phrases(question: str, text: str, asked: frozenset[str]) -> Iterator[tuple[float, int, int]]:
    words = [_word(match, asked) for match in _WORD.finditer(text)]
    places = [i for i, word in enumerate(words) if word.asked]
    number, name = asks_number(question), _NAME_ASKED.search(question) is not None
    for run in _runs(words):
        for first, last in _trimmed(words, run, number=number):
            phrase = text[words[first].start : words[last].end].rstrip(",;:.!?")
            if not phrase:
                continue
            near = min((min(abs(first - i), abs(last - i)) for i in places), default=0)
            score = -0.05 * near
            if number and has_number(phrase):
                score += 2 + 0.5 * bool(re.search(r"\d", phrase))
            if name and first > 0 and words[first].text[:1].isupper():
                score += 1
            after = any(i < first for i in places)
            yield score + 0.3 * after, words[first].start, words[first].start + len(phrase)


def _word(match: re.Match[str], asked: frozenset[str]) -> _Word:
    stems = terms(match.group())
    return _Word(
        match.start(),
        match.end(),
        match.group(),
        asked=bool(stems) and all(stem in asked for stem in stems),
        empty=not stems,
    )


def _runs(words: list[_Word]) -> Iterator[list[int]]:
    """Stretches of words that the question does not have, broken at punctuation."""
    part = 0
    keys: list[tuple[bool, int]] = []
    for word in words:
        keys.append((word.asked, part))
        part += _BREAKS.search(word.text) is not None
    for (asked, _), group in groupby(range(len(words)), key=lambda i: keys[i]):
        if not asked:
            yield list(group)


def _trimmed(words: list[_Word], run: list[int], *, number: bool) -> Iterator[tuple[int, int]]:
    """The run without stop words at its ends; with a number asked for, the number and the words that follow."""
    if number:
        for i in run:
            if has_number(words[i].text):
                first = i - 1 if i > run[0] and has_number(words[i - 1].text) else i
                last = i
                while last + 1 in run and last - i < 2 and not words[last + 1].empty:
                    last += 1
                yield first, last
    full = [i for i in run if not words[i].empty]
    if full:
        yield full[0], min(full[-1], full[0] + _MOST_WORDS - 1)
