"""Text that a person cannot see never reaches the index, whatever hides it."""

from __future__ import annotations

import io

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.colors import Color, black, white
from reportlab.pdfgen.canvas import Canvas

from adapters.file_source.cleaning import clean, one_line
from tests.unit.file_source.conftest import Read
from tests.unit.file_source.support import texts

BODY = "<p>Everyone may read this line.</p>"


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>SECRET</p>",
        "<div style='display:none'><p>SECRET</p></div>",
        "<div style='DISPLAY : NONE !important'>SECRET</div>",
        "<p style='visibility:hidden'>SECRET</p>",
        "<p style='opacity:0'>SECRET</p>",
        "<p style='opacity:0.01'>SECRET</p>",
        "<p style='font-size:0'>SECRET</p>",
        "<p style='font-size:0.5px'>SECRET</p>",
        "<p style='font:0/0 a'>SECRET</p>",
        "<p style='color:white'>SECRET</p>",
        "<p style='color:#fefefe'>SECRET</p>",
        "<p style='color:rgba(0,0,0,0)'>SECRET</p>",
        "<p style='color:transparent'>SECRET</p>",
        "<font color='#ffffff'>SECRET</font>",
        "<div style='background:#000'><p style='color:#000'>SECRET</p></div>",
        "<table><tr><td bgcolor='#336699'><span style='color:#336699'>SECRET</span></td></tr></table>",
        "<p style='position:absolute;left:-9999px'>SECRET</p>",
        "<p style='text-indent:-9999px'>SECRET</p>",
        "<p style='position:absolute;width:1px;height:1px;overflow:hidden;clip:rect(0,0,0,0)'>SECRET</p>",
        "<p style='height:0;overflow:hidden'>SECRET</p>",
        "<p style='clip-path:inset(100%)'>SECRET</p>",
        "<p style='transform:scale(0)'>SECRET</p>",
        "<!-- SECRET --><p><!-- SECRET --></p>",
        "<template>SECRET</template><noscript>SECRET</noscript><script>SECRET</script>",
        "<input type='hidden' value='SECRET'><textarea>SECRET</textarea>",
        "<dialog>SECRET</dialog>",
        "<style>.x{display:none}</style><p class='x'>SECRET</p>",
        "<style>p.note > span, #y{visibility:hidden}</style><p class='note'><span>SECRET</span></p>",
        "<style>@media screen{em{color:#fff}}</style><p><em>SECRET</em></p>",
        "<style>b:foo(, b{display:none}</style><style>i{font-size:0}</style><p><i>SECRET</i></p>",
        "<table><tr><th>Name</th><th>Days</th></tr><tr style='display:none'><td>SECRET</td><td>1</td></tr>"
        "<tr><td>Ann</td><td>2</td></tr></table>",
        "<table><tr><th>Name</th><th>Days</th></tr><tr><td>Ann</td><td style='color:#fff'>SECRET</td></tr>"
        "<tr><td>Bob</td><td>2</td></tr></table>",
    ],
)
async def test_html_out_of_sight_is_left_out(read: Read, hidden: str) -> None:
    text = texts(await read(f"<html><body>{BODY}{hidden}</body></html>", ".html"))
    assert "SECRET" not in text
    assert "Everyone may read" in text


@pytest.mark.parametrize(
    "shown",
    [
        "<p aria-hidden='true'>SHOWN</p>",
        "<div style='background:#036;color:#fff'><p>SHOWN</p></div>",
        "<div style='background:url(dark.png);color:#fff'>SHOWN</div>",
        "<div style='font-size:0'><span style='font-size:14px'>SHOWN</span></div>",
        "<div style='visibility:hidden'><p style='visibility:visible'>SHOWN</p></div>",
        "<style>.x{display:none}</style><style>p.x{display:block}</style><p class='x'>SHOWN</p>",
        "<style>@media print{p{display:none}}</style><p>SHOWN</p>",
        "<details><summary>More</summary>SHOWN</details>",
        "<p style='color:#777'>SHOWN</p>",
        "<div style='overflow:hidden;width:600px'>SHOWN</div>",
        "<style>a{color:#fff} td{background:#000}</style><table><tr><td><a href=x>SHOWN</a></td></tr></table>",
    ],
)
async def test_html_in_sight_stays(read: Read, shown: str) -> None:
    assert "SHOWN" in texts(await read(f"<html><body>{BODY}{shown}</body></html>", ".html"))


