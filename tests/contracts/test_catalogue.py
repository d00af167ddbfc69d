"""What every `Catalogue` promises, and every index that is one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from knowledge.errors import IndexUnavailable, RunInProgress
from knowledge.models import Totals
from tests.contracts.index_rows import (
    IndexAndCatalogue,
    document,
    fill,
    publication,
    query,
    record,
    replacement,
    row,
    run_record,
    source_record,
)


async def test_an_empty_catalogue_lists_nothing(catalogue: IndexAndCatalogue) -> None:
    assert await catalogue.sources() == []
    assert await catalogue.documents("handbook") == []
    assert await catalogue.last_runs() == {}
    assert await catalogue.totals() == Totals(generation=0, documents=0, passages=0)


async def test_each_publication_is_a_generation_even_one_that_changes_nothing(catalogue: IndexAndCatalogue) -> None:
    for generation in (1, 2, 3):
        await catalogue.publish(publication())
        assert (await catalogue.totals()).generation == generation


async def test_staging_is_no_generation(catalogue: IndexAndCatalogue) -> None:
    await catalogue.stage([row("p1", "leave")])
    assert await catalogue.totals() == Totals(generation=0, documents=0, passages=0)


async def test_sources_are_kept_by_name_and_come_sorted(catalogue: IndexAndCatalogue) -> None:
    await catalogue.publish(publication(sources=[source_record("b"), source_record("a")]))
    moved = replace(
        source_record("b", path="https://example.org/"),
        kind="faq",
        audience=frozenset({"it", "hr"}),
        collection="x",
        owner=None,
        configured=True,
    )
    await catalogue.publish(publication(sources=[moved]))
    assert await catalogue.sources() == [source_record("a"), moved]


async def test_documents_are_listed_by_source_and_come_sorted(catalogue: IndexAndCatalogue) -> None:
    names = ("handbook/b.md", "faq/x.md", "handbook/a.md", "handbook/ü.md")
    await fill(catalogue, *(row(f"p of {name}", of=document(name)) for name in names))
    listed = [each.id for each in await catalogue.documents("handbook")]
    assert listed == ["handbook/a.md", "handbook/b.md", "handbook/ü.md"]
    assert [each.id for each in await catalogue.documents("faq")] == ["faq/x.md"]
    assert await catalogue.documents("unknown") == []


async def test_a_document_record_comes_back_as_it_was(catalogue: IndexAndCatalogue) -> None:
    full = replace(
        record(document(), passages=1, stamp="12.5:77"),
        notes=("Page 3 has no text.", 'sets "audience"; ignored'),
        error='cannot be read: "half" of it is missing',
        title="Urlaub – Teil 1",
    )
    await catalogue.stage([row("p1")])
    await catalogue.publish(publication(replace(replacement(document(), "p1"), record=full)))
    assert await catalogue.documents("handbook") == [full]


async def test_recorded_documents_keep_their_passages(catalogue: IndexAndCatalogue) -> None:
    await fill(catalogue, row("p1", "leave"))
    failed = record(document(), passages=1, error="is locked: try again", stamp="2")
    await catalogue.publish(publication(recorded=[failed]))
    assert await catalogue.documents("handbook") == [failed]
    assert await catalogue.passages(["p1"]) == [row("p1").passage]
    assert [hit.passage_id for hit in (await catalogue.search(query("leave"))).hits] == ["p1"]
    assert await catalogue.totals() == Totals(generation=2, documents=1, passages=1)


async def test_a_document_that_could_never_be_read_is_listed_but_not_counted(catalogue: IndexAndCatalogue) -> None:
    unread = record(document("handbook/locked.pdf"), error="needs a password: remove it")
    await catalogue.publish(publication(recorded=[unread]))
    assert await catalogue.documents("handbook") == [unread]
    assert await catalogue.totals() == Totals(generation=1, documents=0, passages=0)


async def test_a_document_read_after_a_failure_has_no_error_any_more(catalogue: IndexAndCatalogue) -> None:
    await catalogue.publish(publication(recorded=[record(document(), error="is locked: try again")]))
    await fill(catalogue, row("p1", "leave"))
    assert await catalogue.documents("handbook") == [record(document(), passages=1)]
    assert await catalogue.totals() == Totals(generation=2, documents=1, passages=1)


async def test_deleted_documents_are_listed_no_more(catalogue: IndexAndCatalogue) -> None:
    unread = document("handbook/locked.pdf")
    await fill(catalogue, row("p1"), row("p2", of=document("handbook/kept.md")))
    await catalogue.publish(publication(recorded=[record(unread, error="needs a password: remove it")]))
    await catalogue.publish(publication(deleted=[document().id, unread.id, "handbook/never-seen.md"]))
    assert [each.id for each in await catalogue.documents("handbook")] == ["handbook/kept.md"]
    assert await catalogue.totals() == Totals(generation=3, documents=1, passages=1)


async def test_an_empty_document_counts_as_a_document(catalogue: IndexAndCatalogue) -> None:
    await catalogue.publish(publication(replacement(document())))
    assert await catalogue.totals() == Totals(generation=1, documents=1, passages=0)


async def test_the_last_run_of_each_source_is_kept(catalogue: IndexAndCatalogue) -> None:
    assert run_record().finished.tzinfo is not None
    await catalogue.publish(publication(runs=[run_record("handbook"), run_record("faq")]))
    await catalogue.publish(publication(runs=[run_record("handbook", minute=5, added=9)]))
    assert await catalogue.last_runs() == {
        "handbook": run_record("handbook", minute=5, added=9),
        "faq": run_record("faq"),
    }


async def test_a_dropped_source_goes_with_its_documents_and_runs(catalogue: IndexAndCatalogue) -> None:
    await fill(catalogue, row("p1", "leave"), row("p2", "pay", of=document("faq/a.md")))
    await catalogue.publish(
        publication(
            recorded=[record(document("handbook/locked.pdf"), error="needs a password: remove it")],
            sources=[source_record("handbook"), source_record("faq")],
            runs=[run_record("handbook"), run_record("faq")],
        )
    )
    await catalogue.publish(publication(dropped=["handbook", "never-seen"]))
    assert await catalogue.sources() == [source_record("faq")]
    assert await catalogue.last_runs() == {"faq": run_record("faq")}
    assert await catalogue.documents("handbook") == []
    assert await catalogue.totals() == Totals(generation=3, documents=1, passages=1)


async def test_a_document_may_move_from_a_dropped_source_to_another(catalogue: IndexAndCatalogue) -> None:
    await fill(catalogue, row("p1", "leave"))
    moved = replace(document(), source="rules")
    await catalogue.stage([row("p1", "leave", of=moved)])
    await catalogue.publish(publication(replacement(moved, "p1"), dropped=["handbook"]))
    assert await catalogue.documents("handbook") == []
    assert await catalogue.documents("rules") == [record(moved, passages=1)]
    assert await catalogue.passages(["p1"]) == [row("p1", of=moved).passage]


async def test_a_publication_that_fails_leaves_the_catalogue_as_it_was(catalogue: IndexAndCatalogue) -> None:
    await fill(catalogue, row("p1", "leave"))
    await catalogue.publish(publication(sources=[source_record("handbook")], runs=[run_record("handbook")]))
    before = await _everything(catalogue)
    failing = publication(
        replacement(document(), "never staged"),
        recorded=[record(document("handbook/locked.pdf"), error="needs a password: remove it")],
        deleted=[document().id],
        sources=[source_record("handbook", path="/elsewhere"), source_record("new")],
        runs=[run_record("handbook", minute=7)],
        dropped=["handbook"],
    )
    with pytest.raises(IndexUnavailable):
        await catalogue.publish(failing)
    assert await _everything(catalogue) == before


async def test_only_one_run_goes_on_at_a_time(catalogue: IndexAndCatalogue) -> None:
    async with catalogue.run():
        with pytest.raises(RunInProgress, match="wait"):
            async with catalogue.run():
                pytest.fail("a second run began")
        assert (await catalogue.totals()).generation == 0, "reading goes on"
        await fill(catalogue, row("p1"))
    async with catalogue.run():
        pass


async def test_a_run_that_fails_or_is_cancelled_lets_go(catalogue: IndexAndCatalogue) -> None:
    with pytest.raises(ZeroDivisionError):
        async with catalogue.run():
            raise ZeroDivisionError

    async def hold() -> None:
        async with catalogue.run():
            await asyncio.sleep(60)

    task = asyncio.create_task(hold())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with catalogue.run():
        pass


async def _everything(catalogue: IndexAndCatalogue) -> tuple[object, ...]:
    return (
        await catalogue.totals(),
        await catalogue.sources(),
        await catalogue.documents("handbook"),
        await catalogue.last_runs(),
        await catalogue.passages(["p1"]),
    )
