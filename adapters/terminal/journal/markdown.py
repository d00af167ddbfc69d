"""The Markdown of replies, as a terminal shows it: paragraphs, emphasis, lists, quotes, links, marks of sources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final, Literal

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from adapters.terminal.console import safe
from adapters.terminal.layout import Marked, rows

_INLINE: Final = re.compile(
    r"\*\*(?P<strong>\S.*?)\*\*|\*(?P<soft>\S(?:[^*\n]*\S)?)\*|\[(?P<label>[^\]\n]+)\]\((?P<link>[^)\s]+)\)|(?P<mark>\[\d+\])",
    re.DOTALL,
)
_LAST_MARK: Final = re.compile(r"(.*\S) (\[\d+\])", re.DOTALL)
_ROOM: Final = "room:"

Kind = Literal["item", "quote", "plain"]


class Barred:
    """A renderable with a bar before each line."""

    def __init__(self, inner: RenderableType, *, style: str = "dim", bar: str = "│ ") -> None:
        self._inner = inner
        self._style = style
        self._bar = bar

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        bar = Segment(self._bar, console.get_style(self._style))
        inside = options.update(width=max(options.max_width - len(self._bar), 10), height=None)
        for line in console.render_lines(self._inner, inside, pad=False):
            yield bar
            yield from line
            yield Segment.line()


def markdown(text: str) -> RenderableType:
    """All of it, with an empty line between paragraphs."""
    paragraphs = re.split(r"\n\s*\n", safe(text).strip())
    return Group(*_spaced([list(_blocks(paragraph)) for paragraph in paragraphs]))


def inline(text: str) -> Text:
    """One run of text."""
    shown, at = Text(), 0
    for found in _INLINE.finditer(text):
        shown.append(text[at : found.start()])
        shown.append_text(_piece(found))
        at = found.end()
    return shown.append(text[at:])


def plain(text: str) -> str:
    """The words alone, in one line."""
    return " ".join(inline(re.sub(r"^(>|-) ", "", safe(text), flags=re.MULTILINE)).plain.split())


def _piece(found: re.Match[str]) -> Text:
    match found.lastgroup:
        case "strong":
            return _styled(inline(found["strong"]), "bold")
        case "soft":
            return Text(found["soft"], style="italic")
        case "mark":
            return Text(found["mark"], style="cyan")
        case _:
            return _link(found["label"], found["link"])


def _link(label: str, to: str) -> Text:
    if to.startswith(_ROOM):
        return Text(f"#{label}", style="bold")
    if label == to:
        return Text(label, style="underline")
    # Written out: not every terminal lets a link be followed, and nobody should have to trust a label.
    return Text.assemble(Text(label, style=Style(link=to)), (f" ({to})", "dim"))


def _styled(text: Text, style: str) -> Text:
    text.stylize(style)
    return text


def _spaced(paragraphs: list[list[RenderableType]]) -> Iterator[RenderableType]:
    for number, blocks in enumerate(paragraphs):
        if number:
            yield Text()
        yield from blocks


def _blocks(paragraph: str) -> Iterator[RenderableType]:
    for kind, lines in groupby(paragraph.splitlines(), key=_kind):
        if kind == "item":
            yield rows((Text("•"), inline(line.strip()[2:])) for line in lines)
        elif kind == "quote":
            yield Barred(inline("\n".join(line.strip()[1:].removeprefix(" ") for line in lines)))
        else:
            yield _paragraph("\n".join(lines))


def _kind(line: str) -> Kind:
    bare = line.strip()
    return "item" if bare.startswith("- ") else "quote" if bare.startswith(">") else "plain"


def _paragraph(text: str) -> RenderableType:
    """The mark of its source stands behind the last word, never alone on a line."""
    if found := _LAST_MARK.fullmatch(text):
        return Marked(inline(found[1]), Text(found[2], style="cyan"))
    return inline(text)
