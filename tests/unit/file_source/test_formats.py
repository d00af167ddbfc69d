"""What each format's reader makes of ordinary and of odd documents."""

from __future__ import annotations

import io
from contextlib import suppress

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from adapters.file_source.content import Caps, Unreadable
from adapters.file_source.registry import SUFFIXES
from adapters.file_source.registry import read as read_bytes
from knowledge.models import Loaded
from tests.unit.file_source.conftest import Read
from tests.unit.file_source.support import outline, tables, texts


async def test_markdown_keeps_its_structure_and_loses_its_markup(read: Read) -> None:
    source = """# Annual leave<a name="leave"></a>

Every *employee* has **25 days**
of leave, see [the policy](https://example.org/x) ![calendar](c.png).

## How to ask

1. Open the form
   * fill it in
2. Send it to file\\_name

| Years | Days |
|-------|------|
| 0-5   | 25   |
| 6+    | 30   |

```
days = 25
  more
```
{% include note.html %} Use `<your name>` or <your name>.
"""
    loaded = await read(source, ".md")
    assert outline(loaded) == [
        ("heading", 1, "Annual leave"),
        ("paragraph", 0, "Every employee has 25 days of leave, see the policy calendar ."),
        ("heading", 2, "How to ask"),
        ("item", 0, "1. Open the form"),
        ("item", 1, "fill it in"),
        ("item", 0, "2. Send it to file_name"),
        ("table", 0, ""),
        ("code", 0, "days = 25\n  more"),
        ("paragraph", 0, "Use <your name> or <your name>."),
    ]
    assert tables(loaded)[0].rows == (("Years", "Days"), ("0-5", "25"), ("6+", "30"))
    assert isinstance(loaded, Loaded)
    assert loaded.document.title == "Annual leave"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('Ask in {% slack_channel "people-ops" %} first.', "Ask in people-ops first."),
        ('{% alert "Heads up!" "error" "slim" %}\nThe body.\n{% endalert %}', "Heads up! The body."),
        ('{% alert "", "warning" %}\nThe body.\n{%- endalert -%}', "The body."),
        ('{% image "_img/a.png"\n  "a cat" %}', "a cat"),
        ('{% include "step.html" steps: demo current: 2 %}Text', "Text"),
        ("Text {% comment %}TODO SECRET\n\nSECRET{% endcomment %}goes on", "Text goes on"),
        ('[a]({% page "x/y" %}), [b][ref] and {% if page == "z" %}c{% endif %}\n\n[ref]: {% page "z" %}', "a, b and c"),
        ('`{% tag "x" %}` and {% tag "y" %}', '{% tag "x" %} and y'),
        ('```\n{% tag "x" %}\n```\n{% tag "y" %}', '{% tag "x" %} y'),
        ("100 {% of it", "100 {% of it"),
    ],
)
async def test_tags_for_site_generators_are_not_shown(read: Read, source: str, expected: str) -> None:
    assert texts(await read(source, ".md")) == expected


async def test_a_text_that_begins_with_a_rule_has_no_front_matter(read: Read) -> None:
    assert texts(await read("---\nJust a line.\n---\n\nMore.", ".md")).endswith("More.")


async def test_bad_front_matter_is_noted_and_the_text_is_read(read: Read) -> None:
    loaded = await read("---\ntitle: [unclosed\n---\nText.", ".md")
    assert texts(loaded) == "Text."
    assert isinstance(loaded, Loaded)
    assert "not YAML" in loaded.notes[0].text


async def test_html_is_read_without_what_surrounds_it(read: Read) -> None:
    source = """<html lang="de"><head><title>Urlaub | Firma</title></head><body>
    <header><a href=/>Logo</a></header><nav><ul><li>Home</li></ul></nav>
    <main><header><h1>Urlaub</h1></header><p>Es gibt<br>25 Tage.</p>
    <ul><li>eins<ul><li>zwei</li></ul></li></ul>
    <dl><dt>Frist</dt><dd>zwei Wochen</dd></dl><pre>a
  b</pre><form>Name <input> <select><option>x</option></select></form></main>
    <aside>Werbung</aside><footer>Impressum</footer></body></html>"""
    loaded = await read(source, ".html")
    assert outline(loaded) == [
        ("heading", 1, "Urlaub"),
        ("paragraph", 0, "Es gibt 25 Tage."),
        ("item", 0, "eins"),
        ("item", 1, "zwei"),
        ("item", 0, "Frist: zwei Wochen"),
        ("code", 0, "a\n  b"),
        ("paragraph", 0, "Name"),
    ]
    assert isinstance(loaded, Loaded)
    assert (loaded.document.title, loaded.document.language) == ("Urlaub", "de")