async def test_markdown_hides_nothing_in_html_or_comments(read: Read) -> None:
    source = "# Rules\n\nVisible.\n\n<!-- SECRET -->\n\n<div style='display:none'>\n\nSECRET **word**\n\n"
    source += "</div>\n\nLast <span hidden>SECRET</span> line."
    text = texts(await read(source, ".md"))
    assert text == "Rules Visible. Last line."


def page(draw: object) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 700, "Everyone may read this line.")
    draw(canvas)  # type: ignore[operator]
    canvas.save()
    return buffer.getvalue()


def draw_invisible(canvas: Canvas) -> None:
    text = canvas.beginText(72, 600)
    text.setTextRenderMode(3)
    text.textLine("SECRET")
    canvas.drawText(text)


def draw_white(canvas: Canvas) -> None:
    canvas.setFillColor(white)
    canvas.drawString(72, 600, "SECRET")


def draw_clear(canvas: Canvas) -> None:
    canvas.setFillColor(Color(0, 0, 0, alpha=0))
    canvas.drawString(72, 600, "SECRET")


def draw_tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.4)
    canvas.drawString(72, 600, "SECRET")


def draw_scaled(canvas: Canvas) -> None:
    canvas.scale(0.02, 0.02)
    canvas.drawString(4000, 30000, "SECRET")


def draw_outside(canvas: Canvas) -> None:
    canvas.drawString(72, 2000, "SECRET")


def draw_black_on_black(canvas: Canvas) -> None:
    canvas.setFillColor(black)
    canvas.rect(60, 580, 300, 40, fill=1)
    canvas.drawString(72, 600, "SECRET")


def draw_covered(canvas: Canvas) -> None:
    canvas.drawString(72, 600, "SECRET")
    canvas.setFillColor(white)
    canvas.rect(60, 580, 300, 40, fill=1, stroke=0)


