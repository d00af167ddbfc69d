"""What an admin command says, calmly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final, Literal

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.terminal.console import out, safe, write_json, write_raw
from adapters.terminal.journal.markdown import Barred, inline
from adapters.terminal.layout import put, rows
from bot.models import Result

_CODE: Final = re.compile(r"`([^`\n]+)`")
_ITEM: Final = re.compile(r"( *)(-|\d+\.) +(.*)")

Kind = Literal["item", "quote", "plain"]


def put_result(result: Result, *, json: bool) -> None:
    """For people its text, for programs its data, for files what is exported."""
    if result.export:
        write_raw(result.export)
        return
    if json:
        write_json({"confirm": result.confirm} if result.confirm else result.data)
        return
    console = out()
    console.print()
    put(shown(result.text), to=console)


def shown(text: str) -> RenderableType:
    """Markdown as commands write it: paragraphs, quotes, and lists, also numbered ones and lists in lists."""
    parts: list[RenderableType] = []
    for number, paragraph in enumerate(re.split(r"\n\s*\n", safe(text).strip())):
        if number:
            parts.append(Text())
        parts += _blocks(paragraph)
    return Group(*parts)


def _blocks(paragraph: str) -> Iterator[RenderableType]:
    for kind, lines in groupby(paragraph.splitlines(), key=_kind):
        if kind == "item":
            yield rows(_item(line) for line in lines)
        elif kind == "quote":
            yield Barred(_inline("\n".join(line.strip()[1:].removeprefix(" ") for line in lines)))
        else:
            yield _inline("\n".join(lines))


def _kind(line: str) -> Kind:
    return "item" if _ITEM.fullmatch(line) else "quote" if line.lstrip().startswith(">") else "plain"


def _item(line: str) -> tuple[RenderableType, RenderableType]:
    """The sign and the text behind it, which stays right of it when it goes on in another line."""
    found = _ITEM.fullmatch(line)
    assert found is not None
    level, sign, text = found.groups()
    if level:
        return Text(), rows([(Text("–", style="dim"), _inline(text))])
    return Text("•" if sign == "-" else sign), _inline(text)


def _inline(text: str) -> Text:
    """What is to be typed stands out by its colour rather than by its quotes."""
    shown, at = Text(), 0
    for found in _CODE.finditer(text):
        shown.append_text(inline(text[at : found.start()])).append(found[1], style="cyan")
        at = found.end()
    return shown.append_text(inline(text[at:]))
