"""A margin on the left and nothing on the right: what is copied or piped has no trailing blanks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.table import Table
from rich.text import Text


class Indented:
    """A renderable with `by` blanks before each line."""

    def __init__(self, inner: RenderableType, *, by: int = 2) -> None:
        self._inner = inner
        self._by = by

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(options.max_width - self._by - 2, 20)
        for line in console.render_lines(self._inner, options.update(width=width, height=None), pad=False):
            trimmed = _trimmed(line)
            if trimmed:
                yield Segment(" " * self._by)
                yield from trimmed
            yield Segment.line()


class Marked:
    """A text and the mark behind it, which never stands alone on a line."""

    def __init__(self, text: Text, mark: Text) -> None:
        self._whole = Text.assemble(text, " ", mark)
        self._mark = mark.plain

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widest = options.max_width
        for width in range(widest, max(widest - 20, 10), -1):
            lines = self._whole.wrap(console, width)
            if len(lines) < 2 or lines[-1].plain.strip() != self._mark:
                break
        yield Text("\n").join(lines)


def put(inner: RenderableType, *, to: Console, by: int = 2, then: int = 1) -> None:
    """Print with a margin, and empty lines after it."""
    to.print(Indented(inner, by=by))
    for _ in range(then):
        to.print()


def rows(pairs: Iterable[Sequence[RenderableType]], *, gap: int = 1, first: str = "cyan") -> Table:
    """Columns without lines around them; only the last one grows."""
    table = Table.grid(padding=(0, gap, 0, 0))
    listed = list(pairs)
    for number in range(len(listed[0]) if listed else 0):
        table.add_column(style=first if number == 0 else "", overflow="fold")
    for pair in listed:
        table.add_row(*pair)
    return table


def _trimmed(line: Sequence[Segment]) -> list[Segment]:
    segments = list(line)
    while segments and not segments[-1].text.strip():
        segments.pop()
    if segments:
        text, style, control = segments[-1]
        segments[-1] = Segment(text.rstrip(), style, control)
    return segments
