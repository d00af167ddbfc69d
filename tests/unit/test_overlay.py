"""A published index with a few documents that are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.memory import MemoryIndex
from knowledge.errors import IndexUnavailable
from knowledge.indexer import Indexer
from knowledge.models import Block, Document, IndexRow, Loaded, Passage
from knowledge.overlay import OverlayIndex, unpublished
from knowledge.retriever import Retriever
from knowledge.splitter import indexed_text
from knowledge.terms import terms
from tests.contracts.index_rows import (
    CLOSE,
    EVERYONE,
    HR_ONLY,
    TODAY,
    document,
    fill,
    hits,
    publication,
    query,
    row,
    unit,
)
from tests.unit.doubles import Book, Shelf, WordEmbedder

WORDS = ("salt", "hotel", "laptop", "badg", "pension", "park")
"""Their own stems."""


def made(name: str, words: str, of: Document | None = None, *, at: Sequence[float] = (1, 0, 0)) -> IndexRow:
    """A row whose terms are those of its text, as real ones are."""
    of = replace(of or document(name), title="")
    passage = Passage(name, of, (), words, 0, len(words), words)
    return IndexRow(passage, " ".join(terms(indexed_text(passage))), unit(*at), f"key of {name}")


async def base_of(*rows: IndexRow) -> MemoryIndex:
    index = MemoryIndex()
    await fill(index, *rows)
    return index


def corpus(count: int = 40) -> list[IndexRow]:
    return [made(f"d{n}", f"{WORDS[n % 6]} {WORDS[n % 5]} rule number{n}", at=(1, n, 2)) for n in range(count)]


passages = st.tuples(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
    st.tuples(*[st.integers(-3, 3)] * 3),
    st.sets(st.sampled_from(("members", "hr", "public")), max_size=2),
    st.sampled_from(("handbook", "learned")),
    st.sampled_from((None, TODAY - timedelta(days=1), TODAY + timedelta(days=1))),
    st.sampled_from((None, TODAY - timedelta(days=1), TODAY + timedelta(days=1))),
)
questions = st.tuples(
    st.lists(st.sampled_from((*WORDS, "unheard")), unique=True, max_size=4),
    st.tuples(*[st.integers(-3, 3)] * 3),
    st.sets(st.sampled_from(("members", "hr", "public"))),
    st.sampled_from((None, frozenset({"learned"}))),
)


def _rows(name: str, drawn: Sequence[Any]) -> list[IndexRow]:
    return [
        made(
            f"{name}{n}",
            " ".join(words),
            document(
                f"{name}{n}",
                audience=frozenset(audience),
                collection=collection,
                effective=effective,
                expires=expires,
            ),
            at=at,
        )
        for n, (words, at, audience, collection, effective, expires) in enumerate(drawn)
    ]


@given(published=st.lists(passages, max_size=8), added=st.lists(passages, max_size=4), question=questions)
@settings(max_examples=150, deadline=None, derandomize=True)
async def test_base_and_addition_are_searched_like_one_index_of_both(
    published: list[Any], added: list[Any], question: Any
) -> None:
    old, new = _rows("old", published), _rows("new", added)
    words, at, groups, collections = question
    asked = query(*words, vector=unit(*at), groups=frozenset(groups), collections=collections)
    base, whole = await base_of(*old), await base_of(*old, *new)
    found, expected = await hits(OverlayIndex(base, new), asked), await hits(whole, asked)
    assert found.keys() == expected.keys()
    alone = await hits(base, asked)
    for name, hit in found.items():
        assert hit.document_id == expected[name].document_id
        assert hit.cosine == pytest.approx(expected[name].cosine, abs=CLOSE)
        assert (hit.bm25 > 0) == (expected[name].bm25 > 0)
        if name in alone:
            assert hit.bm25 == alone[name].bm25
    rows = {each.passage.id: each.passage.document for each in (*old, *new)}
    for name in found:
        assert rows[name].audience & asked.groups
        assert rows[name].collection in (collections or {"handbook", "learned"})
        assert (rows[name].effective or TODAY) <= TODAY <= (rows[name].expires or TODAY)


@given(added=st.lists(passages, min_size=1, max_size=4), question=questions, limit=st.integers(0, 5))
@settings(max_examples=100, deadline=None, derandomize=True)
async def test_what_is_found_is_the_best_by_words_and_the_best_by_vector(
    added: list[Any], question: Any, limit: int
) -> None:
    words, at, _, _ = question
    overlay = OverlayIndex(await base_of(*corpus(12)), _rows("new", added))
    everything = await hits(overlay, query(*words, vector=unit(*at)))
    found = await hits(overlay, query(*words, vector=unit(*at), limit=limit))
    by_words = sorted((hit.bm25 for hit in everything.values() if hit.bm25), reverse=True)[:limit]
    by_vector = sorted((hit.cosine for hit in everything.values()), reverse=True)[:limit]
    assert len(found) <= len(by_words) + len(by_vector)
    assert sorted((hit.bm25 for hit in found.values()), reverse=True)[: len(by_words)] == by_words
    assert sorted((hit.cosine for hit in found.values()), reverse=True)[: len(by_vector)] == by_vector


async def test_added_passages_score_as_they_would_beside_the_others() -> None:
    old, new = corpus(200), [made("new", "hotel rule of today"), made("other", "parking badge")]
    asked = query("hotel", "badg", "rule")
    whole = await hits(await base_of(*old, *new), asked)
    found = await hits(OverlayIndex(await base_of(*old), new), asked)
    for name in ("new", "other"):
        assert found[name].bm25 == pytest.approx(whole[name].bm25, rel=0.03)


async def test_a_word_that_only_the_addition_has_counts_as_a_rare_one() -> None:
    matches = await OverlayIndex(await base_of(*corpus()), [made("new", "sabbat")]).search(query("sabbat"))
    assert (matches.frequencies, matches.passages) == ({"sabbat": 1}, 40)
    best = max(matches.hits, key=lambda hit: hit.bm25)
    assert (best.passage_id, best.bm25 > 3) == ("new", True)


async def test_over_an_empty_index_only_the_addition_is_found() -> None:
    found = await hits(OverlayIndex(MemoryIndex(), [made("new", "hotel", at=(0, 1, 0))]), query("hotel"))
    assert list(found) == ["new"]
    assert await hits(OverlayIndex(MemoryIndex(), []), query("hotel")) == {}


async def test_passages_come_from_both_in_the_order_asked_for() -> None:
    base, new = await base_of(*corpus(3)), made("new", "hotel")
    overlay = OverlayIndex(base, [new])
    found = await overlay.passages(["d2", "new", "none", "d0"])
    assert [passage.id for passage in found] == ["d2", "new", "d0"]
    assert list(await overlay.vectors([new.vector_key, "key of d1", "none"])) == ["key of d1", new.vector_key]


async def test_the_published_version_of_a_document_gives_way() -> None:
    leave = document("handbook/leave.md")
    base = await base_of(*corpus(), made("old", "hotel badge", leave))
    overlay = OverlayIndex(base, [made("new", "hotel", leave)])
    assert {"new"} == (await hits(overlay, query("hotel"))).keys() & {"old", "new"}
    assert await overlay.passages(["old"]) == []
    without = OverlayIndex(base, [], without=[leave.id])
    assert not (await hits(without, query("hotel"))).keys() & {"old", "new"}


async def test_the_base_is_never_changed() -> None:
    base = await base_of(*corpus(3))
    before = await base.totals()
    overlay = OverlayIndex(base, [made("new", "hotel")])
    await overlay.search(query("hotel"))
    with pytest.raises(IndexUnavailable):
        await overlay.stage([made("more", "hotel")])
    with pytest.raises(IndexUnavailable):
        await overlay.publish(publication())
    await overlay.close()
    assert await overlay.fault() == ""
    assert (await base.totals(), await base.passages(["new"])) == (before, [])


async def test_vectors_of_another_embedder_are_not_compared() -> None:
    overlay = OverlayIndex(await base_of(*corpus(3)), [row("new", "hotel", unit(1, 0))])
    assert (await hits(overlay, query("hotel")))["new"].cosine == 0


async def test_the_retriever_ranks_a_document_as_if_it_were_published() -> None:
    embedder = WordEmbedder()
    texts = {f"t{n}": f"Rule {n}: a {WORDS[n % 6]} needs the {WORDS[(n + 2) % 6]} of manager {n}." for n in range(60)}
    whole, base = MemoryIndex(), MemoryIndex()
    await _index(whole, texts, embedder)
    await _index(base, {name: text for name, text in texts.items() if name != "t7"}, embedder)
    loaded = Loaded(replace(document("handbook/t7"), title="handbook/t7"), [Block("paragraph", texts["t7"])])
    overlay = OverlayIndex(base, await unpublished(loaded, embedder=embedder))
    for question in ("Which rule is number 7?", "Does a hotel need a badge?", "Who is manager 7?", "parking"):
        ranked = [
            [found.passage.document.id for found in (await _search(index, question, embedder))[:5]]
            for index in (whole, overlay)
        ]
        assert ranked[0] == ranked[1]


async def test_through_the_retriever_nobody_gets_what_is_not_for_them() -> None:
    embedder = WordEmbedder()
    secret = replace(document("learned/1", audience=HR_ONLY), title="Grade 7 pay")
    rows = await unpublished(Loaded(secret, [Block("paragraph", "Grade 7 gets 60,000.")]), embedder=embedder)
    overlay = OverlayIndex(MemoryIndex(), rows)
    assert await _search(overlay, "Grade 7 pay", embedder) == []
    assert len(await _search(overlay, "Grade 7 pay", embedder, groups=HR_ONLY)) == 1


async def _index(index: MemoryIndex, texts: dict[str, str], embedder: WordEmbedder) -> None:
    shelf = Shelf(books={name: Book(text) for name, text in texts.items()})
    await Indexer(index=index, catalogue=index, embedder=embedder).run([shelf])


async def _search(
    index: MemoryIndex | OverlayIndex, question: str, embedder: WordEmbedder, groups: frozenset[str] = EVERYONE
) -> Sequence[Any]:
    retriever = Retriever(index=index, embedder=embedder)
    return (await retriever.search(question, groups=groups, today=date(2026, 3, 10))).evidence
