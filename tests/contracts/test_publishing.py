"""What every `PassageIndex` promises of staging and publishing."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from knowledge.errors import IndexUnavailable
from knowledge.models import IndexRow
from knowledge.ports import PassageIndex
from tests.contracts.index_rows import (
    CLOSE,
    HR_ONLY,
    TODAY,
    all_of,
    bm25,
    document,
    fill,
    hits,
    publication,
    query,
    replacement,
    row,
    unit,
)


async def test_passages_come_back_as_they_were_in_the_order_asked(index: PassageIndex) -> None:
    rows = [row(f"p{n}", "leave", text=f"Text {n}: é ह 🙂\n| a | b |") for n in range(3)]
    await fill(index, *rows)
    assert await index.passages(["p2", "unknown", "p0"]) == [rows[2].passage, rows[0].passage]
    assert await index.passages([]) == []


async def test_a_thousand_passages_can_be_fetched_at_once(index: PassageIndex) -> None:
    rows = [row(f"p{n}", "leave") for n in range(1000)]
    await fill(index, *rows)
    assert await index.passages([each.passage.id for each in rows]) == [each.passage for each in rows]


async def test_staged_rows_are_unseen_until_published(index: PassageIndex) -> None:
    await fill(index, row("p1", "leave"))
    await index.stage([row("p2", "pay", of=document("handbook/pay.md")), row("p1", "leave again", text="New.")])
    found = await index.search(query("leave", "pay", "again"))
    assert [hit.passage_id for hit in found.hits] == ["p1"]
    assert (found.frequencies, found.passages) == ({"leave": 1, "pay": 0, "again": 0}, 1)
    assert await index.passages(["p1", "p2"]) == [row("p1").passage]


async def test_staging_again_replaces_what_was_staged(index: PassageIndex) -> None:
    await index.stage([row("p1", "leave", text="First.", key="k1")])
    await index.stage([row("p1", "pay", unit(0, 1, 0), text="Second.", key="k2")])
    await index.publish(publication(replacement(document(), "p1")))
    assert await index.passages(["p1"]) == [row("p1", text="Second.").passage]
    found = (await hits(index, query("pay", "leave", vector=unit(0, 1, 0))))["p1"]
    assert found.cosine == pytest.approx(1)
    assert found.bm25 == pytest.approx(bm25("pay", asked=["pay"], corpus=["pay"]))


async def test_rows_may_be_staged_in_many_batches(index: PassageIndex) -> None:
    rows = [row(f"p{n}", "leave") for n in range(25)]
    for start in range(0, 25, 10):
        await index.stage(rows[start : start + 10])
    await index.stage([])
    await index.publish(all_of(rows))
    assert len(await hits(index, query())) == 25


async def test_publishing_drops_what_else_is_staged(index: PassageIndex) -> None:
    await index.stage([row("p1", "leave"), row("p2", "left over", key="k2")])
    await index.publish(publication(replacement(document(), "p1")))
    assert await index.vectors(["k2"]) == {}
    with pytest.raises(IndexUnavailable, match="not staged"):
        await index.publish(publication(replacement(document(), "p2")))
    assert set(await hits(index, query("leave", "left"))) == {"p1"}


async def test_a_document_that_is_replaced_has_exactly_its_new_passages(index: PassageIndex) -> None:
    other = document("handbook/other.md")
    await fill(index, row("p1", "old words"), row("p2", "old pay"), row("p3", "old other", of=other))
    await fill(index, row("p2", "new pay", text="New."), row("p4", "new words"))
    assert set(await hits(index, query("old", "new"))) == {"p2", "p3", "p4"}
    assert {name for name, hit in (await hits(index, query("old"))).items() if hit.bm25 > 0} == {"p3"}
    assert await index.passages(["p1", "p2"]) == [row("p2", text="New.").passage]
    assert (await index.search(query("old", "pay"))).frequencies == {"old": 1, "pay": 1}


async def test_a_document_may_be_left_without_passages(index: PassageIndex) -> None:
    await fill(index, row("p1", "leave"))
    await index.publish(publication(replacement(document())))
    found = await index.search(query("leave"))
    assert (list(found.hits), found.passages, await index.passages(["p1"])) == ([], 0, [])


async def test_a_deleted_document_is_gone_and_counts_no_more(index: PassageIndex) -> None:
    gone, kept = document("handbook/gone.md"), document("handbook/kept.md")
    await fill(index, row("p1", "leave", of=gone), row("p2", "leave pay", of=kept), row("p3", "pay", of=kept))
    await index.publish(publication(deleted=[gone.id, "handbook/never-seen.md"]))
    found = await index.search(query("leave", "pay"))
    assert (found.frequencies, found.passages) == ({"leave": 1, "pay": 2}, 2)
    corpus = ["leave pay", "pay"]
    for hit in found.hits:
        terms = {"p2": "leave pay", "p3": "pay"}[hit.passage_id]
        assert hit.bm25 == pytest.approx(bm25(terms, asked=["leave", "pay"], corpus=corpus), abs=CLOSE)
    assert await index.passages(["p1"]) == []


async def test_nothing_of_a_dropped_source_is_found_or_counted(index: PassageIndex) -> None:
    gone, kept = document("handbook/gone.md"), document("faq/kept.md")
    await fill(index, row("p1", "leave pay", of=gone), row("p2", "leave", of=kept), row("p3", "leave", of=gone))
    await index.publish(publication(dropped=["handbook"]))
    found = await index.search(query("leave", "pay"))
    assert [hit.passage_id for hit in found.hits] == ["p2"]
    assert (found.frequencies, found.passages) == ({"leave": 1, "pay": 0}, 1)
    assert await index.passages(["p1", "p3"]) == []
    assert await index.vectors(["key of p1"]) == {}
    assert await index.fault() == ""


async def test_new_metadata_applies_to_passages_that_stay(index: PassageIndex) -> None:
    await fill(index, row("p1", "leave"))
    assert await hits(index, query("leave"))
    assert (await index.passages(["p1"]))[0].document == document()
    restricted = document(audience=HR_ONLY, collection="staff", title="Leave (HR)", expires=TODAY)
    await fill(index, row("p1", "leave", of=restricted))
    assert await hits(index, query("leave")) == {}
    assert await hits(index, query("leave", groups=HR_ONLY, collections=frozenset({"staff"})))
    assert (await index.passages(["p1"]))[0].document == restricted


async def test_a_publication_that_names_unstaged_passages_changes_nothing(index: PassageIndex) -> None:
    await fill(index, row("p1", "leave"), row("p2", "pay", of=document("handbook/pay.md")))
    before = await _state(index)
    await index.stage([row("p1", "changed", text="Changed.")])
    for names in (("p1", "never-staged"), ("p2",)):  # p2 is published, but was not staged again
        with pytest.raises(IndexUnavailable, match="Run"):
            await index.publish(publication(replacement(document(), *names), deleted=["handbook/pay.md"]))
        assert await _state(index) == before
    await index.publish(publication(replacement(document(), "p1")))
    assert (await index.search(query("changed"))).frequencies == {"changed": 1}, "what was staged is still there"


async def test_a_passage_can_only_be_published_for_its_own_document(index: PassageIndex) -> None:
    await index.stage([row("p1", "leave", of=document("handbook/a.md"))])
    with pytest.raises(IndexUnavailable):
        await index.publish(publication(replacement(document("handbook/b.md"), "p1")))
    assert await hits(index, query("leave")) == {}


async def test_searches_beside_publications_see_one_state_or_the_other(index: PassageIndex) -> None:
    states = {"old": unit(1, 0, 0), "new": unit(0, 1, 0)}

    def rows(state: str) -> list[IndexRow]:
        return [row(f"{state}{n}", f"{state} words", states[state]) for n in range(20)]

    async def publish() -> None:
        for n in range(10):
            await fill(index, *rows(("old", "new")[n % 2]))

    await fill(index, *rows("new"))
    publishing = asyncio.create_task(publish())
    while not publishing.done():
        found = await index.search(query("old", "new", "words"))
        assert len({(hit.passage_id[:3], round(hit.cosine)) for hit in found.hits}) == 1
        assert (len(found.hits), found.passages, sorted(found.frequencies.values())) == (20, 20, [0, 20, 20])
        await asyncio.sleep(0)
    await publishing


async def test_vectors_are_given_back_for_reuse_whether_published_or_staged(index: PassageIndex) -> None:
    await fill(index, row("p1", vector=unit(1, 2, 3), key="k1"))
    await index.stage([row("p2", vector=unit(3, 2, 1), key="k2")])
    found = await index.vectors(["k1", "k2", "unknown"])
    assert set(found) == {"k1", "k2"}
    np.testing.assert_array_equal(found["k1"], unit(1, 2, 3))
    np.testing.assert_array_equal(found["k2"], unit(3, 2, 1))
    assert found["k1"].dtype == np.float32
    assert await index.vectors([]) == {}
    assert set(await index.vectors({f"k{n}" for n in range(2000)})) == {"k1", "k2"}


async def test_vectors_of_what_is_gone_are_forgotten(index: PassageIndex) -> None:
    await fill(index, row("p1", key="k1"))
    await index.publish(publication(deleted=[document().id]))
    assert await index.vectors(["k1"]) == {}


async def test_passages_may_share_a_vector(index: PassageIndex) -> None:
    await fill(index, row("p1", key="same", vector=unit(1, 2, 3)), row("p2", key="same", vector=unit(1, 2, 3)))
    assert set(await index.vectors(["same"])) == {"same"}
    assert set(await hits(index, query())) == {"p1", "p2"}


async def test_an_index_is_whole_before_and_after_it_is_filled(index: PassageIndex) -> None:
    assert await index.fault() == ""
    await fill(index, row("p1", "leave"))
    assert await index.fault() == ""


async def _state(index: PassageIndex) -> tuple[object, ...]:
    found = await index.search(query("leave", "pay", "changed"))
    hits = sorted((hit.passage_id, hit.bm25, hit.cosine) for hit in found.hits)
    return hits, found.frequencies, found.passages, await index.passages(["p1", "p2"])