async def test_a_page_of_nothing_but_surroundings_is_read_whole(read: Read) -> None:
    assert texts(await read("<body><nav><p>Only this.</p></nav></body>", ".html")) == "Only this."


async def test_html_tables_of_data_have_rows_and_others_are_walked(read: Read) -> None:
    source = """<table><caption>Leave</caption><thead><tr><th rowspan=2>Plan</th><th colspan=2>Premium</th></tr>
    <tr><th>Single</th><th>Family</th></tr></thead><tbody><tr><td rowspan=2>Plus</td><td>10</td><td>20</td></tr>
    <tr><td>11</td><td>21</td></tr></tbody></table>
    <table><tr><td><h2>Left</h2><p>one</p></td><td><p>two</p></td></tr></table>"""
    loaded = await read(source, ".html")
    assert tables(loaded)[0].rows == (
        ("Plan", "Premium Single", "Premium Family"),
        ("Plus", "10", "20"),
        ("Plus", "11", "21"),
    )
    assert [part[2] for part in outline(loaded)] == ["Leave", "", "Left", "one", "two"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Grüße aus Köln, schöne Übung für Ärzte", "cp1252"),
        ("Grüße aus Köln", "utf-8-sig"),
        ("Grüße aus Köln", "utf-16"),
        ("Plain text with few signs, Köln", "utf-16-le"),
        ("Работник имеет право на ежегодный оплачиваемый отпуск продолжительностью", "cp1251"),
        ("従業員は年次有給休暇を取得する権利があります。申請は二週間前までに行うこと。", "shift_jis"),
    ],
)
async def test_text_is_read_in_its_encoding(read: Read, text: str, encoding: str) -> None:
    assert texts(await read(text.encode(encoding), ".txt")) == text


async def test_plain_text_has_paragraphs_items_and_only_sure_headings(read: Read) -> None:
    source = (
        "LEAVE POLICY\n\nEvery employee\nhas 25 days.\n\n- one\n  goes on\n  - two\n\nRules\n=====\n\nNot a heading\n"
    )
    assert outline(await read(source, ".txt")) == [
        ("heading", 2, "LEAVE POLICY"),
        ("paragraph", 0, "Every employee has 25 days."),
        ("item", 0, "one goes on"),
        ("item", 1, "two"),
        ("heading", 1, "Rules"),
        ("paragraph", 0, "Not a heading"),
    ]


LOREM = "The employee sends the form to the office, and the office answers within a week. " * 4


def handbook() -> bytes:
    buffer = io.BytesIO()
    styles = getSampleStyleSheet()
    body = [Paragraph("Staff handbook", styles["Title"])]
    for number in range(1, 4):
        body += [Paragraph(f"Chapter {number}: Leave", styles["Heading1"]), Paragraph(LOREM, styles["Normal"])]
        body += [Paragraph("Details", styles["Heading2"]), Paragraph("• first point", styles["Normal"])]
        body += [Paragraph("• second point", styles["Normal"]), Spacer(1, 12)]
        grid = [("GRID", (0, 0), (-1, -1), 1, "black"), ("SPAN", (0, 1), (0, 2))]
        body += [Table([["Years", "Days"], ["0-5", "25"], ["", "26"]], style=grid), Spacer(1, 30), PageBreak()]

    def edges(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.drawString(72, 820, "Contoso internal")
        canvas.drawString(280, 20, f"Page {document.page} of 3")

    SimpleDocTemplate(buffer, pagesize=A4).build(body, onFirstPage=edges, onLaterPages=edges)
    return buffer.getvalue()


async def test_a_pdf_has_headings_paragraphs_items_tables_and_pages(read: Read) -> None:
    loaded = await read(handbook(), ".pdf")
    assert isinstance(loaded, Loaded)
    assert loaded.document.title == "Staff handbook"
    assert outline(loaded)[:6] == [
        ("heading", 1, "Staff handbook"),
        ("heading", 1, "Chapter 1: Leave"),
        ("paragraph", 0, LOREM.strip()),
        ("heading", 2, "Details"),
        ("item", 0, "first point"),
        ("item", 0, "second point"),
    ]
    assert tables(loaded)[0].rows == (("Years", "Days"), ("0-5", "25"), ("0-5", "26"))
    assert [block.page for block in loaded.blocks if block.text.startswith("Chapter")] == [1, 2, 3]
    assert "Contoso internal" not in texts(loaded)
    assert "Page 2" not in texts(loaded)


def columns(*, rotate: int = 0) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(842, 842))
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(72, 780, "A title over both columns")
    canvas.setFont("Helvetica", 10)
    for side, name in ((72, "left"), (320, "right")):
        for line in range(12):
            canvas.drawString(side, 740 - 13 * line, f"{name} column line {line:02} is of some length")
    canvas.setPageRotation(rotate)
    canvas.save()
    return buffer.getvalue()


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
async def test_columns_are_read_one_after_the_other_however_the_page_is_turned(read: Read, rotate: int) -> None:
    text = texts(await read(columns(rotate=rotate), ".pdf"))
    assert text.startswith("A title over both columns left column line 00")
    assert text.index("left column line 11") < text.index("right column line 00")


