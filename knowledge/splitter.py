"""Document -> passages, along the document's own structure.

A document is written out as Markdown and cut into pieces that are never cut again: sentences, list items, table
rows, code; only what is too long for any passage is cut between words. Neighbouring pieces fill a passage up to
about `target` tokens. A new heading or page starts a new passage, but short neighbouring sections share one. A
passage that goes on with a table repeats its header row.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, takewhile

from knowledge.models import Block, Document, Passage
from knowledge.sentences import NUMBERED, TABLE_RULE, plain, sentence_spans, units

CountTokens = Callable[[Sequence[str]], list[int]]
Fits = Callable[[str], bool]

_SMALL = 80
"""Tokens from which on a section does not share its passage with the next."""
_LEAST_ROOM = 60
"""Tokens left for text under the longest headings."""
_MOST_HEADINGS = 300
"""Characters of headings without text of their own that wait for the text after them."""
_BACKTICKS = re.compile("`{3,}")


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

    `indexed_text` of each stays within `max_tokens`, unless its title and headings alone, or one row of a table,
    nearly fill them.
    """
    room = _Room(document.title, count_tokens, max_tokens)
    markdown, pieces = _write(document.title, blocks, max_chars=target * 3, room=room)
    if not pieces:
        return []
    passages: list[Passage] = []
    repeats: Counter[tuple[str, ...]] = Counter()
    for run in _pack(markdown, pieces, room=room, target=target):
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
                content_hash=_digest(document.title, document.uri, str(run[0].page), *headings, text),
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


class _Room:
    """How many tokens a passage has for its text below title and headings."""

    def __init__(self, title: str, count: CountTokens, most: int) -> None:
        self._title = title
        self._count = count
        self._most = most
        self._below: dict[tuple[str, ...], int] = {}

    def below(self, headings: tuple[str, ...]) -> int:
        if headings not in self._below:
            above = self._count(["\n".join([self._title, *headings])])[0]
            self._below[headings] = max(_LEAST_ROOM, self._most - above)
        return self._below[headings]

    def sizes(self, texts: Sequence[str]) -> list[int]:
        """Tokens of Markdown, of which a table is read with the names of its columns in each row."""
        return self._count([plain(text) if TABLE_RULE.search(text) else text for text in texts])

    def holds(self, text: str, *, below: tuple[str, ...], beside: int) -> bool:
        """Whether there is room for `text` below these headings, and beside so many characters of others."""
        tokens = max(_LEAST_ROOM, self.below(below) - beside)
        # A sign of ASCII is a token at most; one of Korean is up to three.
        return (text.isascii() and len(text) <= tokens) or self._count([text])[0] <= tokens


def _write(title: str, blocks: Sequence[Block], *, max_chars: int, room: _Room) -> tuple[str, list[_Piece]]:
    """The document as Markdown, and its pieces. Headings belong to the piece after them."""
    written: list[str] = []
    length = 0
    path: list[Block] = []
    pieces: list[_Piece] = []
    waiting = 0
    """Characters of headings at the end that have no piece yet."""
    previous = ""
    for block in blocks:
        text = _markdown(block)
        if not text:
            continue
        gap = ("\n" if block.kind == previous == "item" else "\n\n") if written else ""
        if block.kind == "heading":
            if waiting > _MOST_HEADINGS:
                pieces.append(_Piece(length - waiting, length, _headings(path[:-1], title), path[-1].page))
                waiting = 0
            path = [*(above for above in path if above.level < block.level), block]
            waiting += len(text) + (len(gap) if waiting else 0)
        else:
            headings = _headings(path, title)
            fits = partial(room.holds, below=headings, beside=waiting)
            for start, end, prefix in _cuts(block, text, max_chars, fits):
                first = length - waiting if waiting else length + len(gap) + start
                pieces.append(_Piece(first, length + len(gap) + end, headings, block.page, prefix))
                waiting = 0
        written += [gap, text]
        length += len(gap) + len(text)
        previous = block.kind
    if waiting:
        pieces.append(_Piece(length - waiting, length, _headings(path[:-1], title), path[-1].page))
    return "".join(written), pieces


def _headings(path: Sequence[Block], title: str) -> tuple[str, ...]:
    return tuple(above.text for above in path if above.text != title)


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
            longest = max(map(len, _BACKTICKS.findall(block.text)), default=2)
            fence = "`" * (longest + 1)
            return f"{fence}\n{block.text}\n{fence}" if block.text.strip() else ""
        case _:
            return block.text


def _cuts(block: Block, text: str, max_chars: int, fits: Fits) -> Iterator[tuple[int, int, str]]:
    """Start, end and prefix of the pieces of one block: table rows, lines of long code, sentences."""
    if block.kind == "table":
        yield from _rows(text)
    elif block.kind != "code":
        for start, end in sentence_spans(text):
            for first, last in _stretches(text, start, end, max_chars, fits):
                yield first, last, ""
    elif len(text) <= max_chars and fits(text):
        yield 0, len(text), ""
    else:
        yield from _code(text, max_chars, fits)


def _rows(text: str) -> Iterator[tuple[int, int, str]]:
    """A piece for each row; the first holds the header too, the others get it as prefix."""
    ends = [match.start() for match in re.finditer(r"\n|\Z", text)]
    prefix = text[: ends[1] + 1]
    yield 0, ends[min(2, len(ends) - 1)], ""
    for before, end in pairwise(ends[2:]):
        yield before + 1, end, prefix


def _code(text: str, max_chars: int, fits: Fits) -> Iterator[tuple[int, int, str]]:
    """A piece for each line that is not blank; first and last hold a fence too, the others get it as prefix."""
    opening, *lines, _ = (match.span() for match in re.finditer(r"[^\n]*[^\s][^\n]*", text))
    fence = text[: opening[1] + 1]
    stretches = [stretch for line in lines for stretch in _stretches(text, *line, max_chars, fits)]
    for number, (start, end) in enumerate(stretches):
        last = number == len(stretches) - 1
        yield start if number else 0, len(text) if last else end, fence if number else ""


def _stretches(text: str, start: int, end: int, max_chars: int, fits: Fits) -> Iterator[tuple[int, int]]:
    """Parts that fit, of at most `max_chars`, cut between words; in a word only where it alone does not fit."""
    while start < end:
        stop = _between_words(text, start, end, max_chars)
        while stop - start > 1 and not fits(text[start:stop]):
            stop = _between_words(text, start, stop, (stop - start) // 2)
        yield start, stop
        start = next((at for at in range(stop, end) if not text[at].isspace()), end)


def _between_words(text: str, start: int, end: int, most: int) -> int:
    if end - start <= most:
        return end
    blank = text.rfind(" ", start + 1, start + most + 1)
    return blank if blank > start else start + most


def _pack(markdown: str, pieces: Sequence[_Piece], *, room: _Room, target: int) -> Iterator[list[_Piece]]:
    """Runs of neighbouring pieces that make one passage each."""
    sizes = room.sizes([piece.prefix + markdown[piece.start : piece.end] for piece in pieces])
    run: list[_Piece] = []
    filled = 0
    for piece, size in zip(pieces, sizes, strict=True):
        if run:
            full = filled + size > min(target, room.below(piece.headings))
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
