"""What is found for a question, by whom, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory import MemoryIndex
from adapters.onnx_embedder import OnnxEmbedder
from knowledge.models import Document, Evidence, IndexRow, Matches, Passage, Query
from knowledge.retriever import Retriever, best_documents
from knowledge.splitter import indexed_text
from knowledge.terms import terms
from tests.contracts.index_rows import EVERYONE, HR_ONLY, TODAY, all_of, document, publication, replacement
from tests.unit.doubles import WordEmbedder


def passage(text: str, *, of: Document | None = None) -> Passage:
    of = of or document("handbook/leave.md")
    return Passage(f"{of.id}: {text}", of, (), text, 0, len(text), text)


async def filled(*passages: Passage, into: MemoryIndex | None = None) -> MemoryIndex:
    index = MemoryIndex() if into is None else into
    rows = [_row(each) for each in passages]
    await index.stage(rows)
    await index.publish(all_of(rows))
    return index


def _row(each: Passage) -> IndexRow:
    text = indexed_text(each)
    return IndexRow(each, " ".join(terms(text)), WordEmbedder().vector(text), text)


def about(name: str, **settings: object) -> Document:
    return replace(document(f"handbook/{name}.md"), **settings)  # type: ignore[arg-type]


def fillers(count: int = 20) -> list[Passage]:
    """So that words are as rare as in life."""
    return [
        passage(f"Something else number {n} entirely.", of=about(f"filler{n}", title=f"Other{n}")) for n in range(count)
    ]


async def ask(
    index: MemoryIndex,
    question: str,
    *,
    groups: frozenset[str] = EVERYONE,
    today: date = TODAY,
    collections: frozenset[str] | None = None,
) -> Sequence[Evidence]:
    retriever = Retriever(index=index, embedder=WordEmbedder())
    return (await retriever.search(question, groups=groups, today=today, collections=collections)).evidence


def ids(evidence: Sequence[Evidence]) -> list[str]:
    return [found.passage.document.id for found in evidence]


# Who sees what


async def test_only_what_the_groups_may_read_is_found() -> None:
    index = await filled(
        passage("Leave for all.", of=about("all")), passage("Leave for HR.", of=about("hr", audience=HR_ONLY))
    )
    assert ids(await ask(index, "leave")) == ["handbook/all.md"]
    assert ids(await ask(index, "leave", groups=HR_ONLY)) == ["handbook/hr.md"]
    assert set(ids(await ask(index, "leave", groups=EVERYONE | HR_ONLY))) == {"handbook/all.md", "handbook/hr.md"}
    assert ids(await ask(index, "leave", groups=frozenset())) == []


async def test_only_the_chosen_collections_are_searched() -> None:
    index = await filled(
        passage("Leave here.", of=about("a", collection="staff")),
        passage("Leave there.", of=about("b", collection="it")),
    )
    assert ids(await ask(index, "leave", collections=frozenset({"it"}))) == ["handbook/b.md"]
    assert len(await ask(index, "leave", collections=frozenset({"it", "staff"}))) == 2
    assert await ask(index, "leave", collections=frozenset()) == []


async def test_a_document_counts_from_its_first_to_its_last_day() -> None:
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    index = await filled(passage("Leave.", of=about("leave", effective=first, expires=last)))
    day = timedelta(days=1)
    found = [bool(await ask(index, "leave", today=today)) for today in (first - day, first, last, last + day)]
    assert found == [False, True, True, False]


# Order and scores


async def test_the_passage_with_the_words_comes_first_and_scores_fall() -> None:
    index = await filled(*fillers(), passage("Taxis are paid after midnight.", of=about("taxis", title="Travel")))
    found = await ask(index, "Are taxis paid after midnight?")
    assert found[0].passage.text == "Taxis are paid after midnight."
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)


async def test_raw_scores_are_kept() -> None:
    index = await filled(*fillers(), passage("Taxis are paid.", of=about("taxis")))
    question, embedder = "Who pays for taxis?", WordEmbedder()
    retrieval = await Retriever(index=index, embedder=embedder).search(question, groups=EVERYONE, today=TODAY)
    query = Query(tuple(terms(question)), embedder.vector(question), EVERYONE, TODAY)
    raw = {hit.passage_id: (hit.cosine, hit.bm25) for hit in (await index.search(query)).hits}
    assert {each.passage.id: (each.cosine, each.bm25) for each in retrieval.evidence} == raw
    assert retrieval.evidence[0].bm25 > 1
    assert retrieval.vector.tolist() == embedder.vector(question).tolist()


async def test_rare_words_weigh_more_than_common_ones_and_unheard_ones_most() -> None:
    index = await filled(*fillers(), passage("Taxis are something.", of=about("taxis")))
    retriever = Retriever(index=index, embedder=WordEmbedder())
    weights = (await retriever.search("something taxis zeppelins", groups=EVERYONE, today=TODAY)).weights
    assert 0 <= weights["someth"] < weights["taxi"] < weights["zeppelin"]


async def test_a_document_with_several_good_passages_gains() -> None:
    twins = [passage("Taxis are paid.", of=about(name, title="Travel")) for name in ("one", "several")]
    more = [passage(f"Taxis are paid {when}.", of=twins[1].document) for when in ("twice", "often")]
    found = await ask(await filled(*fillers(), *twins, *more), "Are taxis paid?")
    scores = {each.passage.id: each.score for each in found}
    assert scores[twins[1].id] > scores[twins[0].id]
    assert ids(found)[0] == "handbook/several.md"


async def test_a_document_does_not_lose_by_having_poor_passages_too() -> None:
    class Opposed(MemoryIndex):
        async def search(self, query: Query) -> Matches:
            matches = await super().search(query)
            hits = [replace(hit, cosine=-0.5, bm25=0.0) if "poor" in hit.passage_id else hit for hit in matches.hits]
            return replace(matches, hits=hits)

    plain, burdened = (passage("Taxis are paid.", of=about(name, title="Travel")) for name in ("plain", "burdened"))
    poor = [passage(f"A poor one, {n}.", of=burdened.document) for n in range(3)]
    found = await ask(await filled(*fillers(), plain, burdened, *poor, into=Opposed()), "Are taxis paid?")
    scores = {each.passage.id: each.score for each in found}
    assert scores[burdened.id] == pytest.approx(scores[plain.id])


@pytest.mark.parametrize("swapped", [False, True])
async def test_among_equals_the_recent_one_comes_first(swapped: bool) -> None:
    old, undated, new = (
        passage("Taxis are paid.", of=about(name, updated=day, title="Travel"))
        for name, day in (("old", date(2019, 1, 1)), ("undated", None), ("new", date(2026, 3, 1)))
    )
    order = [new, old, undated] if swapped else [undated, old, new]
    found = await ask(await filled(*fillers(), *order), "Are taxis paid?")
    assert ids(found)[:3] == ["handbook/new.md", "handbook/old.md", "handbook/undated.md"]


async def test_age_does_not_outweigh_a_better_answer() -> None:
    better = passage("Taxis are paid after midnight.", of=about("old", updated=date(2001, 1, 1), title="Travel"))
    worse = passage("Buses are paid.", of=about("new", updated=TODAY, title="Travel"))
    found = await ask(await filled(*fillers(), better, worse), "Are taxis paid after midnight?")
    assert found[0].passage == better


async def test_a_document_from_the_future_gains_as_much_as_one_of_today() -> None:
    pair = [
        passage("Taxis are paid.", of=about(name, updated=day, title="Travel"))
        for name, day in (("today", TODAY), ("future", TODAY + timedelta(days=3000)))
    ]
    scores = [each.score for each in (await ask(await filled(*fillers(), *pair), "taxis"))[:2]]
    assert scores[0] == pytest.approx(scores[1])


async def test_at_most_fifty_passages_come_back() -> None:
    index = await filled(*(passage(f"Taxi {n}.", of=about(f"d{n}")) for n in range(120)))
    assert len(await ask(index, "taxi")) == 50


async def test_the_best_documents_are_named_once_each_in_order() -> None:
    a, b, c = (about(name) for name in "abc")
    evidence = [Evidence(passage(f"{n}", of=of), 0, 0, -n) for n, of in enumerate([b, b, a, b, c])]
    assert ids(best_documents(evidence, most=2)) == [b.id, a.id]
    assert [each.passage.text for each in best_documents(evidence, most=9)] == ["0", "2", "4"]


# A publication in the middle


class Moving(MemoryIndex):
    """Something is published after the search, before the passages are fetched."""

    between: Sequence[Passage] = ()
    deleted: Sequence[str] = ()

    async def passages(self, ids: Sequence[str]) -> list[Passage]:
        await filled(*self.between, into=self)
        if self.deleted:
            await self.publish(publication(deleted=self.deleted))
        return await super().passages(ids)


@pytest.mark.parametrize(
    "closed",
    [
        {"audience": HR_ONLY},
        {"collection": "secret"},
        {"expires": TODAY - timedelta(days=1)},
        {"effective": TODAY + timedelta(days=1)},
    ],
)
async def test_a_document_closed_in_the_middle_of_a_search_is_not_shown(closed: dict[str, object]) -> None:
    text = "Leave is secret now."
    index = Moving()
    await filled(passage(text, of=about("leave")), passage("Leave for all.", of=about("all")), into=index)
    index.between = [passage(text, of=about("leave", **closed))]
    found = await ask(index, "leave", collections=frozenset({"handbook"}))
    assert ids(found) == ["handbook/all.md"]


async def test_a_document_deleted_in_the_middle_of_a_search_is_not_shown() -> None:
    index = Moving()
    await filled(passage("Leave.", of=about("leave")), passage("Leave for all.", of=about("all")), into=index)
    index.deleted = ["handbook/leave.md"]
    assert ids(await ask(index, "leave")) == ["handbook/all.md"]


# Odd questions


async def test_an_empty_index_gives_no_evidence() -> None:
    retrieval = await Retriever(index=MemoryIndex(), embedder=WordEmbedder()).search(
        "Who pays?", groups=EVERYONE, today=TODAY
    )
    assert retrieval.evidence == []
    assert set(retrieval.weights) == {"pai"}
    assert all(weight >= 0 for weight in retrieval.weights.values())


@pytest.mark.parametrize("question", ["", "   ", "?", "🙂", "\x00", "who is who"])
async def test_a_question_without_words_to_look_for_is_still_answered(question: str) -> None:
    found = await ask(await filled(*fillers(3)), question)
    assert len(found) == 3
    assert all(each.bm25 == 0 for each in found)


async def test_words_that_nobody_uses_give_evidence_without_words() -> None:
    found = await ask(await filled(*fillers(3)), "zeppelin xylophone")
    assert [each.bm25 for each in found] == [0, 0, 0]


async def test_a_question_of_a_hundred_thousand_characters_is_answered_with_the_real_embedder() -> None:
    index = MemoryIndex()
    embedder = OnnxEmbedder(threads=1)
    found = passage("Taxis are paid after midnight.", of=about("taxis"))
    vector = (await embedder.embed([found.text]))[0]
    row = IndexRow(found, " ".join(terms(found.text)), vector, "key")
    await index.stage([row])
    await index.publish(publication(replacement(found.document, found.id)))
    question = "Are taxis paid? " + " ".join(f"word{n}" for n in range(12_000))
    assert len(question) > 100_000
    retrieval = await Retriever(index=index, embedder=embedder).search(question, groups=EVERYONE, today=TODAY)
    assert [each.passage for each in retrieval.evidence] == [found]
    assert len(retrieval.weights) <= 64


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.text(max_size=60))
async def test_no_question_breaks_it_and_scores_are_numbers(question: str) -> None:
    found = await ask(await filled(*fillers(3)), question)
    assert all(-1 <= each.score < 2 for each in found)
