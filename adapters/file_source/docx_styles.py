"""What a paragraph or run of a Word file inherits from its styles."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_LIST = re.compile(r"list (?:bullet|number|continue)(?: (\d))?", re.IGNORECASE)
_WHITE = "ffffff"


@dataclass(frozen=True, slots=True)
class Style:
    """`level` is that of a heading, 0 for none; `item` a list item's depth, -1 for none; None is "not said".

    `numbering` is the id of the list whose number it shows, `depth` the level there.
    """

    name: str = ""
    level: int = 0
    item: int = -1
    numbering: str | None = None
    depth: int = 0
    bold: bool = False
    hidden: bool = False
    colour: str | None = None
    shade: str | None = None
    shades_cells: bool = False


class Styles:
    def __init__(self, root: etree._Element | None) -> None:
        self._elements = {} if root is None else {str(s.get(f"{W}styleId")): s for s in root.iter(f"{W}style")}
        self._known: dict[str, Style] = {}
        language = None if root is None else root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}lang")
        self.language = None if language is None else language.get(f"{W}val")

    def get(self, name: str | None, *, depth: int = 0) -> Style:
        if not name or name not in self._elements or depth > 20:
            return Style()
        if name not in self._known:
            element = self._elements[name]
            base = self.get(value(element, "basedOn"), depth=depth + 1)
            self._known[name] = self._own(element, base)
        return self._known[name]

    def paragraph(self, paragraph: etree._Element) -> Style:
        properties = paragraph.find(f"{W}pPr")
        if properties is None:
            return self.get(None)
        style = self.get(value(properties, "pStyle"))
        return _with_paragraph_properties(style, properties)

    def run(self, run: etree._Element, paragraph: Style) -> Style:
        """A run's look, given its paragraph's."""
        properties = run.find(f"{W}rPr")
        if properties is None:
            return paragraph
        own = self.get(value(properties, "rStyle"))
        look = replace(
            paragraph,
            bold=paragraph.bold or own.bold,
            hidden=paragraph.hidden or own.hidden,
            colour=own.colour or paragraph.colour,
            shade=own.shade or paragraph.shade,
        )
        return _with_run_properties(look, properties)

    def _own(self, element: etree._Element, base: Style) -> Style:
        name = value(element, "name") or ""
        style = replace(base, name=name)
        if (paragraph := element.find(f"{W}pPr")) is not None:
            style = _with_paragraph_properties(style, paragraph)
        if (run := element.find(f"{W}rPr")) is not None:
            style = _with_run_properties(style, run)
        if heading := _HEADING.fullmatch(name):
            style = replace(style, level=max(1, min(int(heading.group(1)), 6)))
        elif name.lower() in {"title", "subtitle"}:
            style = replace(style, level=1 if name.lower() == "title" else 2)
        elif listed := _LIST.fullmatch(name):
            style = replace(style, item=max(style.item, int(listed.group(1) or 1) - 1))
        if element.find(f".//{W}tcPr/{W}shd") is not None:
            style = replace(style, shades_cells=True)
        return style


def is_visible(look: Style, *, behind: str | None) -> bool:
    """Whether ink differs from paper. `behind` is the shade around the run, None where it is not known."""
    if look.hidden:
        return False
    paper = look.shade or behind
    if paper is None or look.colour is None:
        return True
    return _distance(look.colour, paper) > 10


def shade_of(properties: etree._Element | None) -> str | None:
    """The colour that a paragraph, cell or run lies on, where it says so."""
    shading = None if properties is None else properties.find(f"{W}shd")
    if shading is None:
        return None
    fill = str(shading.get(f"{W}fill") or "auto").lower()
    return fill if re.fullmatch("[0-9a-f]{6}", fill) else None


def value(element: etree._Element, name: str) -> str | None:
    child = element.find(f"{W}{name}")
    return None if child is None else child.get(f"{W}val")


def is_on(element: etree._Element, name: str) -> bool | None:
    child = element.find(f"{W}{name}")
    return None if child is None else str(child.get(f"{W}val", "1")).lower() not in {"0", "false", "off", "none"}


def _with_paragraph_properties(style: Style, properties: etree._Element) -> Style:
    outline = value(properties, "outlineLvl")
    if outline and outline.isdigit():
        style = replace(style, level=min(int(outline) + 1, 6) if int(outline) < 9 else 0)
    numbering = properties.find(f"{W}numPr")
    if numbering is not None:
        level = value(numbering, "ilvl") or "0"
        depth = int(level) if level.isdigit() else 0
        number = value(numbering, "numId") or style.numbering
        off = number == "0"
        style = replace(style, item=-1 if off else depth, numbering=None if off else number, depth=depth)
    return replace(style, shade=shade_of(properties) or style.shade)


def _with_run_properties(style: Style, properties: etree._Element) -> Style:
    changes: dict[str, object] = {}
    if (bold := is_on(properties, "b")) is not None:
        changes["bold"] = bold
    hidden = is_on(properties, "vanish")
    size = value(properties, "sz") or ""
    if re.fullmatch(r"[0-2](\.\d+)?", size):
        hidden = True
    if hidden is not None:
        changes["hidden"] = hidden
    colour = (value(properties, "color") or "").lower()
    if re.fullmatch("[0-9a-f]{6}", colour):
        changes["colour"] = colour
    elif colour == "auto":
        changes["colour"] = None
    highlight = value(properties, "highlight")
    if shade := shade_of(properties) or {"black": "000000", "white": _WHITE}.get(
        highlight or "", "808080" if highlight and highlight != "none" else ""
    ):
        changes["shade"] = shade
    return replace(style, **changes)  # type: ignore[arg-type]


def _distance(one: str, other: str) -> int:
    return max(abs(int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) for i in (0, 2, 4))
