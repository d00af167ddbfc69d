"""What one run after another makes of documents that come, change, break and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory import MemoryIndex
from knowledge.errors import EmbedderUnavailable, IndexUnavailable, RunInProgress, SourceUnavailable
from knowledge.indexer import Indexer
from knowledge.models import MEMBERS, FloatArray, IndexRow, Passage, Publication, Query, Report
from knowledge.terms import query_terms
from tests.unit.doubles import Book, Shelf, WordEmbedder

LEAVE, PAY, TRAVEL = "You have 25 days of leave.", "Salaries are paid on the 25th.", "Trains come before planes."
HR = frozenset({"hr"})


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex()


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def shelf() -> Shelf:
    made = Shelf()
    made.put(leave=LEAVE, pay=PAY, travel=TRAVEL)
    return made


@pytest.fixture
def indexer(index: MemoryIndex, embedder: WordEmbedder) -> Indexer:
    return Indexer(index=index, catalogue=index, embedder=embedder)


async def found(index: MemoryIndex, word: str, *, groups: frozenset[str] = frozenset({MEMBERS})) -> list[str]:
    """The texts of the passages that hold a word, as its readers see them."""
    return [passage.text for passage in await passages(index, word, groups=groups)]


async def passages(
    index: MemoryIndex, word: str, *, groups: frozenset[str] = frozenset({MEMBERS})
) -> Sequence[Passage]:
    query = Query(query_terms(word), WordEmbedder().vector(word), groups, date(2026, 3, 10), limit=100_000)
    hits = (await index.search(query)).hits
    every = await index.passages([hit.passage_id for hit in hits])
    return sorted((each for each in every if word in each.text), key=lambda passage: passage.text)


def summary(report: Report) -> tuple[list[str], list[str], list[str], int]:
    return report.added, report.changed, report.deleted, report.unchanged


async def state(index: MemoryIndex) -> object:
    return (
        await index.totals(),
        await index.documents("handbook"),
        await index.sources(),
        await index.last_runs(),
        [await found(index, word) for word in ("leave", "paid", "Trains", "s")],
    )


# One run after another


async def test_the_first_run_adds_everything(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    report = await indexer.run([shelf])
    assert summary(report) == (["handbook/leave", "handbook/pay", "handbook/travel"], [], [], 0)
    assert (report.documents, report.passages, report.errors) == (3, 3, [])
    assert await found(index, "leave") == [LEAVE]
    assert await index.sources() == [shelf.record]
    assert (await index.last_runs())["handbook"].added == 3


async def test_a_second_run_reads_nothing(indexer: Indexer, shelf: Shelf, embedder: WordEmbedder) -> None:
    await indexer.run([shelf])
    before = len(shelf.loaded), len(embedder.embedded)
    report = await indexer.run([shelf])
    assert summary(report) == ([], [], [], 3)
    assert (report.documents, report.passages) == (3, 3)
    assert (len(shelf.loaded), len(embedder.embedded)) == before
    assert shelf.digested == []


async def test_a_document_saved_again_as_it_was_is_not_loaded_again(indexer: Indexer, shelf: Shelf) -> None:
    await indexer.run([shelf])
    shelf.loaded.clear()
    shelf.touch("pay")
    assert summary(await indexer.run([shelf])) == ([], [], [], 3)
    assert (shelf.digested, shelf.loaded) == (["handbook/pay"], [])
    await indexer.run([shelf])
    assert shelf.digested == ["handbook/pay"], "looked at once, not in each run"


async def test_an_edit_replaces_what_was_there(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    await indexer.run([shelf])
    shelf.loaded.clear()
    shelf.put(leave="You have 30 days of leave.")
    assert summary(await indexer.run([shelf])) == ([], ["handbook/leave"], [], 2)
    assert await found(index, "leave") == ["You have 30 days of leave."]
    assert shelf.loaded == ["handbook/leave"]


async def test_what_is_deleted_is_gone(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    await indexer.run([shelf])
    del shelf.books["leave"]
    report = await indexer.run([shelf])
    assert summary(report) == ([], [], ["handbook/leave"], 2)
    assert (report.documents, report.passages) == (2, 2)
    assert await found(index, "leave") == []


async def test_a_renamed_document_moves_without_new_vectors(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf, embedder: WordEmbedder
) -> None:
    shelf.books["leave"].title = "Leave"
    await indexer.run([shelf])
    embedder.embedded.clear()
    shelf.books["time-off"] = shelf.books.pop("leave")
    assert summary(await indexer.run([shelf])) == (["handbook/time-off"], [], ["handbook/leave"], 2)
    [passage] = await passages(index, "leave")
    assert passage.document.id == "handbook/time-off"
    assert embedder.embedded == []


async def test_an_emptied_folder_empties_the_index(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    await indexer.run([shelf])
    shelf.books.clear()
    report = await indexer.run([shelf])
    assert (len(report.deleted), report.documents, report.passages) == (3, 0, 0)


async def test_an_edit_makes_vectors_only_for_what_is_new(
    indexer: Indexer, shelf: Shelf, embedder: WordEmbedder
) -> None:
    parts = {name: f"# {name}\n" + f"This is about {name} alone. " * 20 for name in ("one", "two", "three")}
    shelf.put(long="\n".join(parts.values()))
    await indexer.run([shelf])
    embedder.embedded.clear()
    shelf.put(long="\n".join({**parts, "two": "# two\n" + "This is new. " * 25}.values()))
    await indexer.run([shelf])
    assert embedder.embedded
    assert all("new" in text for text in embedder.embedded)


async def test_notes_about_documents_are_reported_and_kept(index: MemoryIndex, indexer: Indexer) -> None:
    shelf = Shelf(books={"scan": Book("", notes=("page 3 has no text",))})
    report = await indexer.run([shelf])
    assert [(note.document, note.text) for note in report.notes] == [("handbook/scan", "page 3 has no text")]
    assert [record.notes for record in await index.documents("handbook")] == [("page 3 has no text",)]
    assert (report.documents, report.passages) == (1, 0)


async def test_sources_are_kept_apart(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    faq = Shelf("faq", collection="faq", books={"vpn": Book("The VPN is slow.")})
    await indexer.run([shelf, faq])
    shelf.books.clear()
    assert summary(await indexer.run([faq])) == ([], [], [], 1)
    assert await found(index, "leave") == [LEAVE], "a source that is not looked at stays"


# Documents that cannot be read


async def test_a_document_that_cannot_be_read_is_reported_and_stops_nothing(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf
) -> None:
    shelf.books["pay"].error = "pay needs a password: remove it"
    report = await indexer.run([shelf])
    assert [(failure.document, failure.error) for failure in report.errors] == [
        ("handbook/pay", "pay needs a password: remove it")
    ]
    assert report.added == ["handbook/leave", "handbook/travel"]
    assert (report.documents, report.passages) == (2, 2)
    assert await found(index, "leave") == [LEAVE]
    errors = {record.id: record.error for record in await index.documents("handbook")}
    assert errors["handbook/pay"] == "pay needs a password: remove it"


@pytest.mark.parametrize("unseen", [False, True])
async def test_a_document_that_breaks_keeps_its_last_version(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf, unseen: bool
) -> None:
    await indexer.run([shelf])
    shelf.books["leave"] = Book("broken", error="leave is damaged", unseen=unseen, stamp="2")
    for _ in range(2):
        report = await indexer.run([shelf])
        assert [failure.document for failure in report.errors] == ["handbook/leave"], "in each run"
        assert summary(report) == ([], [], [], 2)
        assert (report.documents, report.passages) == (3, 3)
        assert await found(index, "leave") == [LEAVE]


@pytest.mark.parametrize("stamp", ["1", "3"])
async def test_a_document_that_can_be_read_again_is_fine_again(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf, stamp: str
) -> None:
    await indexer.run([shelf])
    shelf.books["leave"] = Book("broken", error="leave is damaged", stamp="2")
    await indexer.run([shelf])
    shelf.books["leave"] = Book("Your leave is unlimited.", stamp=stamp)
    report = await indexer.run([shelf])
    assert (report.changed, report.errors) == (["handbook/leave"], [])
    assert await found(index, "leave") == ["Your leave is unlimited."]
    assert all(record.error is None for record in await index.documents("handbook"))


async def test_a_document_first_read_after_a_failure_is_new(indexer: Indexer, shelf: Shelf) -> None:
    shelf.books["leave"].error = "leave is damaged"
    await indexer.run([shelf])
    shelf.books["leave"].error = None
    report = await indexer.run([shelf])
    assert (report.added, report.changed, report.errors) == (["handbook/leave"], [], [])


async def test_a_broken_document_that_other_people_may_read_now_shows_nothing(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf
) -> None:
    await indexer.run([shelf])
    shelf.books["leave"] = Book("broken", error="leave is damaged", audience=HR, stamp="2")
    report = await indexer.run([shelf])
    assert [failure.document for failure in report.errors] == ["handbook/leave"]
    assert await found(index, "leave") == await found(index, "leave", groups=HR) == []
    shelf.books["leave"] = Book(LEAVE, audience=HR, stamp="2")
    await indexer.run([shelf])
    assert (await found(index, "leave"), await found(index, "leave", groups=HR)) == ([], [LEAVE])


async def test_a_broken_document_that_is_deleted_is_gone(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    await indexer.run([shelf])
    shelf.books["leave"].error, shelf.books["leave"].stamp = "damaged", "2"
    await indexer.run([shelf])
    del shelf.books["leave"]
    assert (await indexer.run([shelf])).deleted == ["handbook/leave"]
    assert await found(index, "leave") == []


async def test_a_folder_that_cannot_be_listed_loses_nothing(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    shelf.books = {"hr/leave": Book(LEAVE), "hr-old/pay": Book(PAY), "travel": Book(TRAVEL)}
    await indexer.run([shelf])
    del shelf.books["hr-old/pay"]
    shelf.books["hr-old/pay 2"] = Book(PAY)
    shelf.unlisted = ("hr",)
    report = await indexer.run([shelf])
    assert (report.deleted, [failure.document for failure in report.errors]) == (
        ["handbook/hr-old/pay"],
        ["handbook/hr"],
    )
    assert await found(index, "leave") == [LEAVE]
    shelf.unlisted = ()
    report = await indexer.run([shelf])
    assert (report.errors, report.deleted, report.added) == ([], [], [])


# Settings that change


async def test_a_new_audience_applies_at_once_and_needs_no_new_vectors(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf, embedder: WordEmbedder
) -> None:
    await indexer.run([shelf])
    embedder.embedded.clear()
    shelf.audience = HR
    report = await indexer.run([shelf])
    assert (len(report.changed), report.unchanged) == (3, 0)
    assert (await found(index, "leave"), await found(index, "leave", groups=HR)) == ([], [LEAVE])
    assert embedder.embedded == []
    assert (await indexer.run([shelf])).unchanged == 3


async def test_another_way_of_reading_reads_everything_again(
    indexer: Indexer, shelf: Shelf, embedder: WordEmbedder
) -> None:
    await indexer.run([shelf])
    shelf.loaded.clear()
    embedder.embedded.clear()
    shelf.recipe = "shelf/2"
    assert len((await indexer.run([shelf])).changed) == 3
    assert (len(shelf.loaded), embedder.embedded) == (3, []), "read again, but the same text has its vector"


async def test_another_embedder_embeds_everything_again(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    await indexer.run([shelf])
    other = WordEmbedder(name="words/2")
    report = await Indexer(index=index, catalogue=index, embedder=other).run([shelf])
    assert (len(report.changed), len(other.embedded)) == (3, 3)


# Sources that are away


async def test_a_source_that_is_away_changes_nothing(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    await indexer.run([shelf])
    before = await state(index)
    shelf.unavailable = True
    with pytest.raises(SourceUnavailable, match="plug it in"):
        await indexer.run([shelf])
    with pytest.raises(SourceUnavailable, match="plug it in"):
        await indexer.preview([shelf])
    assert await state(index) == before


async def test_a_source_that_is_away_beside_others_is_reported(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf
) -> None:
    faq = Shelf("faq", books={"vpn": Book("The VPN is slow.")})
    await indexer.run([shelf, faq])
    shelf.unavailable = True
    faq.put(vpn="The VPN is quick.")
    report = await indexer.run([shelf, faq])
    assert [(failure.document, failure.error) for failure in report.errors] == [
        ("handbook", "handbook is not there: plug it in")
    ]
    assert summary(report) == ([], ["faq/vpn"], [], 0)
    assert await found(index, "leave") == [LEAVE]


async def test_the_messages_of_all_sources_are_in_the_error() -> None:
    index = MemoryIndex()
    both = [Shelf("a", unavailable=True), Shelf("b", unavailable=True)]
    with pytest.raises(SourceUnavailable, match=r"a is not there.*b is not there"):
        await Indexer(index=index, catalogue=index, embedder=WordEmbedder()).run(both)


async def test_no_source_is_no_trouble(indexer: Indexer) -> None:
    assert summary(await indexer.run([])) == ([], [], [], 0)


async def test_two_runs_at_once_are_refused(index: MemoryIndex, indexer: Indexer, shelf: Shelf) -> None:
    async with index.run():
        with pytest.raises(RunInProgress):
            await indexer.run([shelf])
        assert len((await indexer.preview([shelf])).added) == 3, "looking is allowed"


# Preview and progress


async def test_a_preview_says_what_the_run_does_and_changes_nothing(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf, embedder: WordEmbedder
) -> None:
    await indexer.run([shelf])
    shelf.loaded.clear()
    embedder.embedded.clear()
    shelf.put(leave="You have 30 days of leave.", new="Something new.")
    shelf.touch("travel")
    del shelf.books["pay"]
    before = await state(index)
    preview = await indexer.preview([shelf])
    assert summary(preview) == (["handbook/new"], ["handbook/leave"], ["handbook/pay"], 1)
    assert (preview.documents, preview.passages) == (3, 3), "what is published now"
    assert await state(index) == before
    assert shelf.loaded == embedder.embedded == []
    assert summary(await indexer.run([shelf])) == summary(preview)


async def test_progress_rises_by_one_to_the_total(indexer: Indexer, shelf: Shelf) -> None:
    shelf.put(**{f"book{n}": f"Book {n}." for n in range(40)})
    shelf.books["pay"].error = "damaged"
    calls: list[tuple[int, int]] = []
    await indexer.run([shelf, Shelf("faq", books={"vpn": Book("Slow.")})], progress=lambda *call: calls.append(call))
    assert calls == [(done, 44) for done in range(45)]


async def test_progress_of_nothing_to_do_is_told_once(indexer: Indexer, shelf: Shelf) -> None:
    await indexer.run([shelf])
    calls: list[tuple[int, int]] = []
    await indexer.run([shelf], progress=lambda *call: calls.append(call))
    assert calls == [(0, 0)]


# Failures in the middle


class BrittleIndex(MemoryIndex):
    """Cannot be written at chosen moments."""

    stages_left = 10_000
    publishes_left = 10_000

    async def stage(self, rows: Sequence[IndexRow]) -> None:
        self.stages_left -= 1
        if self.stages_left < 0:
            raise IndexUnavailable("The disk is full: free some space.")
        await super().stage(rows)

    async def publish(self, publication: Publication) -> None:
        self.publishes_left -= 1
        if self.publishes_left < 0:
            raise IndexUnavailable("The disk is full: free some space.")
        await super().publish(publication)


def library(count: int) -> Shelf:
    shelf = Shelf()
    shelf.put(**{f"book{n:03}": f"Here stands what book number{n} says." for n in range(count)})
    return shelf


async def test_when_the_embedder_fails_the_old_generation_answers_and_the_next_run_reuses_its_vectors() -> None:
    index, embedder, shelf = MemoryIndex(), WordEmbedder(), library(100)
    indexer = Indexer(index=index, catalogue=index, embedder=embedder)
    shelf.put(leave=LEAVE)
    await indexer.run([shelf])
    before = await state(index)
    shelf.put(**{name: f"{book.text} Edited." for name, book in shelf.books.items() if name != "leave"})
    embedder.fails_at = len(embedder.embedded) + 70
    with pytest.raises(EmbedderUnavailable, match="start it again"):
        await indexer.run([shelf])
    assert await state(index) == before
    assert len(await found(index, "Edited")) == 0
    embedder.fails_at = None
    report = await indexer.run([shelf])
    assert (len(report.changed), report.unchanged) == (100, 1)
    assert len(await found(index, "Edited")) == 100
    assert len(embedder.embedded) <= 101 + 100 + 2 * 16, "at most two batches were lost"


@pytest.mark.parametrize("moment", ["stages_left", "publishes_left"])
async def test_when_the_index_fails_the_old_generation_answers_and_the_next_run_catches_up(moment: str) -> None:
    index, embedder, shelf = BrittleIndex(), WordEmbedder(), library(100)
    indexer = Indexer(index=index, catalogue=index, embedder=embedder)
    await indexer.run([shelf])
    shelf.put(**{name: f"{book.text} Edited." for name, book in shelf.books.items()})
    before = await state(index)
    setattr(index, moment, 3 if moment == "stages_left" else 0)
    with pytest.raises(IndexUnavailable, match="free some space"):
        await indexer.run([shelf])
    assert await state(index) == before
    setattr(index, moment, 10_000)
    embedder.embedded.clear()
    assert len((await indexer.run([shelf])).changed) == 100
    assert len(await found(index, "Edited")) == 100
    assert len(embedder.embedded) == (52 if moment == "stages_left" else 0)


async def test_an_error_keeps_its_cause() -> None:
    class Failing(WordEmbedder):
        async def embed(self, texts: Sequence[str]) -> FloatArray:
            raise EmbedderUnavailable("Gone.") from ConnectionError("refused")

    index = MemoryIndex()
    with pytest.raises(EmbedderUnavailable) as caught:
        await Indexer(index=index, catalogue=index, embedder=Failing()).run([library(3)])
    assert isinstance(caught.value.__cause__, ConnectionError)


async def test_a_source_that_disappears_in_the_middle_changes_nothing(
    index: MemoryIndex, indexer: Indexer, shelf: Shelf
) -> None:
    await indexer.run([shelf])
    before = await state(index)
    shelf.books["zoo"] = Book("Text.")

    class Vanishing(Shelf):
        async def scan(self):  # type: ignore[no-untyped-def]
            scan = await super().scan()
            self.books.pop("zoo", None)
            return replace(scan)

    with pytest.raises(KeyError):
        await indexer.run([Vanishing(books=shelf.books)])
    assert await state(index) == before
    assert (await indexer.run([shelf])).unchanged == 3, "and the next run is not locked out"


# At once or in steps


texts = st.dictionaries(
    st.sampled_from("abcdef"), st.lists(st.sampled_from([LEAVE, PAY, TRAVEL, "# Part"]), max_size=6).map("\n".join)
)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.lists(texts, min_size=1, max_size=4))
async def test_indexing_in_steps_ends_where_indexing_at_once_does(steps: list[dict[str, str]]) -> None:
    stepwise, at_once = MemoryIndex(), MemoryIndex()
    shelf = Shelf()
    for step in steps:
        shelf.put(**step)
        for name in set(shelf.books) - set(step):
            del shelf.books[name]
        await Indexer(index=stepwise, catalogue=stepwise, embedder=WordEmbedder()).run([shelf])
    await Indexer(index=at_once, catalogue=at_once, embedder=WordEmbedder()).run([shelf])
    query = Query(("leav", "paid"), WordEmbedder().vector("leave"), shelf.audience, date(2026, 3, 10))
    one, other = await stepwise.search(query), await at_once.search(query)
    assert sorted(one.hits, key=repr) == sorted(other.hits, key=repr)
    assert (one.frequencies, one.passages) == (other.frequencies, other.passages)
    assert await stepwise.documents("handbook") == await at_once.documents("handbook")
