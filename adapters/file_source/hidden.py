"""Which parts of a page the eye cannot see, by their attributes, inline styles and `<style>` rules.

A page is untrusted: text that people do not see is where instructions to the bot would hide.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import tinycss2
import tinycss2.color4
from cssselect import HTMLTranslator, SelectorError
from cssselect import parse as parse_selectors
from lxml import etree

Style = dict[str, str]
Styles = dict[etree._Element, Style]
Declarations = tuple[tuple[str, str, bool], ...]  # name, value, whether important
Colour = tuple[float, float, float]

_RELEVANT = frozenset(
    "display visibility content-visibility opacity font-size font color background background-color position left top"
    " right bottom margin-left text-indent clip clip-path width height max-width max-height overflow overflow-x"
    " overflow-y transform filter -webkit-text-fill-color list-style list-style-type".split()
)
_LENGTH = re.compile(r"\s*([-+]?\d*\.?\d+(?:e[-+]?\d+)?)\s*([a-z%]*)")
_PIXELS = {"px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "": 1.0, "vw": 12.0, "vh": 8.0}
_PIXELS |= {"%": 10.0, "cm": 37.8, "mm": 3.78, "in": 96.0, "pc": 16.0}
_MAX_RULES = 5000
_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)


class Look(NamedTuple):
    """How text looks at one place. `behind` is None where it lies on an image or something unknown."""

    colour: Colour | None = _BLACK
    behind: Colour | None = _WHITE
    gone: bool = False  # invisible or too small, unless an element inside says otherwise

    @property
    def visible(self) -> bool:
        if self.gone or self.colour is None:
            return False
        return self.behind is None or max(abs(a - b) for a, b in zip(self.colour, self.behind, strict=True)) > 0.04


def styles_of(root: etree._Element) -> Styles:
    """The declarations that can hide something, of each element that has any, as the cascade leaves them."""
    found: dict[etree._Element, list[tuple[tuple[bool, tuple[int, int, int], int], str, str]]] = {}
    for order, (selector, declarations) in enumerate(_rules(root)):
        for element in _select(root, selector):
            for name, value, important in declarations:
                found.setdefault(element, []).append(((important, selector.specificity(), order), name, value))
    for element in root.iter(etree.Element):
        for name, value, important in _own_declarations(element):
            found.setdefault(element, []).append(((important, (1000, 0, 0), 0), name, value))
    return {
        element: {name: value for _, name, value in sorted(entries, key=lambda entry: entry[0])}
        for element, entries in found.items()
    }


def is_hidden(element: etree._Element, style: Style) -> bool:
    """Whether the element and everything in it is out of sight."""
    if element.get("hidden") is not None and style.get("display", "none") == "none":
        return True
    return bool(style) and (
        style.get("display") == "none"
        or style.get("content-visibility") == "hidden"
        or _pixels(style.get("opacity", "1")) <= (0.5 if "%" in style.get("opacity", "") else 0.05)
        or re.search(r"opacity\(0(\.0\d*)?%?\)", style.get("filter", "")) is not None
        or re.search(r"scale[xy3d]*\((\d+,)?0(\.0+)?[,)]", style.get("transform", "").replace(" ", "")) is not None
        or _is_clipped(style)
        or _is_far_off(style)
    )


def look_inside(look: Look, style: Style) -> Look:
    """How text directly inside an element looks, given how it looks around it."""
    if not style:
        return look
    colour, behind, gone = look
    fill = style.get("-webkit-text-fill-color") or style.get("color")
    if fill:
        known, alpha = _colour(fill)
        colour = None if known and alpha <= 0.05 else known or colour
    for name in ("background", "background-color"):
        if name in style:
            behind = _behind(style[name], behind)
    if "visibility" in style:
        gone = style["visibility"] in {"hidden", "collapse"}
    size = style.get("font-size") or _size_of_font(style.get("font", ""))
    if size and _LENGTH.match(size):
        gone = _pixels(size) < 1.5 or (gone and style.get("visibility") != "visible" and "visibility" in style)
    return Look(colour, behind, gone)


def _rules(root: etree._Element) -> Iterator[tuple[Any, Declarations]]:
    rules: deque[Any] = deque()
    for sheet in root.iter("style"):
        if (sheet.get("media") or "all").lower() != "print":
            rules += tinycss2.parse_stylesheet((sheet.text or "")[:500_000], skip_comments=True, skip_whitespace=True)
    for _ in range(_MAX_RULES):
        if not rules:
            return
        rule = rules.popleft()
        if rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports", "layer"} and rule.content:
            if "print" not in tinycss2.serialize(rule.prelude):
                inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                rules.extendleft(reversed(inner))
        elif rule.type == "qualified-rule" and (declarations := tuple(_relevant(rule.content))):
            for selector in _selectors(tinycss2.serialize(rule.prelude)):
                yield selector, declarations


def _selectors(text: str) -> Iterator[Any]:
    # One by one, because one that is not understood must not save the others from being applied.
    for part in re.split(r",(?![^(\[]*[)\]])", text):
        try:
            yield from parse_selectors(part)
        except (SelectorError, RecursionError):
            continue


def _select(root: etree._Element, selector: Any) -> list[etree._Element]:
    if selector.pseudo_element:
        return []
    try:
        found = root.xpath(HTMLTranslator().selector_to_xpath(selector))
    except (SelectorError, etree.XPathError, RecursionError):
        return []
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


def _own_declarations(element: etree._Element) -> Iterator[tuple[str, str, bool]]:
    for name, target in (("bgcolor", "background-color"), ("background", "background")):
        if value := element.get(name):
            yield target, (f"url({value})" if name == "background" else value.lower()), False
    colour = element.get("color") if element.tag == "font" else element.get("text") if element.tag == "body" else None
    if colour:
        yield "color", colour.lower(), False
    if style := element.get("style"):
        yield from _inline(style)


@lru_cache(maxsize=4096)
def _inline(style: str) -> Declarations:
    return tuple(_relevant(tinycss2.parse_declaration_list(style, skip_comments=True, skip_whitespace=True)))


def _relevant(content: Any) -> Iterator[tuple[str, str, bool]]:
    if content and not hasattr(content[0], "lower_name"):
        content = tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True)
    for node in content:
        if node.type == "declaration" and node.lower_name in _RELEVANT:
            yield node.lower_name, tinycss2.serialize(node.value).strip().lower(), node.important


def _is_clipped(style: Style) -> bool:
    if "rect(" in style.get("clip", "") and style.get("position") in {"absolute", "fixed"}:
        edges = [_pixels(edge) for edge in re.findall(r"-?[\d.]+[a-z]*", style["clip"])]
        if len(edges) == 4 and (edges[1] - edges[3] <= 1 or edges[2] - edges[0] <= 1):
            return True
    if re.search(r"inset\((?:[5-9]\d|100)%|circle\(0|polygon\(0 0(px)?, ?0 0(px)?, ?0 0", style.get("clip-path", "")):
        return True
    overflow = {style.get(name, "").split(" ")[0] for name in ("overflow", "overflow-x", "overflow-y")}
    if not overflow & {"hidden", "clip"}:
        return False
    sizes = [style[name] for name in ("width", "height", "max-width", "max-height") if name in style]
    return any(_LENGTH.match(size) and _pixels(size) <= 1 for size in sizes)


def _is_far_off(style: Style) -> bool:
    names = ["text-indent", "margin-left"]
    if style.get("position") in {"absolute", "fixed", "relative"}:
        names += ["left", "top", "right", "bottom"]
    shifts = [style[name] for name in names if name in style]
    shifts += (
        re.findall(r"-?[\d.]+[a-z%]+", style.get("transform", "")) if "translate" in style.get("transform", "") else []
    )
    return any(_LENGTH.match(shift) and (_pixels(shift) <= -500 or _pixels(shift) >= 5000) for shift in shifts)


def _pixels(value: str) -> float:
    """About how many pixels a length is; 1 where it cannot be told."""
    match = _LENGTH.match(value)
    return float(match.group(1)) * _PIXELS.get(match.group(2), 1.0) if match else 1.0


def _size_of_font(font: str) -> str:
    sizes = re.findall(r"(?:^|\s)(\d*\.?\d+(?:px|pt|em|rem|%)?)(?=[\s/])", font)
    return sizes[-1] if sizes else ""


@lru_cache(maxsize=1024)
def _colour(value: str) -> tuple[Colour | None, float]:
    try:
        parsed = tinycss2.color4.parse_color(value)
        if parsed is None or isinstance(parsed, str):
            return None, 1.0
        red, green, blue = (float(part or 0) for part in parsed.to("srgb").coordinates)
        return (red, green, blue), float(parsed.alpha)
    except (ValueError, NotImplementedError, AttributeError, TypeError, KeyError):
        return None, 1.0


def _behind(value: str, behind: Colour | None) -> Colour | None:
    if "url(" in value or "gradient" in value or "var(" in value:
        return None
    for word in [value, *re.findall(r"[a-z]+\([^)]*\)|[#\w-]+", value)]:
        colour, alpha = _colour(word)
        if colour and alpha > 0:
            under = behind or _WHITE
            red, green, blue = (c * alpha + u * (1 - alpha) for c, u in zip(colour, under, strict=True))
            return red, green, blue
    return behind
