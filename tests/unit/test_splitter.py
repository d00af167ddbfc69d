"""A document cut into passages: nothing lost, nothing too long, every passage readable on its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from adapters.onnx_embedder import OnnxEmbedder
from knowledge.models import MEMBERS, Block, Document, Passage
from knowledge.sentences import cells, plain, units
from knowledge.splitter import indexed_text, split
from tests.unit.doubles import count_tokens

MAX_TOKENS = 254
LEAST_ROOM = 60
"""What is left for text below the longest headings."""
quickly = settings(
    max_examples=35, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate], database=None
)

DOCUMENT = Document(
    id="handbook/leave.md",
    source="handbook",
    uri="file:///srv/leave.md",
    title="Leave policy",
    kind="policy",
    audience=frozenset({MEMBERS}),
    collection="handbook",
    content_hash="0f" * 32,
)


def cut(*blocks: Block, of: Document = DOCUMENT, max_tokens: int = MAX_TOKENS) -> list[Passage]:
    return split(of, blocks, count_tokens=count_tokens, max_tokens=max_tokens)


def heading(text: str, level: int = 1, *, page: int | None = None) -> Block:
    return Block("heading", text, level, page)


def paragraph(text: str, *, page: int | None = None) -> Block:
    return Block("paragraph", text, page=page)


def table(*rows: Sequence[str], page: int | None = None) -> Block:
    return Block("table", page=page, rows=tuple(map(tuple, rows)))


def sentences(count: int, about: str = "leave") -> str:
    return " ".join(f"Rule {n} is about {about} and nothing else at all." for n in range(count))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def size(passage: Passage) -> int:
    return count_tokens([indexed_text(passage)])[0]


# Where passages begin and end


def test_a_document_without_text_has_no_passages() -> None:
    assert cut() == []
    assert cut(Block("table"), Block("code"), Block("code", " \n"), paragraph("")) == []


def test_a_short_document_is_one_passage() -> None:
    [passage] = cut(
        heading("Leave"), paragraph("You have 25 days. Ask."), Block("item", "Paid"), Block("item", "1. Form")
    )
    assert passage.text == "# Leave\n\nYou have 25 days. Ask.\n\n- Paid\n1. Form"
    assert passage.document == DOCUMENT


def test_a_long_document_is_cut_at_sentence_ends_into_passages_of_about_the_target() -> None:
    passages = cut(paragraph(sentences(100)))
    assert all(passage.text.startswith("Rule ") and passage.text.endswith("at all.") for passage in passages)
    assert all(150 < count_tokens([passage.text])[0] <= 200 for passage in passages[:-1])


def test_a_long_section_shares_its_passage_with_no_other() -> None:
    passages = cut(
        heading("Leave"), paragraph(sentences(12)), heading("Pay"), paragraph(sentences(3, "pay")), paragraph("Ask.")
    )
    assert [passage.heading_path for passage in passages] == [("Leave",), ("Pay",)]


def test_short_neighbouring_sections_share_a_passage() -> None:
    parts = [(heading(f"Question {n}", 2), paragraph(f"Answer number {n}.")) for n in range(5)]
    [passage] = cut(heading("FAQ"), *(block for part in parts for block in part))
    assert passage.heading_path == ("FAQ",)
    assert all(f"## Question {n}\n\nAnswer number {n}." in passage.text for n in range(5))


def test_the_heading_path_holds_all_headings_above_whatever_their_levels() -> None:
    long = sentences(12)
    passages = cut(
        paragraph(long),
        heading("A", 3),
        paragraph(long),
        heading("B", 1),
        paragraph(long),
        heading("C", 4),
        paragraph(long),
        heading("D", 2),
        paragraph(long),
        heading("E", 2),
        paragraph(long),
    )
    assert [passage.heading_path for passage in passages] == [(), ("A",), ("B",), ("B", "C"), ("B", "D"), ("B", "E")]


def test_a_heading_that_is_the_title_is_not_repeated() -> None:
    [passage] = cut(heading("Leave policy"), heading("Sick leave", 2), paragraph("Call in the morning."))
    assert passage.heading_path == ("Sick leave",)
    assert indexed_text(passage).splitlines() == ["Leave policy.", "Sick leave.", "Call in the morning."]


def test_a_heading_at_the_end_is_kept() -> None:
    [passage] = cut(paragraph("Text."), heading("To be written"))
    assert passage.text == "Text.\n\n# To be written"
    assert [each.text for each in cut(heading("Only a heading"))] == ["# Only a heading"]


def test_a_heading_stays_with_its_text_on_the_next_page() -> None:
    [first, second] = cut(paragraph("One.", page=1), heading("Two", page=1), paragraph("Text of two.", page=2))
    assert (first.page, first.text) == (1, "One.")
    assert (second.page, second.text, second.uri) == (2, "# Two\n\nText of two.", "file:///srv/leave.md#page=2")


def test_a_passage_that_goes_on_with_a_table_repeats_its_header() -> None:
    rows = [(f"Country {n}", f"{n} days") for n in range(100)]
    passages = cut(paragraph("Days by country:"), table(("Country", "Annual leave"), *rows))
    assert len(passages) > 5
    for passage in passages[1:]:
        assert passage.text.startswith("| Country | Annual leave |\n| --- | --- |\n| Country ")
    shown = [unit.text for passage in passages for unit in units(passage.text) if unit.kind == "row"]
    assert shown == [f"Country: {country}; Annual leave: {days}" for country, days in rows]


def test_a_table_whose_column_names_are_long_fills_no_passage_beyond_the_limit() -> None:
    names = [f"The number of days that employees of group {n} get each year" for n in range(4)]
    passages = cut(table(names, *(["1", "2", "3", "4"] for _ in range(60))))
    assert max(map(size, passages)) <= MAX_TOKENS


def test_a_table_of_a_header_alone_can_be_found() -> None:
    [passage] = cut(table(("Opening hours", "9 to 5")))
    assert "Opening hours; 9 to 5" in indexed_text(passage)


def test_code_stays_whole_where_it_can() -> None:
    code = Block("code", "\n".join(f"make target{n}" for n in range(40)))
    passages = cut(paragraph(sentences(14)), code)
    assert passages[-1].text == f"```\n{code.text}\n```"


def test_long_code_is_cut_at_line_ends_and_each_part_is_code() -> None:
    lines = [f"step{n} = run({n}, 'x') | tee  # not a heading" for n in range(200)]
    passages = cut(Block("code", "\n\n".join(lines)))
    parts = [units(passage.text) for passage in passages]
    assert len(parts) > 10
    assert all(len(part) == 1 and part[0].kind == "code" for part in parts)
    assert [line for [part] in parts for line in part.text.split("\n") if line] == lines


def test_code_that_holds_a_fence_ends_where_it_ends() -> None:
    [passage] = cut(Block("code", "```\ninside\n```"), paragraph("After."))
    assert [(unit.kind, unit.text) for unit in units(passage.text)] == [
        ("code", "```\ninside\n```"),
        ("sentence", "After."),
    ]


def test_a_sentence_without_end_is_cut_between_words() -> None:
    text = " ".join(f"word{n}" for n in range(2_000))
    passages = cut(paragraph(text))
    assert max(map(size, passages)) <= MAX_TOKENS
    assert [word for passage in passages for word in passage.text.split()] == text.split()


def test_a_word_without_end_is_cut_somewhere() -> None:
    text = "".join(chr(ord("a") + n % 26) for n in range(10_000))
    passages = cut(paragraph(text))
    assert max(map(size, passages)) <= MAX_TOKENS
    assert "".join(passage.text for passage in passages).replace(" ", "") == text


def test_a_long_list_of_headings_is_cut() -> None:
    passages = cut(*(heading(f"Chapter {n} of the whole book", 1 + n % 2) for n in range(200)))
    assert max(map(size, passages)) <= MAX_TOKENS
    assert words(" ".join(passage.text for passage in passages)) == [
        word for n in range(200) for word in words(f"Chapter {n} of the whole book")
    ]


def test_very_long_text_takes_little_time() -> None:
    assert len(cut(paragraph("word " * 100_000))) > 100
    assert len(cut(*(block for n in range(2_000) for block in (heading(f"Part {n}"), paragraph("Text."))))) > 20


@pytest.mark.parametrize(
    "block",
    [
        paragraph("注意请假规定" * 300),
        paragraph("。".join(["员工每年有二十五天年假"] * 100)),
        paragraph("연차휴가 규정은 " * 150),
        paragraph("3141592653589793 " * 200),
        Block("code", "{[(<>)]};" * 300),
        Block("code", "\n".join(["{[(<>)]};!?*&^%$#@"] * 30)),
        Block("item", "ÀÉÎÕÜ " * 400),
        table(["Name of the thing", "何"], *([f"Thing {n}", "年假规定" * 8] for n in range(40))),
    ],
)
def test_signs_that_are_tokens_of_their_own_keep_to_the_limit_of_the_real_embedder(block: Block) -> None:
    embedder = OnnxEmbedder(threads=1)
    passages = split(DOCUMENT, [block], count_tokens=embedder.count_tokens, max_tokens=embedder.max_tokens)
    assert max(embedder.count_tokens([indexed_text(passage) for passage in passages])) <= embedder.max_tokens


# Identity


def names(passages: Sequence[Passage]) -> list[str]:
    return [passage.id for passage in passages]


def sections(**texts: int) -> list[Block]:
    return [
        block for name, count in texts.items() for block in (heading(name), paragraph(sentences(count, about=name)))
    ]


def test_ids_stay_when_another_section_changes() -> None:
    before = cut(*sections(a=30, b=30, c=30))
    after = cut(*sections(new=12, a=30, b=48, c=30))
    for section in ("a", "c"):
        kept = [passage.id for passage in before if passage.heading_path == (section,)]
        assert kept == [passage.id for passage in after if passage.heading_path == (section,)]
    assert set(names(before)) != set(names(after))


def test_content_hashes_stay_when_another_section_changes() -> None:
    before = {passage.id: passage.content_hash for passage in cut(*sections(a=30, b=30))}
    after = {passage.id: passage.content_hash for passage in cut(*sections(new=12, a=30, b=30))}
    assert before.items() <= after.items()


def test_repeated_text_has_ids_of_its_own() -> None:
    passages = cut(*sections(a=12, b=12), *sections(a=12, b=12), *sections(a=12, b=12))
    assert len(set(names(passages))) == len(passages) == 6


def test_the_same_text_in_another_document_or_section_has_another_id() -> None:
    ids = [
        *names(cut(paragraph("Ask."))),
        *names(cut(paragraph("Ask."), of=replace(DOCUMENT, id="handbook/pay.md"))),
        *names(cut(heading("A"), paragraph("Ask."))),
    ]
    assert len(set(ids)) == 3


def test_ids_depend_on_nothing_that_an_administrator_sets() -> None:
    moved = replace(DOCUMENT, title="Time off", audience=frozenset({"hr"}), collection="staff", owner="HR")
    assert names(cut(paragraph("Ask."))) == names(cut(paragraph("Ask."), of=moved))


def test_the_content_hash_changes_with_all_that_is_searched_or_shown() -> None:
    before = cut(paragraph("Ask.", page=1))
    for after in (
        cut(paragraph("Ask.", page=1), of=replace(DOCUMENT, title="Time off")),
        cut(paragraph("Ask.", page=1), of=replace(DOCUMENT, uri="https://example.org/leave")),
        cut(heading("A"), paragraph("Ask.", page=1)),
        cut(paragraph("Ask again.", page=1)),
        cut(paragraph("Ask.", page=2)),
    ):
        assert after[0].content_hash != before[0].content_hash
    assert cut(paragraph("Ask.", page=1))[0].content_hash == before[0].content_hash


# Any document


word = st.sampled_from(
    ["leave", "25", "e.g.", "Dr.", "approve", "a|b", "#5", "x" * 30, "3.5", "I", "-", "café", "年假", "`code`", "(see)"]
)
phrase = st.lists(word, min_size=1, max_size=12).map(" ".join)
pages = st.none() | st.integers(1, 3)
text = st.one_of(
    phrase,
    st.lists(phrase, min_size=1, max_size=12).map(lambda parts: ". ".join(parts) + "."),
    st.lists(word, min_size=100, max_size=300).map(" ".join),
)
headings = st.builds(heading, phrase, st.integers(1, 6))
paragraphs = st.builds(paragraph, text)
items = st.builds(
    lambda mark, text, level: Block("item", f"{mark}{text}", level),
    st.sampled_from(["", "1. ", "12) "]),
    text,
    st.integers(0, 3),
)


@st.composite
def tables(draw: st.DrawFn) -> Block:
    columns = draw(st.integers(1, 8))
    cell = st.just("") | word | phrase
    rows = draw(st.lists(st.lists(cell, min_size=columns, max_size=columns), min_size=1, max_size=12))
    return table(*rows[:1], *rows[1:] * draw(st.sampled_from([1, 1, 8])))


codes = st.lists(phrase | st.just("") | st.just("```"), min_size=1, max_size=40).map(
    lambda lines: Block("code", "\n".join(lines))
)
# Pages rise through a document.
documents = st.lists(
    st.tuples(st.one_of(headings, paragraphs, items, tables(), codes), st.booleans()), max_size=14
).flatmap(
    lambda parts: st.sampled_from(
        [
            [block for block, _ in parts],
            [
                replace(block, page=1 + sum(turned for _, turned in parts[: n + 1]))
                for n, (block, _) in enumerate(parts)
            ],
        ]
    )
)


def all_words(blocks: Sequence[Block]) -> list[str]:
    return [word for block in blocks for part in (block.text, *sum(block.rows, ())) for word in words(part)]


def repeated(passage: Passage) -> str:
    """What a passage has at its beginning to be read alone."""
    return passage.text[: len(passage.text) - (passage.end - passage.start)]


@quickly
@given(documents)
def test_every_word_is_in_some_passage_in_order(blocks: list[Block]) -> None:
    found = [word for passage in cut(*blocks) for word in words(passage.text.removeprefix(repeated(passage)))]
    assert found == all_words(blocks)


@quickly
@given(documents)
def test_every_word_can_be_searched(blocks: list[Block]) -> None:
    searched = {word for passage in cut(*blocks) for word in words(indexed_text(passage))}
    body = [block for block in blocks if block.kind != "table"]
    values = [cell for block in blocks for row in block.rows[1:] or block.rows for cell in row]
    assert set(all_words(body)) | {word for cell in values for word in words(cell)} <= searched


@quickly
@given(documents, st.sampled_from([100, MAX_TOKENS]))
def test_no_passage_is_too_long_unless_its_headings_or_one_row_are(blocks: list[Block], max_tokens: int) -> None:
    for passage in cut(*blocks, max_tokens=max_tokens):
        above = count_tokens(["\n".join([DOCUMENT.title, *passage.heading_path])])[0]
        rows = [unit for unit in units(passage.text) if unit.kind == "row"]
        one_row = len(rows) == 1 and count_tokens([rows[0].text])[0] + above > max_tokens - LEAST_ROOM
        written = count_tokens([" ".join(unit.text for unit in units(passage.text) if unit.kind == "heading")])[0]
        if not one_row and above + written + LEAST_ROOM <= max_tokens:
            assert size(passage) <= max_tokens


@quickly
@given(documents)
def test_a_part_of_a_table_or_code_begins_as_the_whole_does(blocks: list[Block]) -> None:
    headers = {
        "| " + " | ".join(cell.replace("|", "\\|") for cell in block.rows[0]) + " |" for block in blocks if block.rows
    }
    for passage in cut(*blocks):
        if again := repeated(passage):
            first, *others = again.splitlines()
            assert (first in headers and cells(others[0])[0] == "---") or re.fullmatch("`{3,}", first)


@quickly
@given(documents)
def test_the_span_of_a_passage_gives_its_text_back(blocks: list[Block]) -> None:
    passages = cut(*blocks)
    for passage in passages:
        assert passage.text.endswith(passage.text[len(repeated(passage)) :])
        assert passage.start < passage.end
    for before, after in pairwise(passages):
        assert before.end <= after.start


@quickly
@given(documents)
def test_a_passage_is_of_one_page(blocks: list[Block]) -> None:
    # Headings wait for their text, so only text counts.
    of_page = {page: set(all_words([b for b in blocks if b.page == page])) for page in {b.page for b in blocks}}
    headings = set(all_words([block for block in blocks if block.kind == "heading"]))
    for passage in cut(*blocks):
        assert set(words(passage.text)) <= of_page[passage.page] | headings


@quickly
@given(documents)
def test_heading_paths_are_headings_from_above_in_order(blocks: list[Block]) -> None:
    known = [block.text for block in blocks if block.kind == "heading"]
    for passage in cut(*blocks):
        at = 0
        for line in passage.heading_path:
            at = known.index(line, at) + 1


@quickly
@given(documents)
def test_ids_are_distinct_and_cutting_again_gives_the_same(blocks: list[Block]) -> None:
    passages = cut(*blocks)
    assert len(set(names(passages))) == len(passages)
    assert cut(*blocks) == passages


@quickly
@given(documents)
def test_every_passage_says_something(blocks: list[Block]) -> None:
    for passage in cut(*blocks):
        assert passage.text.strip()
        assert plain(passage.text).strip() or not words(passage.text)
