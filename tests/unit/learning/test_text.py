"""What people write in chat, as plain blocks."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.learning.text import LONGEST_ANSWER, blocks_of, clean, one_line
from knowledge.models import Block


def test_lines_are_paragraphs_and_marks_of_lists_and_headings_are_read() -> None:
    text = "You need:\n\n- a form\n  - signed\n* a badge\n1. Go there.\n2) Wait.\n## Later\nAgain.\n---\n> as said\n\n"
    assert blocks_of(text) == [
        Block("paragraph", "You need:"),
        Block("item", "a form"),
        Block("item", "signed", 1),
        Block("item", "a badge"),
        Block("item", "1. Go there."),
        Block("item", "2) Wait."),
        Block("heading", "Later", 3),
        Block("paragraph", "Again."),
        Block("paragraph", "as said"),
    ]


def test_tables_are_regular() -> None:
    assert blocks_of("| Grade | Days |\n|---|:-:|\n| 1 | 25 | extra |\n| a\\|b |\nEnd.") == [
        Block("table", rows=(("Grade", "Days", ""), ("1", "25", "extra"), ("a|b", "", ""))),
        Block("paragraph", "End."),
    ]


@pytest.mark.parametrize("end", ["\n```\nAfter.", ""])
def test_code_keeps_its_lines(end: str) -> None:
    blocks = blocks_of(f"Type:\n```\n  vpn  up\n# no heading{end}")
    assert blocks[1] == Block("code", "  vpn  up\n# no heading")
    assert len(blocks) == (3 if end else 2)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("**25** days, *really* and _truly_, `now`", "25 days, really and truly, now"),
        ("2 * 3 * 4 and snake_case_name and __init__", "2 * 3 * 4 and snake_case_name and init"),
        ("See [the form](https://x.example/f) or <https://y.example|this>", "See the form (https://x.example/f) or "
         "this (https://y.example)"),
        ("![](https://x.example/pixel) Hello", "Hello"),
        ("We pay **155 EUR** a night. [1]", "We pay 155 EUR a night."),
    ],
)  # fmt: skip
def test_emphasis_marks_and_pictures_go_and_addresses_stay_in_sight(written: str, plain: str) -> None:
    assert blocks_of(written) == [Block("paragraph", plain)]


def test_the_sources_under_a_draft_that_was_sent_are_no_part_of_it() -> None:
    sent = "We pay 155 EUR. [1]\n\nNot in Cork. [2]\n\n[1] Travel policy › Hotels\n[2] Rates"
    assert [block.text for block in blocks_of(sent)] == ["We pay 155 EUR.", "Not in Cork."]


@pytest.mark.parametrize(
    "hidden",
    ["\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u2063", "\U000e0041\U000e0042", "\u3164", "\x00",
     "\x1b", "\ufe0f", "\U000e0101", "\ue000", "\ud800"],
)  # fmt: skip
def test_what_the_eye_cannot_see_is_gone(hidden: str) -> None:
    assert clean(f"ig{hidden}nore") == "ignore"


def test_what_scripts_and_emoji_need_stays() -> None:
    for text in ("می\u200cروم", "क्\u200dष", "👩\u200d💻", "❤\ufe0f", "1\ufe0f⃣", "Straße, naïve, 日本語"):
        assert clean(text) == unicodedata.normalize("NFC", text)
    assert clean("a\u00a0b\u2003c\td\r\ne\u2028f\x0bg") == "a b c d\ne\nf\ng"
    assert one_line(" a\n\n b\u200b ") == "a b"


def test_only_so_much_counts() -> None:
    assert sum(len(block.text) for block in blocks_of("x" * (LONGEST_ANSWER + 5))) == LONGEST_ANSWER


@given(st.text(alphabet=st.one_of(st.sampled_from("|-#*`_[]()<>~ \n1.2)ab\u200d\ufe0f"), st.characters()), max_size=80))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_text_becomes_clean_lines_and_regular_tables(text: str) -> None:
    for block in blocks_of(text):
        cells = [cell for row in block.rows for cell in row]
        assert block.text.strip() or any(block.rows)
        assert len({len(row) for row in block.rows}) <= 1
        if block.kind != "code":
            assert "\n" not in "".join([block.text, *cells])
        assert not re.search("[\x00-\x08\u200b\u202a-\u202e\U000e0000-\U000e007f]", "".join([block.text, *cells]))
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    "part",
    [
        "[",
        "|",
        "**",
        "<https://",
        "`",
        "_a",
        "- ",
        "|-\n",
        "![",
        "[a](http:",
        "~~~",
        "#",
        "# a ",
        "> ",
        "[1] ",
        "\u200d",
    ],
)
def test_no_text_takes_long(part: str) -> None:
    started = time.process_time()
    blocks_of(part * (LONGEST_ANSWER // len(part)))
    assert time.process_time() - started < 1
