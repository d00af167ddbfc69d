"""Word documents: the body in reading order, without headers and footers, comments and deleted text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from adapters.file_source.cleaning import one_line
from adapters.file_source.content import Caps, Content, Part
from adapters.file_source.docx_archive import Archive
from adapters.file_source.docx_numbering import Numbering
from adapters.file_source.docx_styles import Style, Styles, W, is_on, is_visible, shade_of, value
from adapters.file_source.numbers import numbered
from adapters.file_source.tables import table_part

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_POOR_TITLE = re.compile(r"untitled|title|(microsoft )?word document|document\d*|.*\.(docx?|dotx?)|\W*", re.IGNORECASE)
_DROPPED = frozenset(
    {f"{W}{name}" for name in "del moveFrom delText delInstrText instrText rPr pPr tblPr tcPr trPr sectPr".split()}
    | {f"{W}{name}" for name in "txbxContent commentReference annotationRef sdtPr rt".split()}
)
_SPACE = frozenset(f"{W}{name}" for name in ("tab", "br", "cr", "ptab"))
_THROUGH = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))


def read_docx(data: bytes, caps: Caps) -> Content:
    archive = Archive(data, caps)
    root = archive.xml(archive.main)
    body = None if root is None else root.find(f"{W}body")
    if body is None or root is None:
        return Content([])
    styles = Styles(archive.beside_main("styles.xml"))
    notes = _notes(archive.beside_main("footnotes.xml")) | _notes(archive.beside_main("endnotes.xml"))
    numbering = Numbering(archive.beside_main("numbering.xml"), styles)
    parts = list(_Body(styles, numbering, notes, paper=_paper(root)).parts(body))
    core = archive.xml("docProps/core.xml")
    title = "" if core is None else one_line(core.findtext(f"{_DC}title") or "")
    language = None if core is None else core.findtext(f"{_DC}language")
    first = next((part.text for part in parts if part.kind == "heading" and part.level == 1), None)
    return Content(parts, title=first if _POOR_TITLE.fullmatch(title) else title, language=language or styles.language)


class _Body:
    def __init__(self, styles: Styles, numbering: Numbering, notes: dict[str, etree._Element], *, paper: str) -> None:
        self._styles, self._numbering, self._notes, self._paper = styles, numbering, notes, paper

    def parts(self, container: etree._Element, *, behind: str | None = "") -> Iterator[Part]:
        """Paragraphs and tables of a body, cell or text box. `behind` is its shade, None where unknown."""
        behind = self._paper if behind == "" else behind
        for element in container:
            if element.tag == f"{W}p":
                yield from self._paragraph(element, behind)
            elif element.tag == f"{W}tbl":
                yield from self._table(element, behind)
            elif element.tag in _THROUGH:
                yield from self.parts(element, behind=behind)
            elif element.tag == f"{_MC}AlternateContent":
                for choice in list(element)[:1]:
                    yield from self.parts(choice, behind=behind)

    def _paragraph(self, paragraph: etree._Element, behind: str | None) -> Iterator[Part]:
        style = self._styles.paragraph(paragraph)
        boxes: list[etree._Element] = []
        notes: list[etree._Element] = []
        text = one_line("".join(self._text(paragraph, style, style.shade or behind, boxes, notes)))
        mark = self._mark(paragraph, style) if text or next(paragraph.iter(f"{W}r"), None) is None else ""
        is_contents = style.name.lower().startswith("toc ") and style.name[4:].isdigit()
        if text and not is_contents:
            if style.level:
                yield Part("heading", text, style.level)
            elif style.item >= 0:
                yield Part("item", numbered(mark, text), min(style.item, 8))
            else:
                yield Part("paragraph", text)
        for box in boxes:
            yield from self.parts(box, behind=None)
        for note in notes:
            yield from self.parts(note)

    def _mark(self, paragraph: etree._Element, style: Style) -> str:
        properties = paragraph.find(f"{W}pPr")
        name = None if properties is None else value(properties, "pStyle")
        # A level that the paragraph itself names counts more than that of its style.
        own = properties is not None and properties.find(f"{W}numPr") is not None
        return self._numbering.take(style.numbering, style.depth, style=None if own else name)

    def _text(
        self,
        element: etree._Element,
        look: Style,
        behind: str | None,
        boxes: list[etree._Element],
        notes: list[etree._Element],
    ) -> Iterator[str]:
        """Visible text in order. Text boxes and notes met on the way are collected."""
        for child in element:
            tag = child.tag
            if tag in {f"{W}t", f"{_M}t"}:
                # An invisible sign of mathematics between a function's name and what it is applied to.
                yield (child.text or "").replace("\u2061", " ") if is_visible(look, behind=behind) else ""
            elif tag in _SPACE:
                yield " "
            elif tag == f"{W}noBreakHyphen":
                yield "-"
            elif tag == f"{W}txbxContent":
                boxes.append(child)
            elif tag in {f"{W}footnoteReference", f"{W}endnoteReference"}:
                note = self._notes.pop(f"{tag[len(W)]}{child.get(f'{W}id')}", None)
                notes += [] if note is None else [note]
            elif tag == f"{_MC}AlternateContent":
                for choice in list(child)[:1]:
                    yield from self._text(choice, look, behind, boxes, notes)
            elif tag in {f"{W}r", f"{_M}r"}:
                yield from self._text(child, self._styles.run(child, look), behind, boxes, notes)
            elif tag not in _DROPPED and isinstance(tag, str):
                yield from self._text(child, look, behind, boxes, notes)

    def _table(self, table: etree._Element, behind: str | None) -> Iterator[Part]:
        properties = table.find(f"{W}tblPr")
        style = None if properties is None else self._styles.get(value(properties, "tblStyle"))
        if style and style.shades_cells:
            behind = None
        rows = [row for row in _children(table, "tr") if not _is_gone(row)]
        cells = [[list(self._cell(cell, behind)) for cell in _children(row, "tc")] for row in rows]
        arranges = max((len(row) for row in cells), default=0) < 2 or any(
            part.kind in {"heading", "table"} or len(part.text) > 1200 for row in cells for cell in row for part in cell
        )
        if arranges and not any(part.kind == "table" for row in cells for cell in row for part in cell if len(row) > 1):
            for row in cells:
                for cell in row:
                    yield from cell
            return
        headers = _header_rows(rows, self._styles)
        part = table_part(list(self._grid(rows, cells)), headers=headers)
        if part:
            yield part
        else:
            yield from (part for row in cells for cell in row for part in cell)

    def _cell(self, cell: etree._Element, behind: str | None) -> Iterator[Part]:
        yield from self.parts(cell, behind=shade_of(cell.find(f"{W}tcPr")) or behind)

    def _grid(self, rows: list[etree._Element], cells: list[list[list[Part]]]) -> Iterator[list[str]]:
        """Texts by column. A cell merged over rows counts in each of them."""
        above: dict[int, str] = {}
        for row, parts in zip(rows, cells, strict=True):
            line: list[str] = [""] * _count(row.find(f"{W}trPr"), "gridBefore", otherwise=0)
            for cell, inside in zip(_children(row, "tc"), parts, strict=True):
                properties = cell.find(f"{W}tcPr")
                merge = None if properties is None else properties.find(f"{W}vMerge")
                text = " ".join(_words(part) for part in inside)
                if merge is not None and merge.get(f"{W}val") != "restart":
                    text = text or above.get(len(line), "")
                above[len(line)] = text
                span = _count(properties, "gridSpan", otherwise=1)
                line += [text, *[""] * (span - 1)]
            yield line


def _notes(root: etree._Element | None) -> dict[str, etree._Element]:
    """Notes by the first letter of their kind and their number, as in `f3`."""
    if root is None:
        return {}
    return {
        f"{str(note.tag)[len(W)]}{note.get(f'{W}id')}": note
        for note in root.iter(f"{W}footnote", f"{W}endnote")
        if note.get(f"{W}type") in {None, "normal"}
    }


def _children(element: etree._Element, name: str) -> list[etree._Element]:
    """Rows or cells, also those in content controls."""
    found: list[etree._Element] = []
    for child in element:
        if child.tag == f"{W}{name}":
            found.append(child)
        elif child.tag in _THROUGH:
            found += _children(child, name)
    return found


def _is_gone(row: etree._Element) -> bool:
    properties = row.find(f"{W}trPr")
    return properties is not None and (properties.find(f"{W}del") is not None or is_on(properties, "hidden") is True)


def _header_rows(rows: list[etree._Element], styles: Styles) -> int | None:
    marked = 0
    for row in rows:
        properties = row.find(f"{W}trPr")
        if properties is None or not is_on(properties, "tblHeader"):
            break
        marked += 1
    if marked and marked < len(rows):
        return marked
    runs = [run for run in rows[0].iter(f"{W}r") if "".join(map(str, run.itertext())).strip()] if rows else []
    bold = [styles.run(run, Style()).bold for run in runs]
    return 1 if bold and all(bold) and len(_children(rows[0], "tc")) > 1 else None


def _count(properties: etree._Element | None, name: str, *, otherwise: int) -> int:
    text = None if properties is None else value(properties, name)
    return min(int(text), 200) if text and text.isdigit() else otherwise


def _words(part: Part) -> str:
    return part.text or " ".join(cell for row in part.rows for cell in row if cell)


def _paper(root: etree._Element) -> str:
    background = root.find(f"{W}background")
    colour = "" if background is None else str(background.get(f"{W}color", "")).lower()
    return colour if re.fullmatch("[0-9a-f]{6}", colour) else "ffffff"
