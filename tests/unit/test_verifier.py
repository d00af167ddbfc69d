"""What does not stand in its source is not said."""

from __future__ import annotations

from bot.models import Citation, Draft, Quote
from bot.verifier import verify
from knowledge.models import Document, Evidence, Passage

DOCUMENT = Document(
    id="handbook/leave.md",
    source="handbook",
    uri="file:///handbook/leave.md",
    title="Leave",
    kind="policy",
    audience=frozenset({"members"}),
    collection="handbook",
    content_hash="0",
)
TEXT = "Everyone has 25 days of leave. They end on 31 March.\n\n| Years | Days |\n| --- | --- |\n| Over 10 | 31 |"
PASSAGE = Passage("p1", DOCUMENT, ("Entitlement",), TEXT, 0, len(TEXT), "h")
FOUND = [Evidence(PASSAGE, 0.8, 9.0, 0.7)]


def draft(*quotes: Quote, passage: Passage = PASSAGE) -> Draft:
    return Draft(quotes, [Citation(1, passage, passage.heading_path)], similarity=0.8, overlap=0.9)


def test_sentences_and_rows_that_stand_in_their_source_stay() -> None:
    quotes = [Quote("Everyone has 25 days of leave.", 1), Quote("Years: Over 10; Days: 31", 1)]
    assert verify(draft(*quotes), FOUND).quotes == quotes


def test_a_changed_number_is_dropped_with_its_source() -> None:
    verified = verify(draft(Quote("Everyone has 26 days of leave.", 1)), FOUND)
    assert (list(verified.quotes), list(verified.citations)) == ([], [])


def test_a_dropped_negation_is_noticed() -> None:
    passage = Passage("p2", DOCUMENT, (), "Leave is not paid out.", 0, 22, "h")
    assert not verify(draft(Quote("Leave is paid out.", 1), passage=passage), [Evidence(passage, 1, 1, 1)]).quotes


def test_a_quote_of_a_passage_that_was_not_found_is_dropped() -> None:
    assert not verify(draft(Quote("Everyone has 25 days of leave.", 1)), []).quotes


def test_a_mark_without_a_source_is_dropped_and_the_rest_stays() -> None:
    good = Quote("They end on 31 March.", 1)
    assert list(verify(draft(good, Quote("They end on 31 March.", 2)), FOUND).quotes) == [good]
