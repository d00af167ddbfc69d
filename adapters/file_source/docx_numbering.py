"""The numbers that Word puts before the paragraphs of its lists."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace

from lxml import etree

from adapters.file_source.docx_styles import Styles, W, value

_PLACE = re.compile(r"%([1-9])")
_UNCOUNTED = frozenset({"bullet", "none"})


@dataclass(frozen=True, slots=True)
class _Level:
    """`restart` is the level that starts it anew (1 the outermost), None any above it, 0 none."""

    form: str = "decimal"
    text: str = ""
    start: int = 0
    restart: int | None = None
    style: str | None = None


@dataclass(frozen=True, slots=True)
class _List:
    """An instance of a list definition. Instances of one definition count together."""

    definition: str
    levels: dict[int, _Level]
    starts: dict[int, int] = field(default_factory=dict)  # levels that this instance starts anew


class Numbering:
    """Counts through a document: ask once for each paragraph, in order."""

    def __init__(self, root: etree._Element | None, styles: Styles) -> None:
        self._lists = {} if root is None else _lists(root, styles)
        self._counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
        self._started: set[tuple[str, int]] = set()

    def take(self, number: str | None, depth: int, *, style: str | None) -> str:
        """The mark of a paragraph of the list with this id, as in `3. ` or `3.2 `; empty for a bullet."""
        found = self._lists.get(number or "")
        if found is None:
            return ""
        depth = next((place for place, level in found.levels.items() if style and level.style == style), depth)
        level = found.levels.get(depth)
        if level is None:
            return ""
        counts = self._counts[found.definition]
        self._count(number or "", depth, found, counts)
        return "" if level.form in _UNCOUNTED else _mark(level, depth, found, counts)

    def _count(self, number: str, depth: int, found: _List, counts: dict[int, int]) -> None:
        if depth in found.starts and (number, depth) not in self._started:
            counts[depth] = found.starts[depth]
        else:
            counts[depth] = counts[depth] + 1 if depth in counts else found.levels[depth].start
        self._started.add((number, depth))
        for deeper in [place for place in counts if place > depth]:
            restart = found.levels.get(deeper, _Level()).restart
            if restart is None or depth < restart:
                del counts[deeper]


def _mark(level: _Level, depth: int, found: _List, counts: dict[int, int]) -> str:
    """Arabic whatever the form, so that it is known for a number; a clause shows the levels above it."""
    shown = [int(place) - 1 for place in _PLACE.findall(level.text)]
    if not shown:
        return ""
    if len(shown) == 1:
        return f"{counts[depth]}. "
    numbers = (counts.get(place, found.levels.get(place, _Level(start=1)).start) for place in shown)
    return f"{'.'.join(map(str, numbers))} "


def _lists(root: etree._Element, styles: Styles) -> dict[str, _List]:
    definitions = {str(each.get(f"{W}abstractNumId")): each for each in root.iter(f"{W}abstractNum")}
    instances = {str(each.get(f"{W}numId")): each for each in root.iter(f"{W}num")}
    found: dict[str, _List] = {}
    for number, instance in instances.items():
        name = value(instance, "abstractNumId") or ""
        definition = definitions.get(name)
        link = None if definition is None else value(definition, "numStyleLink")
        if link and (linked := instances.get(styles.get(link).numbering or "")) is not None:
            name = value(linked, "abstractNumId") or ""
            definition = definitions.get(name)
        if definition is not None:
            found[number] = _instance(name, _levels(definition), instance)
    return found


def _instance(name: str, levels: dict[int, _Level], instance: etree._Element) -> _List:
    found = _List(name, levels)
    for override in instance.iterfind(f"{W}lvlOverride"):
        depth = _integer(override.get(f"{W}ilvl"))
        found.levels.update(_levels(override))
        if (start := value(override, "startOverride")) is not None and depth is not None:
            found.starts[depth] = _integer(start) or 0
            found.levels[depth] = replace(found.levels.get(depth, _Level()), start=_integer(start) or 0)
    return found


def _levels(holder: etree._Element) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for element in holder.iterfind(f"{W}lvl"):
        if (depth := _integer(element.get(f"{W}ilvl"))) is not None:
            levels[depth] = _Level(
                form=value(element, "numFmt") or "decimal",
                text=value(element, "lvlText") or "",
                start=_integer(value(element, "start")) or 0,
                restart=_integer(value(element, "lvlRestart")),
                style=value(element, "pStyle"),
            )
    return levels


def _integer(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,6}", text) else None
