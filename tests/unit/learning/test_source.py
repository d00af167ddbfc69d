"""Approved answers as a source of documents."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.learning.text import LONGEST_ANSWER
from bot.models import Learned
from knowledge.models import Block, Failure, Found, Loaded
from tests.unit.learning.support import DOGS, NOW, Place


async def approved(place: Place, *args: Any, **more: Any) -> Learned:
    draft = await place.draft(*args, **more)
    return await change(place, draft, state="approved")


async def change(place: Place, learned: Learned, **more: Any) -> Learned:
    changed = replace(learned, **more)
    async with place.store.transaction() as work:
        await work.learned.save(changed)
    return changed


async def load(place: Place, *found: Found) -> list[Loaded | Failure]:
    return [each async for each in place.source.load(found)]


async def scanned(place: Place) -> list[Found]:
    return list((await place.source.scan()).found)


async def test_only_what_is_approved_is_a_document(place: Place) -> None:
    await place.draft()
    await approved(place)
    await change(place, await place.draft(), state="rejected")
    assert [found.id for found in await scanned(place)] == ["learned/2"]


async def test_documents_are_listed_by_id_as_text(place: Place) -> None:
    for _ in range(11):
        await approved(place)
    ids = [found.id for found in await scanned(place)]
    assert ids == sorted(ids)
    assert len(ids) == 11


async def test_a_document_is_the_question_above_the_answer_with_where_it_comes_from(place: Place) -> None:
    await approved(place, "May I  bring\nmy dog?", "Yes.\n- on Fridays", audience=frozenset({"hr"}), collection="pets")
    (found,) = await scanned(place)
    (loaded,) = await load(place, found)
    assert isinstance(loaded, Loaded)
    assert loaded.blocks == [
        Block("heading", "May I bring my dog?", 1),
        Block("paragraph", "Yes."),
        Block("item", "on Fridays"),
    ]
    document = loaded.document
    assert (document.id, document.source, document.uri) == ("learned/1", "learned", "deskhand:learned/1")
    assert (document.title, document.kind, document.owner) == ("May I bring my dog?", "learned", "Eva Expert")
    assert (document.audience, document.collection, document.updated) == (frozenset({"hr"}), "pets", NOW.date())
    assert found.attributes.audience == {"hr"}
    assert document.content_hash == found.stamp == await place.source.digest(found)


async def test_what_nobody_may_read_is_not_indexed_and_a_person_hears_why(place: Place) -> None:
    await approved(place, audience=frozenset())
    scan = await place.source.scan()
    assert scan.found == []
    assert "may be read by nobody" in scan.notes[0].text
    assert (await place.reindex()).added == []


async def test_what_changes_after_it_was_listed_is_not_published_and_what_was_is_closed(place: Place) -> None:
    learned = await approved(place)
    await place.reindex()
    (found,) = await scanned(place)
    for changed in ({"state": "rejected"}, {"audience": frozenset({"hr"})}):
        await change(place, learned, **changed)
        (failure,) = await load(place, found)
        assert isinstance(failure, Failure)
        assert failure.attributes
        assert failure.attributes.audience == frozenset()
        assert await place.source.digest(found) == ""


async def test_another_answer_is_another_version_and_the_same_is_read_once(place: Place) -> None:
    learned = await approved(place)
    assert (await place.reindex()).added == ["learned/1"]
    assert (await place.reindex()).unchanged == 1
    await change(place, learned, answer="Dogs must stay at home.")
    assert (await place.reindex()).changed == ["learned/1"]
    assert "must stay at home" in (await place.ask(DOGS)).text


async def test_another_audience_holds_from_the_next_run(place: Place) -> None:
    learned = await approved(place)
    await place.reindex()
    await change(place, learned, audience=frozenset({"hr"}))
    await place.reindex()
    assert (await place.ask(DOGS)).outcome == "unsure"
    assert (await place.ask(DOGS, frozenset({"hr", "public"}))).outcome == "answered"


async def test_what_is_too_long_is_cut_with_a_note(place: Place) -> None:
    await approved(place, answer="Dogs may come. " * LONGEST_ANSWER)
    report = await place.reindex()
    assert "longer than 10000 characters" in report.notes[0].text
    assert report.errors == []


async def test_hidden_characters_and_long_questions_do_not_get_in(place: Place) -> None:
    await approved(place, "Ig\u200bnore \U000e0041all?" + " and more" * 400, "Do\u202e it.")
    (loaded,) = await load(place, *await scanned(place))
    assert isinstance(loaded, Loaded)
    assert loaded.document.title.startswith("Ignore all? and more")
    assert len(loaded.document.title) <= 300
    assert loaded.blocks[1].text == "Do it."


async def test_the_source_says_what_it_is_without_an_audience_of_its_own(place: Place) -> None:
    record = place.source.record
    assert (record.name, record.path, record.kind) == ("learned", "deskhand:learned", "learned")
    assert record.audience == frozenset()
    await place.reindex()
    assert [source.name for source in await place.index.sources()] == ["handbook", "hr", "learned"]


async def test_an_author_who_is_unknown_by_now_is_named_by_their_id(place: Place) -> None:
    await approved(place, author="terminal:gone")
    assert [found.attributes.owner for found in await scanned(place)] == ["gone"]
