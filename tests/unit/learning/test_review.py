"""Who approves what for whom, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.errors import CommandError, NotAllowed
from bot.learning import forget
from bot.models import Answer, Question
from knowledge.ports import PassageIndex
from tests.contracts.stores import ticket
from tests.unit.learning.support import ADMIN, DOGS, EXPERT, LEAVE, MEMBER, OTHER, Place

# Audiences


async def test_nobody_but_its_audience_is_ever_answered_from_it(place: Place) -> None:
    draft = await place.draft(audience=frozenset({"hr"}))
    assert (await place.learning.approve(draft.id, by=ADMIN)).audience == {"hr"}
    await place.reindex()
    assert (await place.ask(DOGS, frozenset({"hr", *MEMBER}))).outcome == "answered"
    answer = await place.ask(DOGS)
    assert answer.outcome == "unsure"
    assert all(found.passage.document.kind != "learned" for found in answer.evidence)


async def test_for_insiders_and_outsiders_it_is_checked_against_what_they_read(place: Place) -> None:
    for audience, outcome in (({"hr"}, "answered"), ({"customers"}, "unsure"), ({"public"}, "unsure")):
        finding = await place.learning.check(await place.draft(LEAVE, audience=frozenset(audience)))
        assert finding.before.outcome == outcome


async def test_an_answer_for_nobody_waits_until_an_admin_names_an_audience(place: Place) -> None:
    draft = await place.draft(audience=frozenset())
    with pytest.raises(CommandError, match="Nobody may read number 1"):
        await place.learning.approve(draft.id, by=ADMIN)
    with pytest.raises(NotAllowed):
        await place.learning.approve(draft.id, by=OTHER, audience=frozenset({"members"}))
    approved = await place.learning.approve(draft.id, by=ADMIN, audience=frozenset({"members"}))
    assert approved.audience == {"members"}


async def test_an_expert_reviews_only_what_they_may_read_and_lets_nobody_else_read_it(place: Place) -> None:
    secret, normal = await place.draft(audience=frozenset({"hr"})), await place.draft()
    with pytest.raises(NotAllowed, match="an admin has to review"):
        await place.learning.approve(secret.id, by=OTHER)
    with pytest.raises(NotAllowed, match="more people"):
        await place.learning.approve(normal.id, by=OTHER, audience=frozenset({"public"}))
    insider = replace(OTHER, groups=frozenset({"hr"}))
    assert (await place.learning.approve(secret.id, by=insider)).state == "approved"


# Deciding


async def test_only_another_expert_or_an_admin_approves(place: Place) -> None:
    draft = await place.draft()
    for person in (EXPERT, replace(OTHER, role="asker")):
        with pytest.raises(NotAllowed):
            await place.learning.approve(draft.id, by=person)
    with pytest.raises(NotAllowed):
        await place.learning.reject(draft.id, by=replace(OTHER, role="asker"))
    assert (await place.get(draft.id)) == draft
    own = replace(EXPERT, role="admin")
    assert (await place.learning.approve(draft.id, by=own)).state == "approved"


async def test_what_was_decided_is_not_decided_twice(place: Place) -> None:
    draft = await place.draft()
    await place.learning.approve(draft.id, by=OTHER)
    with pytest.raises(CommandError, match="approved already"):
        await place.learning.approve(draft.id, by=OTHER)
    await place.learning.reject(draft.id, by=OTHER)
    with pytest.raises(CommandError, match="rejected already"):
        await place.learning.reject(draft.id, by=OTHER)
    for decided in (place.learning.approve(9, by=OTHER), place.learning.reject(9, by=OTHER)):
        with pytest.raises(CommandError, match="no learned answer number 9"):
            await decided


async def test_a_draft_that_changes_while_it_is_checked_is_not_published(place: Place) -> None:
    draft = await place.draft()
    learning = place.learning

    def asking(index: PassageIndex) -> Any:
        async def asked(question: Question) -> Answer:
            async with place.store.transaction() as work:
                await work.learned.save(replace(draft, answer="Something else entirely."))
            answer: Answer = await place.asking(index)(question)
            return answer

        return asked

    with pytest.raises(CommandError, match="has changed meanwhile"):
        await replace(learning, asking=asking).approve(draft.id, by=OTHER)
    assert place.ordered == []


async def test_what_is_rejected_afterwards_vanishes_with_the_next_run(place: Place) -> None:
    draft = await place.draft()
    await place.learning.approve(draft.id, by=OTHER)
    await place.reindex()
    await place.learning.reject(draft.id, by=ADMIN)
    assert place.ordered == [OTHER.id, ADMIN.id]
    assert (await place.reindex()).deleted == ["learned/1"]
    assert (await place.ask(DOGS)).outcome == "unsure"


async def test_rejecting_a_draft_orders_no_run(place: Place) -> None:
    draft = await place.draft()
    assert (await place.learning.reject(draft.id, by=EXPERT)).state == "rejected"
    assert place.ordered == []


async def test_whoever_is_forgotten_leaves_no_learned_documents(place: Place) -> None:
    async with place.store.transaction() as work:
        asked = await work.tickets.add(ticket(state="resolved"))
    mine = await place.draft()
    theirs = await place.draft(author="terminal:otto")
    await place.learning.approve(mine.id, by=OTHER)
    await place.reindex()
    async with place.store.transaction() as work:
        kept = await work.learned.add(replace(theirs, author="terminal:otto", ticket=0))
        of_asker = await work.learned.add(replace(theirs, author="terminal:otto", ticket=asked.number))
        assert await forget(work, EXPERT.id) == 1
        assert await forget(work, asked.asker) == 1
    assert await place.get(kept.id)
    assert await place.get(of_asker.id) is None
    assert (await place.reindex()).deleted == ["learned/1"]
