"""What of an answer is kept, and its scores in words."""

from __future__ import annotations

from datetime import datetime

from bot.models.answers import Answer
from bot.models.messages import Conversation
from bot.models.replies import Source
from bot.models.tickets import Exchange, Found, Origin

_MOST_FOUND = 12


def sources_of(answer: Answer) -> tuple[Source, ...]:
    """Its numbered sources, as a reply carries them."""
    return tuple(
        Source(
            number=citation.number,
            title=citation.passage.document.title,
            heading_path=citation.heading_path,
            uri=citation.passage.uri,
            document=citation.passage.document.id,
            passage=citation.passage.id,
            content_hash=citation.passage.content_hash,
            audience=citation.passage.document.audience,
            updated=citation.passage.document.updated,
            owner=citation.passage.document.owner or "",
        )
        for citation in answer.citations
    )


def found_of(answer: Answer) -> tuple[Found, ...]:
    """The best of what was found for it."""
    cited = {citation.passage.id for citation in answer.citations}
    return tuple(
        Found(
            entry.passage.id,
            entry.passage.document.id,
            entry.passage.document.title,
            entry.passage.heading_path,
            entry.passage.uri,
            float(entry.cosine),
            float(entry.bm25),
            entry.passage.id in cited,
        )
        for entry in answer.evidence[:_MOST_FOUND]
    )


def in_meaning(cosine: float) -> str:
    """How close a passage is to a question."""
    degrees = ((0.6, "very close in meaning"), (0.45, "close in meaning"), (0.3, "related in meaning"))
    return next((words for least, words in degrees if cosine >= least), "far in meaning")


def in_words(bm25: float, most: float) -> str:
    """How well its words match; `most` is the BM25 of the passage that matches best."""
    if bm25 <= 0:
        return "no word in common"
    share = bm25 / most
    return "best match of words" if share >= 0.8 else "words match" if share >= 0.4 else "few words match"


def exchange_of(
    answer: Answer,
    *,
    id: str,
    conversation: Conversation,
    message: str,
    asker: str,
    question: str,
    standalone: str,
    groups: frozenset[str],
    at: datetime,
    ticket: int = 0,
    origin: Origin = "made",
) -> Exchange:
    """A question and the answer to it, as it is kept."""
    return Exchange(
        id=id,
        conversation=conversation,
        message=message,
        asker=asker,
        question=question,
        standalone=standalone,
        route=answer.route.name,
        outcome=answer.outcome,
        confidence=answer.confidence,
        threshold=answer.threshold,
        groups=groups,
        text=answer.text,
        at=at,
        topic=answer.route.topic,
        sources=sources_of(answer),
        found=found_of(answer),
        ticket=ticket,
        origin=origin,
    )
