"""A step keeps the number that a person sees before it, in every format."""

from __future__ import annotations

import io

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.text.paragraph import Paragraph
from reportlab.pdfgen.canvas import Canvas

from tests.unit.file_source.conftest import Read
from tests.unit.file_source.support import outline, tables, texts


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<ol><li>a<li>b</ol>", ["1. a", "2. b"]),
        ("<ol start=7><li>a<li>b</ol>", ["7. a", "8. b"]),
        ("<ol><li>a<li value=5>b<li>c</ol>", ["1. a", "5. b", "6. c"]),
        ("<ol reversed><li>a<li>b<li>c</ol>", ["3. a", "2. b", "1. c"]),
        ("<ol type=a><li>a<li>b</ol>", ["1. a", "2. b"]),
        ("<ol start=x><li value=''>a</ol>", ["1. a"]),
        ("<ol><li>a<ol><li>b<li>c</ol><li>d</ol>", ["1. a", "1. b", "2. c", "2. d"]),
        ("<ol><li>a<ul><li>b</ul><li>c</ol>", ["1. a", "b", "2. c"]),
        ("<ol><li><p>a<p>more</li><li><p>b</ol>", ["1. a", "more", "2. b"]),
        ("<ol><li>a<li hidden>b<li>c</ol>", ["1. a", "2. c"]),
        ("<ol><li><!-- x --> <b>a</b> b</ol>", ["1. a b"]),
        ("<ol><li>1. a<li>2) b<li>3 c</ol>", ["1. a", "2) b", "3. 3 c"]),
        ("<ol style='list-style:none'><li>a</ol>", ["a"]),
        ("<style>.x{list-style-type: disc inside}</style><ol class=x><li>a</ol>", ["a"]),
        ("<ol><li><dl><dt>a<dd>b</dl><li>c</ol>", ["a: b", "2. c"]),
        ("<ul><li>a</ul><li>b", ["a", "b"]),
    ],
)
async def test_html_numbers(read: Read, source: str, expected: list[str]) -> None:
    assert [text for _, _, text in outline(await read(source, ".html"))] == expected


async def test_html_steps_in_a_cell_keep_their_numbers(read: Read) -> None:
    source = "<table><tr><th>Fault<th>Remedy<th>Who<tr><td>E1<td><ol><li>Stop<li>Wait</ol><td>You</table>"
    assert tables(await read(source, ".html"))[0].rows[1] == ("E1", "1. Stop 2. Wait", "You")


async def test_markdown_numbers(read: Read) -> None:
    source = "3. three\n\n   more of three\n4. four\n   - bare\n     1. deep\n\ntext\n\n1) one\n1) two\n"
    assert outline(await read(source, ".md")) == [
        ("item", 0, "3. three"),
        ("paragraph", 0, "more of three"),
        ("item", 0, "4. four"),
        ("item", 1, "bare"),
        ("item", 2, "1. deep"),
        ("paragraph", 0, "text"),
        ("item", 0, "1. one"),
        ("item", 0, "2. two"),
    ]


async def test_text_numbers_stay_as_typed(read: Read) -> None:
    source = "How to:\n\n1. one\n   goes on\n2) two\n   a) deep\n- bare\n"
    assert outline(await read(source, ".txt")) == [
        ("paragraph", 0, "How to:"),
        ("item", 0, "1. one goes on"),
        ("item", 0, "2) two"),
        ("item", 1, "a) deep"),
        ("item", 0, "bare"),
    ]


async def test_pdf_numbers_stay_as_typed(read: Read) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    for place, line in enumerate(["1. one", "2) two", "a) three", "• bare", "10. ten"]):
        canvas.drawString(72, 700 - 14 * place, line)
    canvas.save()
    assert [text for _, _, text in outline(await read(buffer.getvalue(), ".pdf"))] == [
        *("1. one", "2) two", "a) three", "bare", "10. ten")
    ]


def level(number: int, form: str, text: str, *, start: int | None = 1, more: str = "") -> str:
    begin = "" if start is None else f'<w:start w:val="{start}"/>'
    return f'<w:lvl w:ilvl="{number}">{begin}<w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


def define(document: Document, abstract: int, levels: list[str], *instances: tuple[int, str]) -> None:
    """A list definition and its instances: number and overrides."""
    root = document.part.numbering_part.element
    first = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{abstract}">{"".join(levels)}</w:abstractNum>'
    root.insert(0, parse_xml(first))
    for number, overrides in instances:
        num = f'<w:num {nsdecls("w")} w:numId="{number}"><w:abstractNumId w:val="{abstract}"/>{overrides}</w:num>'
        root.append(parse_xml(num))


def item(document: Document, text: str, number: int, depth: int = 0) -> Paragraph:
    paragraph = document.add_paragraph(text)
    xml = f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
    paragraph._p.get_or_add_pPr().append(parse_xml(xml))
    return paragraph


