"""Document -> passages, along the document's own structure.

A document is written out as Markdown and cut into pieces that are never cut again: sentences, list items, table
rows. Neighbouring pieces fill a passage up to about `target` tokens. A new heading or page starts a new passage,
but short neighbouring sections share one. A passage that goes on with a table repeats its header row.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile

from knowledge.models import Block, Document, Passage
from knowledge.sentences import NUMBERED, plain, sentence_spans, units

CountTokens = Callable[[Sequence[str]], list[int]]

_SMALL = 80
"""Tokens from which on a section does not share its passage with the next."""
_LEAST_ROOM = 60
"""Tokens left for text under the longest headings."""
_FENCE = "```\n"


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the document's Markdown that is not cut; `prefix` repeats what it needs to be read alone."""

    start: int
    end: int
    headings: tuple[str, ...]
    page: int | None
    prefix: str = ""


def split(
    document: Document,
    blocks: Sequence[Block],
    *,
    count_tokens: CountTokens,
    max_tokens: int,
    target: int = 200,
) -> list[Passage]:
    """Cut a document into passages of about `target` tokens.

    `indexed_text` of each stays within `max_tokens`, unless its title and headings alone nearly fill them.
    """
    markdown, pieces = _write(document.title, blocks, max_chars=target * 3)
    if not pieces:
        return []
    passages: list[Passage] = []
    repeats: Counter[tuple[str, ...]] = Counter()
    for run in _pack(markdown, pieces, title=document.title, count=count_tokens, most=max_tokens, target=target):
        headings = _common([piece.headings for piece in run])
        text = run[0].prefix + markdown[run[0].start : run[-1].end]
        repeats[*headings, text] += 1
        passages.append(
            Passage(
                id=_digest(document.id, *headings, text, str(repeats[*headings, text])),
                document=document,
                heading_path=headings,
                text=text,
                start=run[0].start,
                end=run[-1].end,
                content_hash=_digest(document.title, document.uri, *headings, text),
                page=run[0].page,
            )
        )
    return passages


def indexed_text(passage: Passage) -> str:
    """What is searched: title and headings of a passage, then its words."""
    own = {unit.text for unit in units(passage.text) if unit.kind == "heading"}
    above = [line for line in dict.fromkeys([passage.document.title, *passage.heading_path]) if line not in own]
    return "\n".join([*above, plain(passage.text)])


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:24]


def _write(title: str, blocks: Sequence[Block], *, max_chars: int) -> tuple[str, list[_Piece]]:
    """The document as Markdown, and its pieces. Headings belong to the piece after them."""
    written: list[str] = []
    length = 0
    path: list[Block] = []
    pieces: list[_Piece] = []
    heading_start: int | None = None
    previous = ""
    for block in blocks:
        text = _markdown(block)
        if not text:
            continue
        if written:
            gap = "\n" if block.kind == previous == "item" else "\n\n"
            written.append(gap)
            length += len(gap)
        if block.kind == "heading":
            path = [*(above for above in path if above.level < block.level), block]
            heading_start = length if heading_start is None else heading_start
        else:
            headings = tuple(above.text for above in path if above.text != title)
            for start, end, prefix in _cuts(block, text, max_chars):
                first = length + start if heading_start is None else heading_start
                pieces.append(_Piece(first, length + end, headings, block.page, prefix))
                heading_start = None
        written.append(text)
        length += len(text)
        previous = block.kind
    if heading_start is not None:
        headings = tuple(above.text for above in path[:-1] if above.text != title)
        pieces.append(_Piece(heading_start, length, headings, path[-1].page))
    return "".join(written), pieces


def _markdown(block: Block) -> str:
    match block.kind:
        case "heading":
            return f"{'#' * block.level} {block.text}"
        case "item":
            indent = "  " * block.level
            return f"{indent}{block.text}" if NUMBERED.match(block.text) else f"{indent}- {block.text}"
        case "table":
            rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in block.rows]
            return "\n".join([rows[0], "|" + " --- |" * len(block.rows[0]), *rows[1:]]) if rows else ""
        case "code":
            return f"{_FENCE}{block.text}\n```" if block.text else ""
        case _:
            return block.text


def _cuts(block: Block, text: str, max_chars: int) -> Iterator[tuple[int, int, str]]:
    """Start, end and prefix of the pieces of one block: table rows, lines of long code, sentences."""
    if block.kind == "table":
        yield from _lines(text, 2)
    elif block.kind == "code":
        yield from [(0, len(text), "")] if len(text) <= max_chars else _lines(text, 1)
    else:
        for start, end in sentence_spans(text):
            for cut in range(start, end, max_chars):
                yield cut, min(cut + max_chars, end), ""


def _lines(text: str, opening: int) -> Iterator[tuple[int, int, str]]:
    """A piece for each line; the first holds the `opening` lines too, the others get them as prefix."""
    ends = [match.start() for match in re.finditer(r"\n|\Z", text)]
    prefix = text[: ends[opening - 1] + 1]
    yield 0, ends[min(opening, len(ends) - 1)], ""
    for before, end in pairwise(ends[opening:]):
        yield before + 1, end, prefix


def _pack(
    markdown: str, pieces: Sequence[_Piece], *, title: str, count: CountTokens, most: int, target: int
) -> Iterator[list[_Piece]]:
    """Runs of neighbouring pieces that make one passage each."""
    sizes = count([markdown[piece.start : piece.end] for piece in pieces])
    paths = list(dict.fromkeys(piece.headings for piece in pieces))
    above = dict(zip(paths, count(["\n".join([title, *path]) for path in paths]), strict=True))
    run: list[_Piece] = []
    filled = 0
    for piece, size in zip(pieces, sizes, strict=True):
        room = max(_LEAST_ROOM, min(target, most - above[piece.headings]))
        if run:
            full = filled + size > room
            new_section = piece.headings != run[-1].headings and filled >= _SMALL
            if full or new_section or piece.page != run[0].page:
                yield run
                run, filled = [], 0
        run.append(piece)
        filled += size
    yield run


def _common(paths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The headings that all paths begin with."""
    shared = zip(*paths, strict=False)
    return tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, shared))
