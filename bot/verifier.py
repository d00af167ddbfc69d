"""Claims against passages: what an answer says must stand in the source it names.

Quotes are checked as they will be shown, after everything else has had its hands on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.models import Draft, Quote
from knowledge.models import Evidence, Passage
from knowledge.sentences import units


def verify(draft: Draft, evidence: Sequence[Evidence]) -> Draft:
    """The draft without quotes that do not stand in their source, and without sources that were not found."""
    found = {entry.passage.id for entry in evidence}
    passages = {c.number: c.passage for c in draft.citations if c.passage.id in found}
    quotes = [
        quote for quote in draft.quotes if quote.citation in passages and _stands(quote, passages[quote.citation])
    ]
    cited = {quote.citation for quote in quotes}
    return replace(draft, quotes=quotes, citations=[c for c in draft.citations if c.number in cited])


def _stands(quote: Quote, passage: Passage) -> bool:
    return quote.text in passage.text or any(quote.text == unit.text for unit in units(passage.text))
