"""HTML pages: what a person reads on them, in order, without what surrounds it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree, html

from adapters.file_source.cleaning import one_line
from adapters.file_source.content import Caps, Content, Part
from adapters.file_source.flow import Flow
from adapters.file_source.front_matter import split_front_matter
from adapters.file_source.hidden import Styles, styles_of
from adapters.file_source.text import decode

_CHARSET = re.compile(rb"""<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_AROUND = frozenset({"nav", "footer", "aside", "header"})
_AROUND_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary"})


def read_html(data: bytes, caps: Caps) -> Content:
    match = _CHARSET.search(data[:4096])
    declared = match.group(1).decode("ascii", "replace").lower() if match else None
    # Who can read a declaration of UTF-16 in single bytes knows that it is wrong.
    text = decode(data, declared=None if declared and declared.startswith("utf-16") else declared)
    fields, text, notes = split_front_matter(text) if text.startswith("---") else ({}, text, [])
    content = read_markup(text)
    content.fields, content.notes = fields, [*content.notes, *notes]
    return content


def read_markup(markup: str, *, whole: bool = False) -> Content:
    """Parts of a page; `whole` keeps what is usually around the content."""
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(markup.replace("\0", "").encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return Content([])
    styles = styles_of(root)
    body = root.find("body")
    body = root if body is None else body
    parts = _parts(body, styles, frozenset()) if whole else _main_parts(body, styles)
    content = Content(parts, title=_title(root, parts), language=root.get("lang") or None)
    if any("Excessive depth" in (entry.message or "") for entry in parser.error_log):
        content.notes.append("is nested more than 2000 levels deep: what lies deeper is left out")
    return content


def _main_parts(body: etree._Element, styles: Styles) -> list[Part]:
    """The page's main element where that holds most of it, else everything but what surrounds it."""
    around = frozenset(_surroundings(body))
    parts = _parts(body, styles, around)
    for candidate in _main_elements(body):
        inner = _parts(candidate, styles, frozenset(el for el in around if el.tag in {"nav", "footer"}))
        if _size(inner) >= _size(parts) / 2:
            return inner
    if _size(parts) < 200:
        everything = _parts(body, styles, frozenset())
        return everything if _size(parts) < _size(everything) / 10 else parts
    return parts


def _parts(element: etree._Element, styles: Styles, around: frozenset[etree._Element]) -> list[Part]:
    flow = Flow(styles, left_out=around)
    flow.walk(element)
    return flow.parts


def _main_elements(body: etree._Element) -> Iterator[etree._Element]:
    mains = [
        element
        for element in body.iter("main", "div", "section")
        if element.tag == "main" or element.get("role") == "main"
    ]
    yield from mains[:1]
    articles = list(body.iter("article"))
    if len(articles) == 1:
        yield articles[0]


def _surroundings(body: etree._Element) -> Iterator[etree._Element]:
    for element in body.iter(etree.Element):
        if element.tag in _AROUND or element.get("role") in _AROUND_ROLES:
            # A header or aside inside an article belongs to it, and so does one that holds the page's heading.
            inside = any(parent.tag in {"article", "main"} for parent in element.iterancestors())
            if element.tag in {"header", "aside"} and (inside or next(element.iter("h1"), None) is not None):
                continue
            yield element


def _size(parts: list[Part]) -> int:
    return sum(len(part.text) + sum(len(cell) for row in part.rows for cell in row) for part in parts)


def _title(root: etree._Element, parts: list[Part]) -> str | None:
    """The page's title without the site's name around it, where the first heading shows what that is."""
    title = one_line(root.findtext("head/title") or "")
    heading = next((part.text for part in parts if part.kind == "heading"), "")
    first = next((part.text for part in parts if part.kind == "heading" and part.level == 1), "")
    return (heading if heading and heading.lower() in title.lower() else "") or title or first or heading or None