def saved(document: Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


async def test_word_numbers_count_by_level(read: Read) -> None:
    document = docx.Document()
    levels = [level(0, "decimal", "%1."), level(1, "lowerLetter", "%2)"), level(2, "bullet", "•")]
    define(document, 90, levels, (90, ""))
    for text, depth in [("a", 0), ("b", 1), ("c", 1), ("d", 2), ("e", 0), ("f", 1)]:
        item(document, text, 90, depth)
    assert outline(await read(saved(document), ".docx")) == [
        *(("item", 0, "1. a"), ("item", 1, "1. b"), ("item", 1, "2. c")),
        *(("item", 2, "d"), ("item", 0, "2. e"), ("item", 1, "1. f")),
    ]


async def test_word_lists_go_on_unless_they_are_started_again(read: Read) -> None:
    document = docx.Document()
    again = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    define(document, 90, [level(0, "upperRoman", "%1.")], (90, ""), (91, ""), (92, again))
    define(document, 95, [level(0, "decimalZero", "%1.", start=3)], (95, ""))
    for text, number in [("a", 90), ("b", 91), ("c", 92), ("d", 92), ("e", 95), ("f", 90)]:
        item(document, text, number)
    seen = [text for _, _, text in outline(await read(saved(document), ".docx"))]
    assert seen == ["1. a", "2. b", "5. c", "6. d", "3. e", "7. f"]


async def test_word_levels_that_never_restart_go_on(read: Read) -> None:
    document = docx.Document()
    never = level(1, "decimal", "%2.", more='<w:lvlRestart w:val="0"/>')
    define(document, 90, [level(0, "decimal", "%1."), never], (90, ""))
    for text, depth in [("a", 0), ("b", 1), ("c", 0), ("d", 1)]:
        item(document, text, 90, depth)
    assert [text for _, _, text in outline(await read(saved(document), ".docx"))] == ["1. a", "1. b", "2. c", "2. d"]


async def test_word_clauses_keep_the_numbers_of_all_their_levels(read: Read) -> None:
    document = docx.Document()
    define(document, 90, [level(0, "decimal", "%1."), level(1, "lowerLetter", "%1.%2.")], (90, ""))
    for text, depth in [("a", 0), ("b", 1), ("c", 1), ("d", 0), ("e", 1)]:
        item(document, text, 90, depth)
    seen = [text for _, _, text in outline(await read(saved(document), ".docx"))]
    assert seen == ["1. a", "1.1 b", "1.2 c", "2. d", "2.1 e"]


async def test_word_numbers_come_from_styles_too(read: Read) -> None:
    document = docx.Document()
    for text, style in [("a", "List Number"), ("b", "List Number"), ("c", "List Bullet"), ("d", "List Number")]:
        document.add_paragraph(text, style=style)
    document.add_paragraph("e", style="List Number 2")
    seen = [(depth, text) for _, depth, text in outline(await read(saved(document), ".docx"))]
    assert seen == [(0, "1. a"), (0, "2. b"), (0, "c"), (0, "3. d"), (1, "1. e")]


async def test_a_level_may_be_that_of_its_style(read: Read) -> None:
    document = docx.Document()
    linked = level(1, "decimal", "%2.", more='<w:pStyle w:val="ListNumber3"/>')
    define(document, 90, [level(0, "decimal", "%1."), linked], (90, ""))
    style = document.styles["List Number 3"].element
    style.pPr.numPr.numId.val = 90
    document.add_paragraph("a", style="List Number 3")
    assert outline(await read(saved(document), ".docx")) == [("item", 2, "1. a")]


async def test_word_numbers_ignore_what_is_not_there(read: Read) -> None:
    document = docx.Document()
    define(document, 90, [level(0, "decimal", "%1.", start=None), level(1, "none", "")], (90, ""))
    item(document, "a", 90)
    gone = item(document, "", 90)
    gone.add_run("gone").font.hidden = True
    item(document, "", 90)  # an empty item shows its number, and counts from 0 without a start
    item(document, "b", 90)
    item(document, "c", 90, 1)
    item(document, "d", 999)
    assert [text for _, _, text in outline(await read(saved(document), ".docx"))] == ["0. a", "2. b", "c", "d"]


async def test_numbered_headings_of_a_word_file_stay_bare_and_cells_are_numbered(read: Read) -> None:
    document = docx.Document()
    define(document, 90, [level(0, "decimal", "%1.")], (90, ""))
    heading = item(document, "Purpose", 90)
    heading.style = document.styles["Heading 1"]
    table = document.add_table(2, 3)
    for place, text in enumerate(["Fault", "Remedy", "Who", "E1", "", "You"]):
        table.cell(place // 3, place % 3).text = text
    step = item(document, "Stop", 90)
    table.cell(1, 1)._tc.append(step._p)
    loaded = await read(saved(document), ".docx")
    assert outline(loaded)[0] == ("heading", 1, "Purpose")
    assert "2. Stop" in texts(loaded)
