"""Which words of a quote most likely answer the question.

A quote repeats much of its question; the answer is in what it adds. Where a number or a date is asked for, it is the
number with its unit; else a stretch of new words near those of the question, best of all what they are said to be
("The head of Finance is **Ana Ruiz**"), names first where a name is asked for.
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
_IS = re.compile(r"(is|are|was|were|be|equals|:)$", re.IGNORECASE)
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


def answering_words(question: str, unit: Unit) -> tuple[float, int, int]:
    """Which words of `unit.text` most likely answer: a score, 0 to about 4, their start and end."""
    asked = frozenset(terms(question))
    spans = list(_cells(unit.text)) if unit.kind == "row" else [(0, len(unit.text), "")]
    best = (0.0, 0, 0)
    for place, (start, end, column) in enumerate(spans):
        cell = unit.text[start:end]
        named = _column(asked, column=column, cell=cell, place=place) if column else 0.0
        for score, first, last in _phrases(question, cell, asked):
            best = max(best, (score + named, start + first, start + last), key=lambda found: found[0])
    return best


def _column(asked: frozenset[str], *, column: str, cell: str, place: int) -> float:
    """What a cell gains: its column is asked for, it is not what the question knows already, it names no row."""
    named = bool(asked & frozenset(terms(column)))
    return 1.0 + 1.5 * named - 2.0 * len(asked & frozenset(terms(cell))) + 0.3 * (place > 0)


def _cells(text: str) -> Iterator[tuple[int, int, str]]:
    """Start and end of the values of a row, with the name of their column."""
    for match in re.finditer(r"(?:([^:;]+): )?([^;]+)(?:; |$)", text):
        yield match.start(2), match.end(2), match.group(1) or ""


def _phrases(question: str, text: str, asked: frozenset[str]) -> Iterator[tuple[float, int, int]]:
    """Score, start and end of everything that may be the answer."""
    words = [_word(match, asked) for match in _WORD.finditer(text)]
    places = [i for i, word in enumerate(words) if word.asked]
    number, name = asks_number(question), _NAME_ASKED.search(question) is not None
    spans = [(first, last, 0.0) for run in _runs(words) for first, last in _trimmed(words, run)]
    if name:
        spans += [(first, last, 0.0) for first, last in _names(words)]
    if number:
        spans += [(first, last, 2.0) for first, last in _numbers(words)]
    for first, last, kind in spans:
        phrase = text[words[first].start : words[last].end].rstrip(",;:.!?")
        near = min((min(abs(first - i), abs(last - i)) for i in places), default=0)
        score = kind + 0.3 * any(i < first for i in places) - 0.05 * near
        score += 1.0 * (first > 0 and _IS.search(words[first - 1].text) is not None)
        score += (1.0 if name else 0.5) * (first > 0 and words[first].text[:1].isupper())
        yield score, words[first].start, words[first].start + len(phrase)


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
    """Stretches of words that the question does not have, broken at punctuation and after "is"."""
    part = 0
    keys: list[tuple[bool, int]] = []
    for word in words:
        keys.append((word.asked, part))
        part += _BREAKS.search(word.text) is not None or _IS.fullmatch(word.text) is not None
    for (asked, _), group in groupby(range(len(words)), key=lambda i: keys[i]):
        if not asked:
            yield list(group)


def _trimmed(words: list[_Word], run: list[int]) -> Iterator[tuple[int, int]]:
    """The run without stop words at its ends."""
    full = [i for i in run if not words[i].empty]
    if full:
        last = min(full[-1], full[0] + _MOST_WORDS - 1)
        # "Lakeview Resort" is one name, also where the question speaks of a resort.
        while last + 1 < len(words) and _continues_name(words[last], words[last + 1]):
            last += 1
        yield full[0], last


def _continues_name(word: _Word, following: _Word) -> bool:
    return word.text[:1].isupper() and following.text[:1].isupper() and not _BREAKS.search(word.text)


def _names(words: list[_Word]) -> Iterator[tuple[int, int]]:
    """Runs of capitalised words, but not where a sentence begins."""
    for i in range(1, len(words)):
        if words[i].text[:1].isupper() and not words[i].asked and not _continues_name(words[i - 1], words[i]):
            last = i
            while last + 1 < len(words) and _continues_name(words[last], words[last + 1]):
                last += 1
            yield i, last


def _numbers(words: list[_Word]) -> Iterator[tuple[int, int]]:
    """Numbers with the words around them that belong to them: `8 weeks`, `31 March`, `0.26 EUR per km`."""
    i = 0
    while i < len(words):
        if not has_number(words[i].text):
            i += 1
            continue
        last = i
        while last + 1 < len(words) and not _BREAKS.search(words[last].text) and last - i < 3:
            following = words[last + 1]
            if following.empty and following.text not in {"per", "a", "to", "and", "%"}:
                break
            last += 1
        while last > i and words[last].empty and words[last].text != "%":
            last -= 1
        yield i, last
        i = last + 1