def draw_clipped_away(canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.rect(72, 600, 0, 0)
    canvas.clipPath(path, stroke=0)
    canvas.drawString(72, 600, "SECRET")


def draw_outside_its_clip(canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.rect(72, 100, 50, 50)
    canvas.clipPath(path, stroke=0)
    canvas.drawString(72, 600, "SECRET")


def draw_covered_in_a_form(canvas: Canvas) -> None:
    canvas.beginForm("part")
    draw_covered(canvas)
    canvas.endForm()
    canvas.doForm("part")


@pytest.mark.parametrize(
    "draw",
    [
        *(draw_invisible, draw_white, draw_clear, draw_tiny, draw_scaled, draw_outside, draw_black_on_black),
        *(draw_covered, draw_clipped_away, draw_outside_its_clip, draw_covered_in_a_form),
    ],
)
async def test_pdf_text_out_of_sight_is_left_out(read: Read, draw: object) -> None:
    text = texts(await read(page(draw), ".pdf"))
    assert text == "Everyone may read this line."


def draw_under_a_marker(canvas: Canvas) -> None:
    canvas.drawString(72, 600, "SHOWN")
    canvas.setFillColor(Color(1, 1, 0, alpha=0.4))
    canvas.rect(60, 580, 300, 40, fill=1, stroke=0)


def draw_under_a_multiplied_marker(canvas: Canvas) -> None:
    canvas.drawString(72, 600, "SHOWN")
    canvas.setBlendMode("Multiply")
    canvas.setFillColor(Color(1, 1, 0))
    canvas.rect(60, 580, 300, 40, fill=1, stroke=0)


def draw_beside_a_clipped_cover(canvas: Canvas) -> None:
    canvas.drawString(72, 600, "SHOWN")
    path = canvas.beginPath()
    path.rect(300, 500, 50, 50)
    canvas.clipPath(path, stroke=0)
    canvas.rect(0, 0, 600, 800, fill=1, stroke=0)


def draw_under_a_frame(canvas: Canvas) -> None:
    canvas.drawString(72, 600, "SHOWN")
    canvas.rect(60, 580, 300, 40, fill=0)
    path = canvas.beginPath()
    path.moveTo(0, 0)
    path.lineTo(590, 0)
    path.lineTo(590, 800)
    canvas.drawPath(path, fill=1)


def draw_clipped_around(canvas: Canvas) -> None:
    path = canvas.beginPath()
    path.rect(60, 590, 300, 30)
    canvas.clipPath(path, stroke=0)
    canvas.drawString(72, 600, "SHOWN")


@pytest.mark.parametrize(
    "draw",
    [
        *(draw_under_a_marker, draw_under_a_multiplied_marker, draw_beside_a_clipped_cover),
        *(draw_under_a_frame, draw_clipped_around),
    ],
)
async def test_pdf_text_in_sight_stays(read: Read, draw: object) -> None:
    assert "SHOWN" in texts(await read(page(draw), ".pdf"))


async def test_pdf_text_is_judged_letter_by_letter(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Courier", 10)
        canvas.rect(60, 590, 72, 30, fill=1, stroke=0)  # as wide as "HIDDEN HIDE"
        canvas.drawString(66, 600, "HIDDEN HID SHOWN")
        canvas.drawString(66, 500, "SHOWN too SECRET")
        canvas.setFillColor(white)
        canvas.rect(125, 490, 100, 30, fill=1, stroke=0)

    assert texts(await read(page(draw), ".pdf")) == "Everyone may read this line. SHOWN SHOWN too"


def layered(content: bytes, *, config: bytes = b"/OFF [6 0 R]", form: bytes = b"/OC 6 0 R") -> bytes:
    """A page with text in layers /On and /Off, and in a form."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [5 0 R 6 0 R] /D << %s >> >> >>" % config,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 7 0 R >>"
        b" /Properties << /On 5 0 R /Off 6 0 R /Both 9 0 R >> /XObject << /Form 8 0 R >> >> >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(content), content),
        b"<< /Type /OCG /Name (On) >>",
        b"<< /Type /OCG /Name (Off) >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F 7 0 R >> >> %s /Length 46 >>"
        b" stream\nBT /F 12 Tf 72 400 Td (INSIDE THE FORM) Tj ET    \nendstream" % form,
        b"<< /Type /OCMD /OCGs [5 0 R 6 0 R] /P /AllOn >>",
    ]
    body = b"%PDF-1.5\n" + b"".join(b"%d 0 obj %s endobj\n" % (n, each) for n, each in enumerate(objects, 1))
    return body + b"trailer << /Root 1 0 R >>\n"


SHOWN = b"BT /F 12 Tf 72 700 Td (Everyone may read this.) Tj ET\n"
ON, OFF, BOTH = (
    b"/OC /%s BDC BT /F 12 Tf 72 %d Td (%s) Tj ET EMC\n" % values
    for values in ((b"On", 600, b"VISIBLE"), (b"Off", 600, b"SECRET"), (b"Both", 500, b"SECRET"))
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (layered(SHOWN + ON), "Everyone may read this. VISIBLE"),
        (layered(SHOWN + OFF), "Everyone may read this."),
        (layered(SHOWN + OFF + ON), "Everyone may read this. VISIBLE"),
        (layered(SHOWN + BOTH), "Everyone may read this."),
        (layered(SHOWN + b"/Form Do"), "Everyone may read this."),
        (layered(SHOWN + b"/Form Do", form=b""), "Everyone may read this. INSIDE THE FORM"),
        (layered(SHOWN + b"/Form Do", config=b""), "Everyone may read this. INSIDE THE FORM"),
        (layered(SHOWN + OFF, config=b"/BaseState /OFF /ON [5 0 R]"), "Everyone may read this."),
        (layered(SHOWN + b"/OC /Off BDC 0 690 300 30 re f EMC"), "Everyone may read this."),
    ],
)
async def test_pdf_layers_count_as_they_are_shown(read: Read, data: bytes, expected: str) -> None:
    assert texts(await read(data, ".pdf")) == expected


async def test_white_pdf_text_on_a_dark_bar_stays(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(60, 580, 300, 40, fill=1)
        canvas.setFillColor(white)
        canvas.drawString(72, 600, "SHOWN")

    assert "SHOWN" in texts(await read(page(draw), ".pdf"))


def saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


async def test_word_text_out_of_sight_is_left_out(read: Read) -> None:
    document = docx.Document()
    document.add_paragraph("Everyone may read this line.")
    document.add_paragraph().add_run("SECRET").font.hidden = True
    document.add_paragraph().add_run("SECRET").font.color.rgb = RGBColor(255, 255, 255)
    document.add_paragraph().add_run("SECRET").font.size = Pt(1)
    style = document.styles.add_style("Unseen", 2)
    style.font.hidden = True
    document.add_paragraph().add_run("SECRET", style="Unseen")
    deleted = OxmlElement("w:del")
    run = OxmlElement("w:r")
    gone = OxmlElement("w:delText")
    gone.text = "SECRET"
    run.append(gone)
    deleted.append(run)
    paragraph = document.add_paragraph("Kept ")._p
    paragraph.append(deleted)
    inserted = OxmlElement("w:ins")
    inserted.append(docx.Document().add_paragraph("and inserted.").runs[0]._r)
    paragraph.append(inserted)
    assert texts(await read(saved(document), ".docx")) == "Everyone may read this line. Kept and inserted."


async def test_white_word_text_on_a_dark_cell_stays(read: Read) -> None:
    document = docx.Document()
    table = document.add_table(2, 2)
    for row in table.rows:
        for cell in row.cells:
            shade = OxmlElement("w:shd")
            shade.set(qn("w:fill"), "1F3864")
            cell._tc.get_or_add_tcPr().append(shade)
            cell.paragraphs[0].add_run("SHOWN").font.color.rgb = RGBColor(255, 255, 255)
    assert texts(await read(saved(document), ".docx")).count("SHOWN") == 4


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("pass\u200bword \ufeffre\u2060set", "password reset"),
        ("\u202eevil\u202c \u2066x\u2069 \u200ey\u200f", "evil x y"),
        ("a\U000e0041\U000e0042b", "ab"),
        ("co\u00adoperate", "cooperate"),
        ("a\u00a0b\u2003c\u3000d", "a b c d"),
        ("e\u0301", "é"),
        ("a\x00b\x07c", "abc"),
        ("pa\u200dss\u200cword", "password"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d💻 ok", "👩\u200d💻 ok"),
        ("❤\ufe0f a\ufe0fb", "❤\ufe0f ab"),
        ("😀\ufe0f\U000e0100\U000e0121", "😀\ufe0f"),
        ("葛\U000e0100", "葛\U000e0100"),
    ],
)
def test_invisible_characters_go_and_what_a_script_needs_stays(dirty: str, expected: str) -> None:
    assert one_line(dirty) == expected


HIDING = "\u200b\u200c\u200d\u200e\u202e\u2066\u2060\ufeff\u00ad\U000e0041\ufe0f\U000e0150\u034f"


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(HIDING)), max_size=80))
def test_cleaning_is_stable_and_leaves_no_hidden_message(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert not set(cleaned) & set("\u200b\u200e\u202e\u2066\u2060\ufeff\u00ad\U000e0041\u034f\x00\r\t")
    cleaned.encode()
    assert "\u200d\u200d" not in cleaned
    assert "\ufe0f\ufe0f" not in cleaned


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.text(alphabet="abcXYZ ", min_size=1, max_size=30), st.text(alphabet=HIDING, max_size=10))
def test_hidden_characters_between_letters_change_nothing(text: str, hidden: str) -> None:
    assert clean(hidden.join(text)) == text
