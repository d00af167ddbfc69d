"""What every `PassageIndex` promises of searches."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.models import MEMBERS, PUBLIC, IndexRow, Query
from knowledge.ports import PassageIndex
from tests.contracts.index_rows import (
    CLOSE,
    HR_ONLY,
    TODAY,
    bm25,
    document,
    fill,
    fillers,
    hits,
    publication,
    query,
    replacement,
    row,
    unit,
)
from tests.contracts.registry import INDEXES

# fmt: off
ODD_TERMS = [
    "or", "and", "not", "near", "OR", "NEAR", "null", "a*", "^a", "a:b", "terms", '"', 'sa"id', "o'neil", "--", "(",
    "Straße", "ΣΊΣΥΦΟΣ", "naïve", "e\u0301te\u0301", "हिन्दी", "தமிழ்", "ภาษาไทย", "မြန်မာ", "日本語",
    "\u0627\u0644\u0639\u064e\u0631\u064e\u0628\u0650\u064a\u0651\u0629", "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
    "v2", "123", "٣٤٥", "x²", "½", "ﬁ", "🙂", "👩🏽\u200d💻", "\u00a0", "a\u200bb", "\U000f0041", "a\x00b", "a\tb",
    "c++", "x" * 2000,
]
# fmt: on


# Finding


async def test_an_empty_index_finds_nothing_and_does_not_fail(index: PassageIndex) -> None:
    found = await index.search(query("leave", "pay"))
    assert (list(found.hits), found.frequencies, found.passages) == ([], {"leave": 0, "pay": 0}, 0)
    assert await index.passages(["p1"]) == []
    assert await index.vectors(["k1"]) == {}


async def test_words_score_as_bm25_by_hand(index: PassageIndex) -> None:
    corpus = {
        "p1": "sick leave sick note",
        "p2": "leave request form leave approval manager",
        "p3": "expense report receipt",
        "p4": "travel expense hotel train hotel",
        "p5": "laptop",
        "p6": "badge door office",
        "p7": "",
    }
    await fill(index, *(row(name, terms) for name, terms in corpus.items()))
    asked = ("sick", "leave", "hotel", "unheard")
    found = await hits(index, query(*asked))
    for name, terms in corpus.items():
        assert found[name].bm25 == pytest.approx(bm25(terms, asked=asked, corpus=list(corpus.values())), abs=CLOSE)
    assert found["p1"].bm25 > found["p2"].bm25 > 0
    assert found["p5"].bm25 == 0


async def test_a_term_that_is_repeated_counts_as_often(index: PassageIndex) -> None:
    await fill(index, row("once", "leave note other"), row("twice", "leave leave other"), *fillers(8))
    found = await hits(index, query("leave"))
    assert found["twice"].bm25 > found["once"].bm25


async def test_a_term_in_most_passages_still_counts_a_little(index: PassageIndex) -> None:
    await fill(index, row("p1", "leave"), row("p2", "leave pay"), row("p3", "leave"), row("p4", "other"))
    found = await hits(index, query("leave"))
    assert 0 < found["p1"].bm25 < 1e-5
    assert found["p4"].bm25 == 0


async def test_frequencies_count_all_passages_with_a_term_whoever_may_read_them(index: PassageIndex) -> None:
    await fill(
        index,
        row("p1", "leave leave"),
        row("p2", "leave", of=document("hr/secret.md", audience=HR_ONLY)),
        row("p3", "pay", of=document("it/vpn.md")),
    )
    found = await index.search(query("leave", "pay", "unheard"))
    assert found.frequencies == {"leave": 2, "pay": 1, "unheard": 0}
    assert found.passages == 3


async def test_vectors_score_as_cosine(index: PassageIndex) -> None:
    vectors = {"p1": unit(1, 2, 3), "p2": unit(-1, 0, 0.5), "p3": unit(0, 1, 0), "p4": unit(-3, -2, -1)}
    await fill(index, *(row(name, vector=vector) for name, vector in vectors.items()))
    asked = unit(3, 2, 1)
    found = await hits(index, query(vector=asked))
    for name, vector in vectors.items():
        assert found[name].cosine == pytest.approx(float(np.dot(vector, asked)), abs=CLOSE)
    assert found["p4"].cosine == pytest.approx(-1, abs=CLOSE)
    assert all(-1 <= hit.cosine <= 1 for hit in found.values())


async def test_hits_say_which_document_they_are_of(index: PassageIndex) -> None:
    await fill(index, row("p1", of=document("handbook/a.md")), row("p2", of=document("handbook/b.md")))
    found = await hits(index, query())
    assert {name: hit.document_id for name, hit in found.items()} == {"p1": "handbook/a.md", "p2": "handbook/b.md"}


async def test_words_and_vector_contribute_up_to_the_limit_each_with_both_scores(index: PassageIndex) -> None:
    by_words = [row(f"w{n}", "leave " * (9 - n) + "other", unit(0, 1, n)) for n in range(5)]
    by_vector = [row(f"v{n}", "pay day", unit(9, n, 0)) for n in range(5)]
    await fill(index, *by_words, *by_vector, *fillers(12))
    found = await hits(index, query("leave", "day", limit=2))
    assert {name for name in found if name[0] == "v"} == {"v0", "v1"}
    assert len(found) == 4
    corpus = [each.terms for each in (*by_words, *by_vector, *fillers(12))]
    for each in (*by_words, *by_vector):
        if hit := found.get(each.passage.id):
            assert hit.bm25 == pytest.approx(bm25(each.terms, asked=("leave", "day"), corpus=corpus), abs=CLOSE)
            assert hit.cosine == pytest.approx(float(each.vector[0]), abs=CLOSE)


async def test_without_terms_the_vector_alone_decides(index: PassageIndex) -> None:
    await fill(index, row("near", "leave", unit(1, 0, 0)), row("far", "leave", unit(0, 1, 0)))
    found = await index.search(query(limit=1))
    assert [(hit.passage_id, hit.bm25) for hit in found.hits] == [("near", 0)]
    assert found.frequencies == {}


async def test_terms_that_nothing_contains_leave_the_vector_alone_to_decide(index: PassageIndex) -> None:
    await fill(index, row("near", "leave", unit(1, 0, 0)), row("far", "leave", unit(0, 1, 0)))
    assert set(await hits(index, query("unheard", limit=1))) == {"near"}


async def test_vectors_of_another_width_are_not_compared(index: PassageIndex) -> None:
    """They come from another embedder; words still find the passage until it is indexed again."""
    await fill(index, row("old", "leave", unit(1, 0)), row("new", "leave", unit(1, 0, 0)), *fillers(3))
    found = await hits(index, query("leave"))
    assert found["old"].cosine == 0
    assert found["new"].cosine == pytest.approx(1)
    assert "old" not in await hits(index, query())
    assert set(await hits(index, query("leave", vector=np.zeros(0, np.float32)))) == {"old", "new"}
    await fill(index, row("old", "leave", unit(1, 0, 0)), row("new", "leave", unit(1, 0)))
    assert set(await hits(index, query(limit=1))) == {"old"}
    assert "new" not in await hits(index, query())


@pytest.mark.parametrize("term", ODD_TERMS)
async def test_a_term_is_matched_exactly_whatever_it_is(index: PassageIndex, term: str) -> None:
    similar = {term.upper(), term.lower(), term[:-1], term + "s", f"{term}{term}", term.replace("\u0301", "")} - {
        term,
        "",
    }
    corpus = {"it": f"before {term} after"} | {f"not{n}": f"before {other}" for n, other in enumerate(sorted(similar))}
    await fill(index, *(row(name, terms) for name, terms in corpus.items()), *fillers(8))
    everything = [*corpus.values(), *(each.terms for each in fillers(8))]
    matches = await index.search(query(term))
    assert matches.frequencies == {term: 1}
    scored = {hit.passage_id: hit.bm25 for hit in matches.hits if hit.bm25 > 0}
    assert scored == {"it": pytest.approx(bm25(corpus["it"], asked=[term], corpus=everything), abs=CLOSE)}


async def test_sixty_four_terms_are_no_problem(index: PassageIndex) -> None:
    asked = [f"term{n}" for n in range(64)]
    await fill(index, row("p1", " ".join(asked)), *fillers(30))
    corpus = [" ".join(asked), *(each.terms for each in fillers(30))]
    assert (await hits(index, query(*asked)))["p1"].bm25 == pytest.approx(bm25(corpus[0], asked=asked, corpus=corpus))


# Filtering


async def test_what_a_person_may_not_read_is_never_found_and_takes_no_place(index: PassageIndex) -> None:
    secret = document("hr/salaries.md", audience=HR_ONLY)
    allowed = [row(f"p{n}", "salary other words", unit(1, 1, 0)) for n in range(4)]
    hidden = [row(f"secret{n}", "salary salary", unit(1, 0, 0), of=secret) for n in range(40)]
    await fill(index, *hidden, *allowed, *fillers(60))
    found = await hits(index, query("salary", limit=4))
    assert set(found) == {"p0", "p1", "p2", "p3"}
    assert set(await hits(index, query("salary", limit=4, groups=HR_ONLY))) <= {f"secret{n}" for n in range(40)}
    assert len(await hits(index, query("salary", groups=frozenset({"hr", MEMBERS})))) >= 44
    corpus = [each.terms for each in (*hidden, *allowed, *fillers(60))]
    expected = bm25(allowed[0].terms, asked=["salary"], corpus=corpus)
    assert found["p0"].bm25 == pytest.approx(expected, abs=CLOSE), "a filter changes no score"


async def test_a_person_in_no_group_finds_nothing(index: PassageIndex) -> None:
    await fill(index, row("p1", "leave"), row("p2", "leave", of=document("faq/a.md", audience=frozenset({PUBLIC}))))
    assert await hits(index, query("leave", groups=frozenset())) == {}
    assert set(await hits(index, query("leave", groups=frozenset({PUBLIC})))) == {"p2"}


async def test_a_document_for_several_groups_is_found_by_each(index: PassageIndex) -> None:
    await fill(index, row("p1", "leave", of=document(audience=frozenset({"hr", "legal"}))))
    assert set(await hits(index, query("leave", groups=frozenset({"legal", "it"})))) == {"p1"}
    assert await hits(index, query("leave", groups=frozenset({"it"}))) == {}


async def test_collections_narrow_a_search_and_none_means_all(index: PassageIndex) -> None:
    await fill(
        index,
        row("p1", "leave", of=document("a/a.md", collection="benefits")),
        row("p2", "leave", of=document("b/b.md", collection="travel")),
    )
    assert set(await hits(index, query("leave", collections=frozenset({"travel"})))) == {"p2"}
    assert set(await hits(index, query("leave", collections=frozenset({"travel", "benefits"})))) == {"p1", "p2"}
    assert await hits(index, query("leave", collections=frozenset())) == {}
    assert set(await hits(index, query("leave"))) == {"p1", "p2"}


@pytest.mark.parametrize(
    ("effective", "expires", "counts"),
    [
        (TODAY, None, True),
        (TODAY + timedelta(days=1), None, False),
        (None, TODAY, True),
        (None, TODAY - timedelta(days=1), False),
        (TODAY, TODAY, True),
    ],
)
async def test_a_document_counts_from_its_first_day_to_its_last(
    index: PassageIndex, effective: date | None, expires: date | None, counts: bool
) -> None:
    await fill(index, row("p1", "leave", of=document(effective=effective, expires=expires)))
    assert (set(await hits(index, query("leave"))) == {"p1"}) is counts


async def test_the_day_of_the_question_decides_not_the_day_of_the_publication(index: PassageIndex) -> None:
    await fill(index, row("p1", "leave", of=document(effective=date(2026, 4, 1), expires=date(2026, 4, 30))))
    found = [bool(await hits(index, query("leave", today=date(2026, month, 15)))) for month in (3, 4, 5)]
    assert found == [False, True, False]


# Any history


VOCABULARY = ("leave", "pay", "हिन्दी", "x", "OR")
GROUPS = ("a", "b")
DOCUMENTS = tuple(f"s/{n}.md" for n in range(4))
passages_of_a_document = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.lists(st.sampled_from(VOCABULARY), max_size=6),
        st.tuples(*[st.integers(-3, 3)] * 3),
    ),
    max_size=5,
    unique_by=lambda each: each[0],
)
replacing: st.SearchStrategy[Any] = st.tuples(
    st.just("replace"), st.sampled_from(DOCUMENTS), passages_of_a_document, st.sets(st.sampled_from(GROUPS), min_size=1)
)
deleting: st.SearchStrategy[Any] = st.tuples(
    st.just("delete"), st.sampled_from(DOCUMENTS), st.just(()), st.just(frozenset())
)
histories: st.SearchStrategy[list[Any]] = st.lists(st.one_of(replacing, replacing, deleting), max_size=8)
questions = st.tuples(
    st.lists(st.sampled_from((*VOCABULARY, "unheard")), unique=True, max_size=4),
    st.tuples(*[st.integers(-3, 3)] * 3),
    st.sets(st.sampled_from(GROUPS)),
    st.integers(1, 4),
)


@pytest.mark.parametrize("name", INDEXES)
@given(history=histories, question=questions)
@settings(max_examples=40, deadline=None, derandomize=True)
async def test_after_any_history_a_search_gives_what_the_formulas_give(
    name: str, history: list[Any], question: Any
) -> None:
    terms, vector, groups, limit = question
    asked = query(*terms, vector=unit(*vector), groups=frozenset(groups), limit=limit)
    with tempfile.TemporaryDirectory() as folder:
        index = INDEXES[name](Path(folder))
        try:
            current: dict[str, list[IndexRow]] = {}
            for action, of, passages, audience in history:
                current[of] = [
                    row(f"{of}#{n}", " ".join(words), unit(*at), of=document(of, audience=frozenset(audience)))
                    for n, words, at in passages
                ]
                await index.stage(current[of])
                names = [each.passage.id for each in current[of]]
                deleted = action == "delete"
                await index.publish(
                    publication(deleted=[of]) if deleted else publication(replacement(document(of), *names))
                )
                await _check(index, asked, [each for rows in current.values() for each in rows])
        finally:
            await index.close()


async def _check(index: PassageIndex, asked: Query, rows: list[IndexRow]) -> None:
    found = await hits(index, asked)
    corpus = [each.terms for each in rows]
    allowed = {each.passage.id: each for each in rows if each.passage.document.audience & asked.groups}
    words = {name: bm25(each.terms, asked=asked.terms, corpus=corpus) for name, each in allowed.items()}
    cosines = {name: float(np.dot(each.vector, asked.vector)) for name, each in allowed.items()}
    matching = {name: score for name, score in words.items() if score > 0}
    for name, hit in found.items():
        assert hit.bm25 == pytest.approx(words[name], abs=CLOSE)
        assert hit.cosine == pytest.approx(cosines[name], abs=CLOSE)
    for scores in (matching, cosines):
        best = sorted(scores.values(), reverse=True)[: asked.limit]
        assert sum(name in found for name in scores) >= len(best)
        assert {name for name, score in scores.items() if best and score > best[-1] + CLOSE} <= set(found)
    assert len(found) <= min(len(matching), asked.limit) + min(len(cosines), asked.limit)
    frequencies = {term: sum(term in each.split(" ") for each in corpus) for term in asked.terms}
    matches = await index.search(asked)
    assert (matches.frequencies, matches.passages) == (frequencies, len(rows))
