"""The numbers that a browser puts before the items of an ordered list."""

from __future__ import annotations

import re

from lxml import etree

from adapters.file_source.hidden import Style

_INTEGER = re.compile(r"\s*([-+]?\d{1,6})(?!\d)")
_BARE = re.compile(r"\b(none|disc|circle|square)\b")


class Numbers:
    """Counts the items of one list, in arabic numbers whatever its type; an unordered one has none."""

    def __init__(self, element: etree._Element, style: Style) -> None:
        look = style.get("list-style-type", style.get("list-style", ""))
        self._shown = element.tag == "ol" and not _BARE.search(look)
        self._step = 1 if element.get("reversed") is None else -1
        first = 1 if self._step > 0 else len(element.findall("li"))
        self._next = _integer(element.get("start"), otherwise=first)

    def take(self, item: etree._Element) -> str:
        """The mark of the next item, as in `3. `; empty where the list shows none."""
        number = _integer(item.get("value"), otherwise=self._next)
        self._next = number + self._step
        return f"{number}. " if self._shown else ""


def numbered(mark: str, text: str) -> str:
    """The text with its mark, once: authors type numbers into lists that count by themselves."""
    return text if mark and text.startswith((mark, mark.replace(".", ")"))) else mark + text


def _integer(text: str | None, *, otherwise: int) -> int:
    match = _INTEGER.match(text or "")
    return int(match.group(1)) if match else otherwise
