"""Tables without rules and headings that only stand alone: what is recognised, and what must not be."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.unit.file_source.conftest import Read
from tests.unit.file_source.support import outline, tables, texts

PROSE = "Every employee sends the form to the office within a week of the journey."


def pdf(draw: Callable[[Canvas], None]) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def rows(
    canvas: Canvas, lines: Sequence[Sequence[str]], xs: Sequence[float], *, step: float = 18, bold: bool = True
) -> None:
    """Lines of cells at these places, of which negative ones are right edges; the first line in bold."""
    for number, line in enumerate(lines):
        canvas.setFont("Helvetica-Bold" if bold and not number else "Helvetica", 10)
        for x, text in zip(xs, line, strict=True):
            if x < 0:
                canvas.drawRightString(-x, 700 - step * number, text)
            else:
                canvas.drawString(x, 700 - step * number, text)


def prose(canvas: Canvas, *, top: float = 780) -> None:
    canvas.setFont("Helvetica", 10)
    for number in range(4):
        canvas.drawString(72, top - 12 * number, PROSE)


RATES = [
    ("Country", "Day rate", "Remark"),
    ("Ireland", "52", "Dublin 60"),
    ("Germany", "48", ""),
    ("Norway", "112", "ask first"),
]


@pytest.mark.parametrize("xs", [(72, 200, 320), (72, -260, 320), (72, -200, 215)])
@pytest.mark.parametrize("step", [13, 18, 30])
async def test_a_table_without_rules_has_rows(read: Read, xs: Sequence[float], step: float) -> None:
    def draw(canvas: Canvas) -> None:
        prose(canvas)
        rows(canvas, RATES, xs, step=step)
        prose(canvas, top=560)

    loaded = await read(pdf(draw), ".pdf")
    assert tables(loaded)[0].rows == tuple(RATES)
    assert [kind for kind, _, _ in outline(loaded)] == ["paragraph", "table", "paragraph"]


async def test_its_first_column_may_have_no_header_and_its_cells_several_lines(read: Read) -> None:
    lines = [
        ("", "Core", "Plus"),
        ("Dentist", "50 %", "75 % without"),
        ("", "", "a referral"),
        ("Glasses", "100", "250"),
    ]

    def draw(canvas: Canvas) -> None:
        for number, (line, y) in enumerate(zip(lines, (700, 680, 668, 648), strict=True)):
            canvas.setFont("Helvetica" if number else "Helvetica-Bold", 10)
            for x, text in zip((72, 200, 320), line, strict=True):
                canvas.drawString(x, y, text)

    assert tables(await read(pdf(draw), ".pdf"))[0].rows == (
        *(("", "Core", "Plus"), ("Dentist", "50 %", "75 % without a referral"), ("Glasses", "100", "250")),
    )


def two_columns_of_prose(canvas: Canvas) -> None:
    left, right = "The office answers within a week", "and the form goes back to its owner"
    rows(canvas, [("Sending a form", "Getting it back"), *[(left, right)] * 8], (72, 320), step=12)


def narrow_columns_of_prose(canvas: Canvas) -> None:
    rows(canvas, [("Left title", "Right title"), *[("of some words", "and other ones")] * 6], (72, 250), step=12)


def no_header(canvas: Canvas) -> None:
    rows(canvas, RATES, (72, 200, 320), bold=False)


def lines_that_do_not_align(canvas: Canvas) -> None:
    rows(canvas, [("One", "Two")], (72, 300))
    for number, x in enumerate((150, 190, 120, 230)):
        canvas.drawString(72, 680 - 18 * number, "A line that goes on")
        canvas.drawString(72 + x, 680 - 18 * number, "with a gap and then more text")


def a_signature(canvas: Canvas) -> None:
    rows(canvas, [("Approved by", "Date"), ("Ann Smith", "1 May 2026")], (72, 300))


@pytest.mark.parametrize(
    "draw", [two_columns_of_prose, narrow_columns_of_prose, no_header, lines_that_do_not_align, a_signature]
)
async def test_what_may_be_no_table_is_read_line_by_line(read: Read, draw: Callable[[Canvas], None]) -> None:
    loaded = await read(pdf(draw), ".pdf")
    assert not tables(loaded)
    assert len(texts(loaded)) > 30


def sections(*lines: tuple[str, str]) -> bytes:
    """Lines in a font, empty ones as space; "prose" is a paragraph of body text."""

    def draw(canvas: Canvas) -> None:
        y = 780.0
        for font, text in lines:
            canvas.setFont(font or "Helvetica", 10)
            for piece in [PROSE] * 3 if text == "prose" else [text]:
                canvas.drawString(72, y, piece)
                y -= 12
            y -= 8

    return pdf(draw)


async def test_headings_in_the_size_of_the_body_are_those_that_stand_alone(read: Read) -> None:
    bold = "Helvetica-Bold"
    data = sections(
        *(("", "prose"), (bold, "Leave"), ("", "prose"), ("", "GENERAL RULES"), ("", "prose"), ("", "3. Travel")),
        *(("", "prose"), ("", "3.1 Purpose"), ("", "prose"), ("", "3.2 Scope of this policy"), ("", "prose")),
        *((bold, "3.2.1 Details"), ("", "prose")),
    )
    assert [block for block in outline(await read(data, ".pdf")) if block[0] != "paragraph"] == [
        *(("heading", 1, "Leave"), ("heading", 2, "GENERAL RULES"), ("heading", 1, "3. Travel")),
        *(("heading", 2, "3.1 Purpose"), ("heading", 2, "3.2 Scope of this policy"), ("heading", 3, "3.2.1 Details")),
    ]


@pytest.mark.parametrize(
    "lines",
    [
        [("", "prose"), ("", "1. Director"), ("", "2. Manager"), ("", "prose")],
        [("", "prose"), ("", "3.1 Purpose"), ("", "3.2 Scope"), ("", "3.3 Details"), ("", "prose")],
        [("", "prose"), ("", "3.1 Everyone keeps the receipts of a journey."), ("", "prose")],
        [("", "prose"), ("", "OK"), ("", "prose")],
        [("", "prose"), ("", "EUR 250"), ("", "prose")],
        [("", "NOT A SINGLE"), ("", "LINE THAT IS"), ("", "WITHOUT CAPITALS")],
    ],
)
async def test_items_and_shouting_are_no_headings(read: Read, lines: list[tuple[str, str]]) -> None:
    assert "heading" not in [kind for kind, _, _ in outline(await read(sections(*lines), ".pdf"))]


async def test_capitals_inside_a_paragraph_are_no_heading(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        for number, line in enumerate([PROSE, PROSE, "NEVER SEND ANY ORIGINALS", "to the office. " + PROSE[:40]]):
            canvas.drawString(72, 700 - 12 * number, line)

    assert "heading" not in [kind for kind, _, _ in outline(await read(pdf(draw), ".pdf"))]
