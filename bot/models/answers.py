"""What happens to a question: the values that the parts of the bot hand on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from knowledge.models import Document, Evidence, Passage, admits

Outcome = Literal["answered", "unsure"]

RouteName = Literal["knowledge", "small_talk", "person", "clarify", "personal", "admin", "out_of_scope"]

LONGEST_QUESTION: Final = 4000
"""Characters of a question that count; the search itself looks at some 250 words."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier message of a conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question and who asks it: only what `groups` may read, of `collections` (all if None), as of `today`."""

    text: str
    groups: frozenset[str]
    today: date
    collections: frozenset[str] | None = None
    history: tuple[Turn, ...] = ()

    def admits(self, document: Document) -> bool:
        """Whether an answer may come from it."""
        return admits(document, groups=self.groups, collections=self.collections, today=self.today)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes. `person` asks for a human, `personal` needs somebody's own records, `clarify` is too vague.

    `topic` is the configured topic it belongs to, empty if none; `collections` are those to search, all if None.
    `sure` is 0..1. `out_of_scope` is only said after retrieval found nothing either.
    """

    name: RouteName
    topic: str = ""
    collections: frozenset[str] | None = None
    sure: float = 1.0


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a passage, exactly as they stand there; a table row as `Column: value; Column: value`.

    `citation` is the number of its source, from 1. `highlight` is the part of `text` that most likely answers, from
    and to; None if no part stands out.
    """

    text: str
    citation: int
    highlight: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source of an answer. `heading_path` leads to the very section that is quoted."""

    number: int
    passage: Passage
    heading_path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """The best quotes for a question, best source first, before anybody decided whether they are good enough.

    Of the best quote: `similarity` is its cosine with the question, `overlap` the share (0..1, by weight) of the
    question's words in it, its headings and its title.
    """

    quotes: Sequence[Quote]
    citations: Sequence[Citation]
    similarity: float
    overlap: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a question.

    `quotes` are the best there are whatever the outcome: an unsure answer's are the draft for a person.
    `confidence` is 0..1; from `threshold` on the answer is given. `reply` is what the asker sees, in Markdown.
    `standalone` is the question as it was searched, when it followed up on earlier turns.
    """

    outcome: Outcome
    quotes: Sequence[Quote]
    citations: Sequence[Citation]
    evidence: Sequence[Evidence]
    confidence: float
    threshold: float
    reply: str
    route: Route = Route("knowledge")
    standalone: str = ""

    @property
    def text(self) -> str:
        """The quotes in Markdown, each followed by its mark: `We pay **155 EUR** a night. [1]`."""
        return quotes_markdown(self.quotes)


def brief(answer: Answer) -> Answer:
    """The same answer with its best quote alone."""
    quotes = answer.quotes[:1]
    citations = [each for each in answer.citations if any(quote.citation == each.number for quote in quotes)]
    return replace(answer, quotes=quotes, citations=citations)


def quotes_markdown(quotes: Sequence[Quote]) -> str:
    """Quotes with their highlight in `**` and their marks, a paragraph each."""
    return "\n\n".join(map(_quote_markdown, quotes))


def _quote_markdown(quote: Quote) -> str:
    text = quote.text
    if quote.highlight:
        start, end = quote.highlight
        text = f"{text[:start]}**{text[start:end]}**{text[end:]}"
    return f"{text} [{quote.citation}]"
