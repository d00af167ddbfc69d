"""PDF documents: headings by size and weight, paragraphs over lines and pages, tables by their rules."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from itertools import takewhile

import pypdfium2
import pypdfium2.raw

from adapters.file_source.cleaning import one_line
from adapters.file_source.content import Caps, Content, Part, Unreadable
from adapters.file_source.pdf_columns import with_tables
from adapters.file_source.pdf_layout import Line, lines_of
from adapters.file_source.pdf_page import Page, read_page
from adapters.file_source.pdf_tables import tables_of
from adapters.file_source.pdf_writer import Element, PartWriter

_PAGE_NUMBER = re.compile(r"(?:page\s+|seite\s+|-\s*)?\d{1,4}(?:\s*(?:/|of|von|-)\s*\d{0,4})?", re.IGNORECASE)
_POOR_TITLE = re.compile(
    r"^(untitled|\(?anonymous\)?|microsoft \w+ - .*|.*\.(docx?|pdf|indd|xlsx?|pptx?|odt|rtf|tmp|html?|qxd|dvi)"
    r"|document\d*|slide \d+|title|\W*)$",
    re.IGNORECASE,
)


def read_pdf(data: bytes, caps: Caps) -> Content:
    document = _open(data)
    try:
        count = len(document)
        if count > caps.max_pages:
            raise Unreadable(f"has {count} pages, more than {caps.max_pages}: split it or raise max_pages")
        pages, elements = [], list[Element]()
        for index in range(count):
            page = read_page(document, index)
            elements += _elements(page)
            pages.append(replace(page, words=[], across=[], down=[]))  # or a long document fills the memory
        title = one_line(document.get_metadata_value("Title"))
    finally:
        document.close()
    elements = _without_running(elements, pages)
    parts = PartWriter(elements).parts()
    for page in pages:
        aslant = one_line(" ".join(page.aslant))
        if len(aslant) > 40:  # less is a stamp
            parts.append(Part("paragraph", aslant, page=page.number))
    content = Content(parts, title=None if _POOR_TITLE.match(title) else title)
    if not parts:
        why = "has no text, only images (a scan?): run text recognition (OCR) on it first"
        content.notes.append(why if any(page.has_image for page in pages) else "is empty: there is no text in it")
    elif not content.title:
        content.title = _cover_title(parts)
    return content


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as exc:
        if exc.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise Unreadable("is protected by a password: save a copy without one and index again") from exc
        if exc.err_code == pypdfium2.raw.FPDF_ERR_SECURITY:
            raise Unreadable("is encrypted in a way that is not supported: save a copy without protection") from exc
        raise Unreadable("is damaged or cut off: open it, save it again and replace it") from exc


def _elements(page: Page) -> list[Element]:
    """Lines and tables, each table where its first word would have been."""
    tables = tables_of(page)
    used = set().union(*(table.words for table in tables))
    lines = lines_of(page, [word for place, word in enumerate(page.words) if place not in used])
    elements: list[Element] = list(with_tables(lines))
    for table in tables:
        below = (
            index
            for index, element in enumerate(elements)
            if isinstance(element, Line) and element.top > table.top and element.x1 > table.x0 and element.x0 < table.x1
        )
        elements.insert(next(below, len(elements)), table)
    return elements


def _without_running(elements: list[Element], pages: list[Page]) -> list[Element]:
    """Without headers, footers and page numbers: what stands at the same edge of several pages."""
    heights = {page.number: page.height for page in pages}
    seen: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    at_edge: dict[int, tuple[str, int]] = {}
    for line in elements:
        if isinstance(line, Line) and not 0.1 < (line.top + line.bottom) / 2 / heights[line.page] < 0.9:
            key = (re.sub(r"\d+|\b[ivxlc]+\b", "#", one_line(line.text).lower()), round(line.top / 12))
            at_edge[id(line)] = key
            for near in (-1, 0, 1):
                seen[key[0], key[1] + near].add(line.page)
    often = max(2, min(len(pages) // 4, 8))

    def runs(element: Element) -> bool:
        place = at_edge.get(id(element))
        if place is None or not isinstance(element, Line):
            return False
        return len(seen[place]) >= often or (len(pages) > 1 and bool(_PAGE_NUMBER.fullmatch(element.text.strip())))

    return [element for element in elements if not runs(element)]


def _cover_title(parts: list[Part]) -> str | None:
    """The largest of the first headings; all of them where they fill a cover, as in "Contoso - Standard plan"."""
    headings = [part for part in parts[:12] if part.kind == "heading"]
    if not headings:
        return None
    largest = min(headings, key=lambda part: part.level)
    cover = list(takewhile(lambda part: part.kind == "heading" and part.page == 1, parts[:4]))
    is_cover = largest in cover and len(cover) < len(parts) and parts[len(cover)].page != 1
    return " - ".join(part.text for part in cover) if is_cover else largest.text
