"""What of a passage can be quoted, and where it stands."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from knowledge.sentences import cells, plain, sentence_spans, units

quickly = settings(max_examples=100, deadline=None, derandomize=True)


def shown(text: str) -> list[tuple[str, str]]:
    return [(unit.kind, unit.text) for unit in units(text)]


def test_a_paragraph_is_its_sentences() -> None:
    assert shown("You have 25 days. Ask your manager first! May I carry over?") == [
        ("sentence", "You have 25 days."),
        ("sentence", "Ask your manager first!"),
        ("sentence", "May I carry over?"),
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "It costs 3.50 euros per day.",
        "Write to Dr. Smith before 5 p.m. on Fridays.",
        "Some things, e.g. phones, are on the U.S. list.",
        "See example.com/leave.html for more.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(sentence: str) -> None:
    assert shown(f"{sentence} Then go on.") == [("sentence", sentence), ("sentence", "Then go on.")]


def test_items_are_shown_without_their_bullet() -> None:
    text = "- Trains\n  - First class is not paid. Ask.\n- Taxis"
    assert shown(text) == [
        ("item", "Trains"),
        ("item", "First class is not paid."),
        ("item", "Ask."),
        ("item", "Taxis"),
    ]


def test_numbered_steps_keep_their_number() -> None:
    text = "1. Open the form. It is long.\n  2) Sign it.\n10. Send it."
    assert shown(text) == [
        ("item", "1. Open the form."),
        ("item", "It is long."),
        ("item", "2) Sign it."),
        ("item", "10. Send it."),
    ]


def test_a_row_names_the_column_of_each_cell() -> None:
    text = "| Country | Days | Note |\n| --- | --- | --- |\n| Spain | 23 | |\n| Germany | 28 | except Berlin |"
    assert shown(text) == [
        ("row", "Country: Spain; Days: 23"),
        ("row", "Country: Germany; Days: 28; Note: except Berlin"),
    ]


def test_a_column_without_a_name_shows_its_cells_alone() -> None:
    assert shown("|  | Days |\n| --- | --- |\n| Spain | 23 |") == [("row", "Spain; Days: 23")]


def test_a_row_longer_than_its_header_loses_nothing() -> None:
    assert shown("| A |\n| --- |\n| 1 | 2 |") == [("row", "A: 1; 2")]


def test_a_pipe_in_a_cell_is_shown_as_a_pipe() -> None:
    text = "| Key | Does |\n| --- | --- |\n| Ctrl+\\| | a \\| b |"
    assert shown(text) == [("row", "Key: Ctrl+|; Does: a | b")]


def test_a_table_of_a_header_alone_is_still_shown() -> None:
    assert shown("| Opening hours | 9 to 5 |\n| --- | --- |") == [("row", "Opening hours; 9 to 5")]
    assert shown("| A |\n| --- |\n\n| B |\n| --- |\n| 1 |") == [("row", "A"), ("row", "B: 1")]


def test_two_tables_have_two_headers() -> None:
    text = "| A |\n| --- |\n| 1 |\n\n| B |\n| --- |\n| 2 |"
    assert shown(text) == [("row", "A: 1"), ("row", "B: 2")]


def test_text_that_begins_with_a_pipe_is_no_table() -> None:
    assert shown("| is the pipe sign. Use it.\n\n|x| is the absolute value.") == [
        ("sentence", "| is the pipe sign."),
        ("sentence", "Use it."),
        ("sentence", "|x| is the absolute value."),
    ]


def test_code_is_one_part_with_its_line_breaks() -> None:
    text = "Run this:\n\n```\n# not a heading\n\n| no | table\n```\n\nDone."
    assert shown(text) == [
        ("sentence", "Run this:"),
        ("code", "# not a heading\n\n| no | table"),
        ("sentence", "Done."),
    ]


def test_code_cut_short_by_the_end_of_the_passage_is_code() -> None:
    assert shown("```\nmake demo\nmake test") == [("code", "make demo\nmake test")]


def test_a_longer_fence_holds_a_shorter_one() -> None:
    assert shown("````\n```\ninside\n```\n````\n\nAfter.") == [("code", "```\ninside\n```"), ("sentence", "After.")]


def test_text_that_begins_with_backticks_opens_no_fence() -> None:
    assert shown("```deskhand ask``` answers. Try it.") == [
        ("sentence", "```deskhand ask``` answers."),
        ("sentence", "Try it."),
    ]


def test_headings_are_shown_without_their_signs() -> None:
    assert shown("## Leave\n\n### C# and #5\n\nText.") == [
        ("heading", "Leave"),
        ("heading", "C# and #5"),
        ("sentence", "Text."),
    ]


def test_plain_text_has_the_words_and_no_signs() -> None:
    text = (
        "# Leave\n\nYou have *25* days. Ask.\n\n- One\n1. Two\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n\n```\nx = 1\n```"
    )
    assert plain(text) == "Leave.\nYou have *25* days.\nAsk.\nOne\n1. Two\nA: 1; B: 2\nx = 1"


@pytest.mark.parametrize("text", ["", "\n\n", "   ", "```", "```\n```", "|", "- ", "#"])
def test_nothing_is_no_trouble(text: str) -> None:
    assert all(text[unit.start : unit.end].strip() == unit.text.strip() or not unit.text for unit in units(text))


signs = st.sampled_from(["| ", "|", "- ", "1. ", "```", "# ", "\n", "\n\n", ". ", "? ", " ", "| --- |", "\\|", "e.g. "])
anything = st.lists(signs | st.text(max_size=6), max_size=25).map("".join)
prose = st.lists(
    st.text(st.characters(exclude_characters="\n|`#"), max_size=20)
    | st.sampled_from([". ", "? ", "! ", "A. A. ", "Mr. "]),
    max_size=15,
).map(" ".join)


@quickly
@given(anything)
@example("| a |\n| --- |\n| b |\n```\n| c")
def test_any_text_has_parts_in_order_that_do_not_overlap(text: str) -> None:
    end = 0
    for unit in units(text):
        assert end <= unit.start <= unit.end <= len(text)
        end = unit.end


@quickly
@given(anything)
def test_the_span_of_a_part_holds_its_words(text: str) -> None:
    for unit in units(text):
        held = text[unit.start : unit.end]
        if unit.kind == "heading":
            assert held.lstrip("#").strip() == unit.text
        elif unit.kind != "row":
            assert held == unit.text
        else:
            assert all(cell in unit.text for cell in cells(held))


@quickly
@given(prose)
def test_every_sign_of_prose_belongs_to_one_part(text: str) -> None:
    bullet = len(text) - len(text.lstrip(" -")) if text.lstrip(" ").startswith("- ") else 0
    covered = [at for unit in units(text) for at in range(unit.start, unit.end)]
    assert len(covered) == len(set(covered))
    assert {at for at, sign in enumerate(text) if sign.strip() and at >= bullet} <= set(covered)


@quickly
@given(prose)
def test_sentences_have_no_blanks_around_them(text: str) -> None:
    for start, end in sentence_spans(text):
        assert text[start:end] == text[start:end].strip() != ""


def test_a_very_long_line_takes_no_time() -> None:
    assert len(units("word " * 100_000)) == 1
    assert len(units("A sentence stands here. " * 5_000)) == 5_000
    assert len(units("| a |\n| --- |\n" + "| b |\n" * 20_000)) == 20_000
