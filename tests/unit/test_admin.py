"""The admin commands: who may, what they show and to whom, what they leave in the audit; jobs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from adapters.file_directory import FileDirectory
from adapters.memory import MemoryIndex, MemoryWakeUps
from adapters.onnx_embedder import OnnxEmbedder
from adapters.sql_store import SqlStore
from bot.admin.commands import Admin
from bot.admin.jobs import IndexJobs
from bot.admin.parts import Parts
from bot.admin.status import status
from bot.admin.table import COMMANDS
from bot.errors import CommandError, LeaseLost, NotAllowed
from bot.models import (
    AdminJob,
    AuditEntry,
    Conversation,
    Exchange,
    Feedback,
    Learned,
    Person,
    Question,
    Result,
    Ticket,
    found_of,
    sources_of,
)
from bot.router import ask, build_router
from bot.router.routing import Routing
from bot.settings import RouterSection
from bot.tickets.desk import Desk, Promise
from bot.tickets.hours import Hours
from knowledge.errors import RunInProgress
from knowledge.indexer import Indexer, Progress
from knowledge.models import Report
from knowledge.retriever import Retriever
from tests.unit.doubles import Book, Shelf

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
ADA = Person("slack:T1/ADA", "Ada", role="admin")
EVA = Person("slack:T1/EVA", "Eva", role="expert")
ANA = Person("slack:T1/ANA", "Ana")
HANA = Person("slack:T1/HANA", "Hana", role="expert", groups=frozenset({"hr"}))
TALK = Conversation("slack", "T1/D1", private=True)
LEAVE = "How many days of annual leave do I get a year?"
SALARY = "What does the salary of grade 7 start at?"
DRAFT = Learned(0, "draft", "Is there a gym?", "Yes.", frozenset({"members"}), 0, EVA.id, NOW)


@dataclass
class Review:
    """What was approved and rejected."""

    done: list[tuple[Any, ...]] = field(default_factory=list)

    async def approve(
        self, id: int, *, by: Person, audience: frozenset[str] | None = None, force: bool = False
    ) -> Learned:
        self.done.append(("approve", id, audience, force))
        return replace(DRAFT, id=id)

    async def reject(self, id: int, *, by: Person) -> Learned:
        self.done.append(("reject", id))
        return replace(DRAFT, id=id)


class Place:
    """A handbook that all may read, salaries that HR may, and what is kept of conversations."""

    def __init__(self, file: Path, embedder: OnnxEmbedder, routing: Routing) -> None:
        self.now = NOW
        self.task: asyncio.Task[None]
        self.store = SqlStore(file, clock=lambda: self.now)
        self.index, self.review = MemoryIndex(), Review()
        self.shelves = {
            "handbook": Shelf(books={
                "leave": Book("Everybody gets 25 days of annual leave a year.", title="Annual leave"),
                "parking": Book("A parking space in the garage costs 4 EUR a day.", title="Parking"),
                "dogs": Book("Dogs may come to the office on Fridays.", title="Dogs"),
            }),
            "hr": Shelf("hr", {"pay": Book("The salary of grade 7 starts at 60,000 EUR.", title="Salary bands")},
                        audience=frozenset({"hr"})),
        }  # fmt: skip
        self.indexer = Indexer(index=self.index, catalogue=self.index, embedder=embedder)
        self.retriever = Retriever(index=self.index, embedder=embedder)
        router = build_router(retriever=self.retriever, embedder=embedder, threshold=0.5, routing=routing)
        self.ask: Callable[[Question], Awaitable[Any]] = partial(ask, router)
        self.parts = Parts(
            store=self.store, index=self.index, embedder=lambda: embedder,
            wake=MemoryWakeUps(),
            ask=self.ask, search=self.search, status=self.status, learning=lambda: self.review, desk=self.desk,
            clock=lambda: self.now, experts=lambda topic: f"slack:T1/{topic or 'experts'}",
        )  # fmt: skip
        self.admin = Admin(self.parts)
        self.jobs = IndexJobs(store=self.store, index=self.run)

    async def search(self, question: Question) -> Any:
        return (await self.retriever.search(question.text, groups=question.groups, today=question.today)).evidence

    def desk(self) -> Desk:
        wait = timedelta(hours=1)
        return Desk(
            promise=Promise(Hours(), wait, wait, wait), directory=FileDirectory(Path("no-people.toml"), audiences={}),
            experts=Conversation("slack", "T1/experts"), clock=lambda: self.now, events=lambda event: True,
            index=self.index,
        )  # fmt: skip

    async def status(self) -> Any:
        return await status(self.index, sources=[each.record for each in self.shelves.values()], embedder="mini")

    async def run(
        self, *, names: Sequence[str] = (), dry_run: bool = False, progress: Progress = lambda done, of: None
    ) -> Report:
        shelves = [shelf for name, shelf in self.shelves.items() if name in (names or self.shelves)]
        return await (self.indexer.preview(shelves) if dry_run else self.indexer.run(shelves, progress=progress))

    async def give(self, command: str, *, by: Person = ADA, confirmed: bool = False, reply: str = "") -> Result:
        return await self.admin.run(command.split(), by=by, confirmed=confirmed, reply=reply)

    async def audited(self) -> list[AuditEntry]:
        async with self.store.reading() as work:
            return [entry async for entry in work.audit.entries()]

    async def asked(self, text: str, *, by: Person, id: str, **more: Any) -> Exchange:
        """A question and what was decided, as the bot keeps it."""
        answer = await self.ask(self.parts.question(text, by=by))
        exchange = Exchange(
            id=id, conversation=TALK, message=id, asker=by.id, question=text, standalone=text, route=answer.route.name,
            outcome=answer.outcome, confidence=answer.confidence, threshold=answer.threshold, groups=by.readable,
            text=answer.text, at=self.now, sources=sources_of(answer), found=found_of(answer), **more,
        )  # fmt: skip
        async with self.store.transaction() as work:
            await work.exchanges.add(exchange)
        return exchange

    async def ticket(self, exchange: Exchange) -> Ticket:
        async with self.store.transaction() as work:
            return await work.tickets.add(Ticket(
                number=0, state="open", conversation=TALK, asker=exchange.asker, asker_name="Somebody",
                question=exchange.question, reason="It is not sure.", experts=Conversation("slack", "T1/experts"),
                card=f"card{exchange.id}", opened=self.now, draft=exchange.text, sources=exchange.sources,
            ))  # fmt: skip

    async def claimed(self, worker: str = "w1") -> AdminJob:
        async with self.store.transaction() as work:
            job = await work.jobs.claim(worker, lease=timedelta(seconds=30))
        assert job
        return job

    async def job(self, id: int = 1) -> AdminJob:
        async with self.store.reading() as work:
            job = await work.jobs.get(id)
        assert job
        return job


@pytest.fixture(scope="module")
def embedder() -> OnnxEmbedder:
    return OnnxEmbedder()


@pytest.fixture
async def place(tmp_path: Path, embedder: OnnxEmbedder) -> AsyncIterator[Place]:
    made = Place(tmp_path / "journal.sqlite", embedder, Routing(topics=(), embedder=embedder, settings=RouterSection()))
    await made.store.migrate()
    await made.run()
    yield made
    await made.store.close()


class TestWhoMay:
    async def test_askers_get_help_and_experts_what_is_theirs_and_refusals_are_audited(self, place: Place) -> None:
        for command in COMMANDS:
            for person in (ANA, EVA):
                if not person.may(command.role):
                    with pytest.raises(NotAllowed, match=command.name):
                        await place.give(command.name, by=person)
        refused = {(entry.actor, entry.subject) for entry in await place.audited() if entry.action == "refused"}
        assert {(ANA.id, "search"), (ANA.id, "forget"), (EVA.id, "forget"), (EVA.id, "reindex")} <= refused
        assert (EVA.id, "search") not in refused
        assert "forget" not in (await place.give("help", by=EVA)).text
        assert "forget PERSON" in (await place.give("help")).text

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ("reindx", "Did you mean `reindex`"),
            ("gaps --day 5", "no option `--day`"),
            ("gaps --days", "needs a value"),
            ("gaps --days none", "no number of days"),
            ("tickets --all=yes", "takes no value"),
            ("tickets many", "no number"),
            ("search", "Something is missing: `search QUESTION`"),
            ("audit --since soon", "no date"),
            ("forget ana", "name the platform"),
            ("reindex elsewhere", "there are handbook, hr"),
        ],
    )
    async def test_what_makes_no_sense_is_explained(self, place: Place, words: str, told: str) -> None:
        with pytest.raises(CommandError, match=told):
            await place.give(words)

    async def test_options_are_understood_as_chats_write_them_and_questions_may_hold_dashes(self, place: Place) -> None:
        await place.give("TICKETS —all")
        assert (await place.give("unpin what does --all do")).data == {"removed": False}
        assert [(each.action, each.subject) for each in await place.audited()] == [("tickets", "all")]


class TestWhatIsShown:
    async def test_a_search_shows_what_the_person_may_read_and_an_admin_is_no_exception(self, place: Place) -> None:
        hidden = await place.give(f"search {SALARY}")
        assert "Salary" not in hidden.text + str(hidden.data)
        assert "**Salary bands**: very close in meaning" in (await place.give(f"search {SALARY}", by=HANA)).text

    async def test_an_explanation_says_why_in_words_and_hides_what_may_not_be_read(self, place: Place) -> None:
        given = await place.asked(SALARY, by=HANA, id="a" * 24)
        mine = await place.give(f"explain {given.id}", by=HANA)
        assert "60,000" in mine.text
        assert "Salary bands: very close in meaning, best match of words **[1]**" in mine.text
        theirs = await place.give(f"explain {given.id}")
        assert "60,000" not in theirs.text + str(theirs.data)
        assert "Salary" not in theirs.text + str(theirs.data)
        assert [each.subject for each in await place.audited()] == [given.id] * 2
        with pytest.raises(CommandError, match="No answer is kept"):
            await place.give(f"explain {'b' * 24}")

    async def test_explaining_a_question_answers_nobody_and_tells_of_a_pin(self, place: Place) -> None:
        told = await place.give(f"explain {LEAVE}")
        assert told.data["outcome"] == "answered"
        assert not told.data["pinned"]
        async with place.store.reading() as work:
            assert await work.exchanges.of(ADA.id) == []
            assert await work.outbox.waiting() == 0
        await place.give(f"pin {LEAVE}")
        assert "an answer is pinned" in (await place.give(f"explain {LEAVE}")).text

    async def test_a_ticket_shows_its_draft_to_those_who_may_read_what_it_quotes(self, place: Place) -> None:
        await place.ticket(await place.asked(SALARY, by=HANA, id="1"))
        assert "**#1** open, since a moment" in (await place.give("tickets")).text
        assert "60,000" in (await place.give("tickets 1", by=HANA)).text
        hidden = await place.give("tickets #1", by=EVA)
        assert "60,000" not in hidden.text + str(hidden.data)
        assert "Salary bands" not in hidden.text + str(hidden.data)

    async def test_a_ticket_is_linked_to_where_it_stands_in_another_help_desk(self, place: Place) -> None:
        await place.ticket(await place.asked(LEAVE, by=ANA, id="1"))
        told = await place.give("link #1 https://desk.example.com/7 --status waiting", by=EVA)
        assert (told.data["link"], told.data["external_status"]) == ("https://desk.example.com/7", "waiting")
        assert "waiting https://desk.example.com/7" in (await place.give("tickets 1")).text
        assert [each.action for each in await place.audited()][:1] == ["ticket.linked"]
        await place.give("link 1 https://desk.example.com/8")
        assert "waiting https://desk.example.com/8" in (await place.give("tickets 1")).text
        assert (await place.give("link 1 none")).data["link"] == ""
        for wrong in ("link 1", "link 1 javascript:alert(1)", "link 2 https://desk.example.com", "link x none"):
            with pytest.raises(CommandError):
                await place.give(wrong)
        with pytest.raises(NotAllowed):
            await place.give("link 1 none", by=ANA)

    async def test_each_week_says_what_became_of_its_questions(self, place: Place) -> None:
        place.now = NOW - timedelta(weeks=1)
        await place.asked(LEAVE, by=ANA, id="1")
        needless = await place.ticket(await place.asked("Is there a lounge for the crew?", by=ANA, id="2"))
        place.now = NOW
        await place.asked(LEAVE, by=HANA, id="3")
        await place.ticket(await place.asked("Who repairs broken chairs?", by=ANA, id="4"))
        async with place.store.transaction() as work:
            await work.feedback.put(Feedback("1", ANA.id, True, "", NOW))
            answered = needless.opened + timedelta(minutes=25)
            await work.tickets.save(replace(needless, state="answered", answered=answered, draft_sent=True))
        told = await place.give("weekly --weeks 3", by=EVA)
        assert [tuple(week.values()) for week in told.data] == [
            ("2026-11-09", 0, 0, 0, 0, 0, None), ("2026-11-16", 2, 1, 1, 1, 1, 25.0),
            ("2026-11-23", 2, 1, 0, 1, 0, None),
        ]  # fmt: skip
        assert "**2026-11-16** 2 asked, 1 answered, 1 of them confirmed, 1 handed over (1 needlessly" in told.text
        assert "a person answered after 25 min" in told.text
        lines = (await place.give("weekly --weeks 2 --export csv")).export.splitlines()
        assert lines[0] == "begins,asked,answered,confirmed,handed_over,needless,first_reply_minutes"
        assert lines[1] == "2026-11-16,2,1,1,1,1,25.0"
        for wrong in ("weekly --weeks 0", "weekly --weeks many", "weekly --export xls"):
            with pytest.raises(CommandError):
                await place.give(wrong)

    async def test_gaps_are_questions_alike_with_who_could_write_it(self, place: Place) -> None:
        await place.asked("Is there a lounge for the crew?", by=HANA, id="1")
        await place.asked("Can I use the crew lounge?", by=ANA, id="2", topic="travel")
        await place.asked("Can I use the crew lounge?", by=ANA, id="3", topic="travel")
        await place.asked("Who repairs broken chairs?", by=ANA, id="4")
        await place.asked(LEAVE, by=ANA, id="5")
        found = await place.give("gaps")
        assert [(each["question"], each["count"]) for each in found.data] == [
            ("Can I use the crew lounge?", 3), ("Who repairs broken chairs?", 1),
        ]  # fmt: skip
        assert found.data[0]["experts"] == "slack:T1/travel"
        assert "[T1/travel](room:slack:T1/travel)" in found.text
        assert "Salary" not in found.text + str(found.data)
        place.now += timedelta(days=8)
        assert (await place.give("gaps --days 7")).data == []

    async def test_experts_hear_of_broken_files_and_drafts_that_they_may_read(self, place: Place) -> None:
        place.shelves["hr"].put(bonus="x")
        place.shelves["hr"].books["bonus"].error = "bonus is damaged"
        await place.run()
        async with place.store.transaction() as work:
            await work.learned.add(DRAFT)
            await work.learned.add(replace(DRAFT, question="And the pay?", audience=frozenset({"hr"}), author=HANA.id))
        assert "hr/bonus" in (await place.give("sources")).text
        assert "hr/bonus" not in str(await place.give("sources", by=EVA))
        assert [len((await place.give("learned", by=each)).data) for each in (ADA, HANA, EVA)] == [2, 2, 1]

    async def test_what_is_missing_can_be_written_and_waits_for_review(self, place: Place) -> None:
        words = ["write", "Where", "is", "the", "lounge?", "--answer", "On the *second* floor."]
        written = await place.admin.run([*words, "--audience=members"], by=EVA)
        assert "number 1 and waits" in written.text
        (draft,) = (await place.give("learned", by=HANA)).data
        assert (draft["question"], draft["answer"]) == ("Where is the lounge?", "On the *second* floor.")
        assert (draft["author"], draft["audience"], draft["ticket"]) == (EVA.id, ["members"], 0)
        await place.admin.run(words, by=EVA)
        assert len((await place.give("learned", by=HANA)).data) == 1, "one without readers may be meant for few"
        with pytest.raises(CommandError, match="What is the answer"):
            await place.give("write Where is it?", by=EVA)
        with pytest.raises(NotAllowed):
            await place.admin.run(words, by=ANA)
        assert [each.subject for each in await place.audited() if each.action == "learned.drafted"] == [
            "learned 1", "learned 2",
        ]  # fmt: skip

    async def test_a_source_says_what_its_last_run_did(self, place: Place) -> None:
        told = (await place.give("sources", by=EVA)).data
        assert {each["name"]: each["did"]["added"] for each in told} == {"handbook": 3, "hr": 1}
        assert [each["audience"] for each in told if each["name"] == "hr"] == [["hr"]]

    async def test_the_audit_tells_who_looked_and_holds_no_word_of_anybody(self, place: Place) -> None:
        await place.ticket(await place.asked("Where do quokkas live?", by=ANA, id="1"))
        await place.give(f"pin {LEAVE}")
        commands = ("search quokkas", "explain quokkas", "unpin " + LEAVE, "tickets 1", "gaps", "feedback", "learned")
        for command in (*commands, "pins", "audit"):
            await place.give(command)
        entries = await place.audited()
        actions = ["pin", "search", "explain", "unpin", "tickets", "gaps", "feedback", "learned", "pins"]
        assert [entry.action for entry in entries] == [*actions, "audit.exported"]
        assert not any(word in str(entries).casefold() for word in ("quokka", "annual", "how many"))
        place.now += timedelta(days=2)
        assert [each["action"] for each in (await place.give("audit --since 2026-11-28")).data] == []
        assert len((await place.give("audit --since 2026-11-27")).data) == 11

    async def test_the_audit_can_be_exported_and_holds_no_formulas(self, place: Place) -> None:
        async with place.store.transaction() as work:
            await work.audit.add(AuditEntry(NOW, ADA.id, "reindex", "=1+1", 'job "1", twice'))
        table = (await place.give("audit --export csv")).export.splitlines()
        assert table[0] == "at,actor,action,subject,detail"
        assert table[1] == '2026-11-27T09:00:00+00:00,slack:T1/ADA,reindex,\'=1+1,"job ""1"", twice"'
        lines = (await place.give("audit --export jsonl")).export.splitlines()
        assert json.loads(lines[0])["subject"] == "=1+1"
        with pytest.raises(CommandError, match="csv, jsonl"):
            await place.give("audit --export xml")

    async def test_status_counts_what_waits(self, place: Place) -> None:
        await place.ticket(await place.asked(SALARY, by=ANA, id="1"))
        await place.give("reindex")
        shown = await place.give("status", by=EVA)
        assert (shown.data["documents"], shown.data["tickets"]["open"], shown.data["job"]["state"]) == (4, 1, "queued")
        assert "4 documents" in shown.text


class TestWhatIsChanged:
    async def test_a_pin_is_what_members_get_and_holds_until_a_passage_changes(self, place: Place) -> None:
        pinned = await place.give(f"pin {LEAVE}", by=replace(HANA, role="admin"))
        assert "**25 days**" in pinned.text
        assert pinned.data["documents"] == ["handbook/leave"]
        assert [each["holds"] for each in (await place.give("pins")).data] == [True]
        place.shelves["handbook"].put(leave="Everybody gets 27 days of annual leave a year.")
        await place.run()
        assert "no longer given" in (await place.give("pins")).text
        assert (await place.give(f"unpin {LEAVE.upper()}")).ok
        assert not (await place.give(f"unpin {LEAVE}")).ok

    async def test_an_unsure_answer_is_pinned_after_a_yes_and_never_one_that_only_some_may_read(
        self, place: Place
    ) -> None:
        with pytest.raises(CommandError, match="every member may read"):
            await place.give(f"pin {SALARY}", by=replace(HANA, role="admin"), confirmed=True)

        async def unsure(question: Question) -> Any:
            return replace(await place.ask(question), outcome="unsure")

        place.admin = Admin(replace(place.parts, ask=unsure))
        assert "25 days" in (await place.give(f"pin {LEAVE}")).confirm
        assert (await place.give("pins")).data == []
        assert "25 days" in (await place.give(f"pin {LEAVE}", confirmed=True)).text

    async def test_feedback_waits_until_somebody_has_looked_at_it(self, place: Place) -> None:
        await place.asked(LEAVE, by=ANA, id="r1")
        async with place.store.transaction() as work:
            await work.feedback.put(Feedback("r1", ANA.id, False, "It is 27 now.", NOW))
            await work.feedback.put(Feedback("r2", ANA.id, True, "", NOW))
        assert [each["reply"] for each in (await place.give("feedback", by=EVA)).data] == ["r1"]
        await place.give("feedback done r1", by=EVA)
        assert (await place.give("feedback")).data == []
        assert len((await place.give("feedback --all")).data) == 2
        with pytest.raises(CommandError, match="Nobody has said anything"):
            await place.give("feedback done r9")

    async def test_what_destroys_is_asked_about_first(self, place: Place) -> None:
        for command in ("cache purge", f"forget {ANA.id}"):
            assert (await place.give(command)).confirm
        assert await place.audited() == []
        async with place.store.reading() as work:
            before = await work.epoch(())
        assert (await place.give("cache purge", confirmed=True)).data == {"purged": True}
        async with place.store.reading() as work:
            assert await work.epoch(()) != before
        assert [each.action for each in await place.audited()] == ["cache.purged"]

    async def test_forgetting_removes_a_person_but_for_what_is_open_and_leaves_no_name(self, place: Place) -> None:
        exchange = await place.asked(LEAVE, by=ANA, id="1")
        ticket = await place.ticket(exchange)
        async with place.store.transaction() as work:
            await work.learned.add(replace(DRAFT, ticket=ticket.number))
        told = await place.give(f"forget {ANA.id} --yes")
        assert "1 answer" in told.text
        assert "#1" in told.text
        async with place.store.reading() as work:
            assert await work.exchanges.of(ANA.id) == []
            assert await work.learned.in_state("draft") == []
        (entry,) = await place.audited()
        assert (entry.action, ANA.id in str(entry)) == ("forgot", False)
        assert (await place.job()).argument.startswith('{"sources": ["learned"]')

    async def test_reviews_go_to_whoever_learns(self, place: Place) -> None:
        await place.give("approve 3 --audience hr,finance --force")
        await place.give("approve 4")
        await place.give("reject #5")
        both = frozenset({"hr", "finance"})
        assert place.review.done == [("approve", 3, both, True), ("approve", 4, None, False), ("reject", 5)]


class TestJobs:
    async def test_a_run_is_ordered_once_done_and_told(self, place: Place) -> None:
        place.shelves["handbook"].put(bikes="Bicycles go into the cellar.")
        first = await place.give("reindex handbook", reply="r1")
        assert (await place.give("reindex handbook", reply="r1")).job == first.job  # a message worked on again
        assert [(each.action, each.detail) for each in await place.audited()] == [("reindex", "job 1")]
        await place.jobs.execute(await place.claimed(), "w1")
        (job,) = (await place.give("jobs")).data
        assert (job["state"], job["sources"], job["dry_run"]) == ("done", ["handbook"], False)
        assert "1 added, 3 unchanged" in job["result"]

    async def test_a_dry_run_changes_nothing(self, place: Place) -> None:
        place.shelves["handbook"].put(bikes="Bicycles go into the cellar.")
        await place.give("reindex --dry-run")
        await place.jobs.execute(await place.claimed(), "w1")
        assert (await place.job()).result == "It would be: 1 added, 4 unchanged.\n+ handbook/bikes"
        assert (await place.index.totals()).documents == 4

    async def test_no_run_empties_a_source_unless_that_is_meant(self, place: Place) -> None:
        place.shelves["handbook"].books.clear()  # as if it were not mounted
        await place.give("reindex")
        await place.jobs.execute(await place.claimed(), "w1")
        refused = await place.job()
        assert refused.state == "failed"
        assert "3 of the 3 documents of handbook" in refused.result
        assert "`reindex --yes`" in refused.result
        assert (await place.index.totals()).documents == 4
        await place.give("reindex --yes")
        await place.jobs.execute(await place.claimed(), "w1")
        assert (await place.index.totals()).documents == 1

    async def test_cancelling_stops_a_run_and_changes_nothing(self, place: Place) -> None:
        job = await _running(place)
        assert (await place.give(f"cancel {job.id}")).ok
        await asyncio.wait_for(place.task, 5)
        ended = await place.job()
        assert (ended.state, ended.done, ended.of) == ("cancelled", 1, 2)
        assert not (await place.give(f"cancel {job.id}")).ok

    async def test_whoever_stops_lets_go_at_once_and_another_goes_on(self, place: Place) -> None:
        await _running(place)
        place.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await place.task
        place.jobs = IndexJobs(store=place.store, index=place.run)
        await place.jobs.execute(await place.claimed("w2"), "w2")
        assert (await place.job()).state == "done"

    async def test_a_killed_worker_loses_the_job_after_its_lease(self, place: Place) -> None:
        await place.give("reindex")
        lost = await place.claimed("w1")
        place.now += timedelta(seconds=31)
        again = await place.claimed("w2")
        with pytest.raises(LeaseLost):
            await place.jobs.execute(lost, "w1")
        await place.jobs.execute(again, "w2")
        assert (await place.job()).state == "done"

    async def test_what_was_cancelled_is_never_begun_again(self, place: Place) -> None:
        job = await _running(place)
        place.task.cancel()
        await place.give(f"cancel {job.id}")
        await asyncio.wait([place.task])
        place.jobs = IndexJobs(store=place.store, index=place.run)
        place.shelves["handbook"].put(bikes="Bicycles go into the cellar.")
        await place.jobs.execute(await place.claimed("w2"), "w2")
        assert (await place.job()).state == "cancelled"
        assert (await place.index.totals()).documents == 4

    async def test_a_job_waits_for_a_run_that_is_on_and_tells_of_failures(self, place: Place) -> None:
        errors: list[Exception] = [RunInProgress("Wait."), RuntimeError("Something secret.")]

        async def index(**order: Any) -> Report:
            if errors:
                raise errors.pop(0)
            return await place.run(**order)

        jobs = IndexJobs(store=place.store, index=index)
        for _ in range(2):
            await place.give("reindex --yes")
            await jobs.execute(await place.claimed(), "w1")
        assert "RuntimeError" in (await place.job(1)).result
        assert "secret" not in (await place.job(1)).result
        assert (await place.job(2)).state == "done"


async def _running(place: Place) -> AdminJob:
    """A job that is half done and gets no further."""
    begun = asyncio.Event()

    async def stuck(*, progress: Progress, **order: Any) -> Report:
        progress(1, 2)
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    await place.give("reindex --yes")
    job = await place.claimed()
    place.task = asyncio.create_task(IndexJobs(store=place.store, index=stuck).execute(job, "w1"))
    await begun.wait()
    return job
