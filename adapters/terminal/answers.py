"""Answers and search results for people: calm, readable at 80 columns, with and without colour."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from typing import Final

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from adapters.terminal.console import safe
from adapters.terminal.layout import Marked, put, rows
from adapters.terminal.sources import origin, place
from bot.models import Answer, Citation, Quote, in_meaning, in_words
from knowledge.models import Evidence, Passage

_RESULTS: Final = 8
_NOT_WORDS: Final = re.compile(r"#{1,6} .*|[-|: ]+")
_MARKDOWN: Final = re.compile(r"\*\*(.+?)\*\*|\*(\S.*?)\*", re.DOTALL)


def show_answer(answer: Answer, *, to: Console) -> None:
    """The answer with its sources; an unsure one shows what the asker would be told, and the draft for a person."""
    to.print()
    quotes = [_quote(quote) for quote in answer.quotes]
    if answer.outcome == "answered":
        for quote in quotes:
            put(quote, to=to)
    else:
        put(_reply(answer.reply), to=to)
        if quotes:
            put(Text("Best passages found:", style="dim"), to=to, then=0)
        for quote in quotes:
            put(quote, to=to, by=4)
    if answer.citations:
        put(_sources(answer.citations, links=to.is_terminal), to=to)
    put(_sureness(answer), to=to)


def show_results(evidence: Sequence[Evidence], *, to: Console) -> None:
    to.print()
    if not evidence:
        put(Text("Nothing found that you may read."), to=to)
    most = max((each.bm25 for each in evidence), default=0.0)
    for number, found in enumerate(evidence[:_RESULTS], start=1):
        lines = [
            Text(_place(found.passage, found.passage.heading_path), style="bold"),
            Text(textwrap.shorten(_plain(found.passage.text), 200, placeholder=" …")),
            _origin(found.passage, links=to.is_terminal),
            Text(f"{in_meaning(found.cosine)}, {in_words(found.bm25, most)}", style="dim"),
        ]
        put(rows([(Text(f"{number:>2}"), Group(*lines))]), to=to)
    if len(evidence) > _RESULTS:
        put(Text("more with --json", style="dim"), to=to)


def show_why(answer: Answer, *, to: Console) -> None:
    """The evidence behind an answer, with its scores in words."""
    cited = {citation.passage.id: citation.number for citation in answer.citations}
    to.print()
    put(Text("What was found, best first; passages with a number were quoted.", style="dim"), to=to)
    most = max((each.bm25 for each in answer.evidence), default=0.0)
    for found in answer.evidence[:_RESULTS]:
        number = cited.get(found.passage.id)
        mark = Text(f"[{number}]" if number else " · ")
        why = Text(f"{in_meaning(found.cosine)}, {in_words(found.bm25, most)}", style="dim")
        put(
            rows([(mark, Group(Text(_place(found.passage, found.passage.heading_path)), why))]),
            to=to,
            then=0,
        )
    to.print()
    put(_sureness(answer), to=to)


def show_cited(answer: Answer, *, to: Console) -> None:
    """The whole passages that an answer quotes."""
    to.print()
    for citation in answer.citations:
        put(_sources([citation], links=to.is_terminal), to=to)
        put(Text(safe(citation.passage.text)), to=to, by=6)
    if not answer.citations:
        put(Text("The last answer had no sources."), to=to)


def _quote(quote: Quote) -> Marked:
    text = Text()
    start, end = quote.highlight or (0, 0)
    text.append(safe(quote.text[:start]))
    text.append(safe(quote.text[start:end]), style="bold")
    text.append(safe(quote.text[end:]))
    return Marked(text, Text(f"[{quote.citation}]", style="cyan"))


def _reply(reply: str) -> Text:
    """Markdown's emphasis, which is all there is in a reply, as a terminal shows it."""
    text, rest = Text(), safe(reply)
    while found := _MARKDOWN.search(rest):
        strong, emphasised = found.groups()
        text.append(rest[: found.start()])
        text.append(strong or emphasised, style="bold" if strong else "italic")
        rest = rest[found.end() :]
    return text.append(rest)


def _sources(citations: Sequence[Citation], *, links: bool) -> Table:
    return rows(
        (
            Text(f"[{citation.number}]"),
            Group(
                Text(_place(citation.passage, citation.heading_path)),
                _origin(citation.passage, links=links),
            ),
        )
        for citation in citations
    )


def _plain(markdown: str) -> str:
    """The words of a passage in one line: no headings (they stand above it), no lines of tables."""
    lines = (line.strip() for line in safe(markdown).splitlines())
    kept = (line for line in lines if line and not _NOT_WORDS.fullmatch(line))
    return " ".join(re.sub(r"\s*\|\s*", " · ", line.strip("| ").removeprefix("- ")) for line in kept)


def _place(passage: Passage, heading_path: tuple[str, ...]) -> str:
    return place(passage.document.title, heading_path)


def _origin(passage: Passage, *, links: bool) -> Text:
    document = passage.document
    page = f", page {passage.page}" if passage.page else ""
    name = document.id + page if links else ""
    return origin(updated=document.updated, owner=document.owner or "", uri=passage.uri, name=name)


def _sureness(answer: Answer) -> Text:
    sure, least = answer.confidence, answer.threshold
    if answer.outcome == "answered":
        words = "Very sure" if sure >= (1 + least) / 2 else "Sure enough to answer"
        text = Text("● ", style="green")
    else:
        words = "Nearly sure enough to answer" if sure >= least / 2 else "Not sure enough to answer"
        text = Text("○ ", style="yellow")
    text.append(f"{words}: {sure:.2f}, where answers start at {least:.2f}", style="default")
    return text.append("\n  threshold not yet proven on your questions", style="dim default")