async def test_words_divided_at_the_line_end_are_joined(read: Read) -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    lines = ["The manage-", "ment decides on every well-", "known applica-", "tion within four-", "teen days."]
    for number, line in enumerate(lines):
        canvas.drawRightString(300, 700 - 13 * number, line)
    canvas.save()
    assert texts(await read(buffer.getvalue(), ".pdf")) == (
        "The management decides on every well-known application within fourteen days."
    )


async def test_a_scanned_pdf_is_empty_with_a_note(read: Read) -> None:
    pixel = b"P6 2 2 255 " + bytes(12)
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawImage(ImageReader(Image.open(io.BytesIO(pixel))), 0, 0, 595, 842)
    canvas.save()
    loaded = await read(buffer.getvalue(), ".pdf")
    assert isinstance(loaded, Loaded)
    assert not loaded.blocks
    assert "OCR" in loaded.notes[0].text


async def test_a_word_file_keeps_its_structure(read: Read) -> None:
    document = docx.Document()
    document.core_properties.title = "Leave rules"
    document.sections[0].header.paragraphs[0].text = "Header"
    document.add_heading("Leave", 1)
    document.add_paragraph("Every employee has 25 days.")
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet 2")
    table = document.add_table(3, 3)
    for row, cells in enumerate([["Plan", "Cost", "Note"], ["Plus", "10", "a"], ["", "12", "b"]]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(2, 1).merge(table.cell(2, 2))
    loaded = await read(saved(document), ".docx")
    assert outline(loaded) == [
        ("heading", 1, "Leave"),
        ("paragraph", 0, "Every employee has 25 days."),
        ("item", 0, "first"),
        ("item", 1, "second"),
        ("table", 0, ""),
    ]
    assert tables(loaded)[0].rows == (("Plan", "Cost", "Note"), ("Plus", "10", "a"), ("Plus", "12 b", ""))
    assert isinstance(loaded, Loaded)
    assert loaded.document.title == "Leave rules"


async def test_text_boxes_links_and_equations_of_a_word_file_are_read_in_order(read: Read) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("See ")._p
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    for xml in (
        f"<w:hyperlink {nsdecls('w')}><w:r><w:t>the link</w:t></w:r></w:hyperlink>",
        f"<m:oMath {math}><m:r><m:t>a=b</m:t></m:r></m:oMath>",
        f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent>"
        "</w:pict></w:r>",
        f"<w:r {nsdecls('w')}><w:t>.</w:t></w:r>",
    ):
        paragraph.append(parse_xml(xml))
    assert texts(await read(saved(document), ".docx")) == "See the linka=b. boxed"


def saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


MARKUP = st.sampled_from(
    "<p> </p> <div style='color:#fff'> <table> <tr> <td colspan=9999999> </td> <th> <li> <ul> <br> <!-- --> "
    "<style> p{display:none} </style> # * - > | |---| ``` [a](b) ![x](y) &#0; &amp; --- "
    "\n \n\n \t \x00 \u200b é <svg> <dt> "
    "<dd> <h1> <template> <script> </script> <details> <body text=red> title: x".split(" ")
)
WILD = st.one_of(st.binary(max_size=200), st.lists(MARKUP, max_size=60).map(lambda parts: " ".join(parts).encode()))


@settings(derandomize=True, max_examples=250, deadline=None)
@given(WILD, st.sampled_from(sorted(SUFFIXES)))
def test_whatever_the_bytes_a_reader_gives_well_formed_parts_or_says_why_not(data: bytes, suffix: str) -> None:
    with suppress(Unreadable):
        for part in read_bytes(data, suffix=suffix, caps=Caps()).parts:
            assert bool(part.rows) == (part.kind == "table")
            assert part.text or part.rows
            assert part.kind == "code" or "\n" not in part.text
            assert (1 <= part.level <= 6) if part.kind == "heading" else part.level >= 0
            assert len({len(row) for row in part.rows}) <= 1
            assert "\u200b" not in part.text
