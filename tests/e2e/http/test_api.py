"""The interface for programs: what it answers, does and refuses."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.models import Conversation, Feedback, Result, Ticket
from tests.e2e.http.support import BotDouble, Site, client, site_of
from tests.e2e.organisation import LEAVE, Organisation

V1 = "/api/v1"
QUESTION = "How many days of annual leave do I get a year?"
SALARY = "What does the salary of grade 7 start at?"


async def a_ticket(site: Site) -> int:
    place = Conversation("terminal", "ann", private=True)
    ticket = Ticket(
        number=0, state="open", conversation=place, asker="terminal:ann", asker_name="ann", question="A lounge?",
        reason="unsure", experts=Conversation("terminal", "experts"), card="card", opened=datetime.now(UTC),
    )  # fmt: skip
    async with site.app.store.transaction() as work:
        return (await work.tickets.add(ticket)).number


async def ended(site: Site, job: int) -> Any:
    for _ in range(200):
        found = (await site.admin.get(f"{V1}/jobs/{job}")).json()
        if found["state"] not in ("queued", "running"):
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("the job did not end")


class TestKnowledge:
    async def test_a_question_is_answered_with_its_sources(self, site: Site) -> None:
        answer = (await site.asker.post(f"{V1}/ask", json={"question": QUESTION})).json()
        assert answer["outcome"] == "answered"
        assert "25 days" in answer["text"]
        assert [source["document"] for source in answer["sources"]] == ["docs/leave.md"]

    async def test_what_only_some_may_read_is_not_in_it_whatever_the_role(self, site: Site) -> None:
        for role in (site.asker, site.admin):
            answer = await role.post(f"{V1}/ask", json={"question": SALARY})
            assert "60,000" not in answer.text
            assert "salaries" not in answer.text
        assert "salaries" not in (await site.admin.get(f"{V1}/search", params={"q": SALARY})).text

    async def test_search_and_explain_show_what_is_behind_an_answer(self, site: Site) -> None:
        found = (await site.expert.get(f"{V1}/search", params={"q": QUESTION})).json()
        assert found["evidence"][0]["doc"] == "docs/leave.md"
        explained = (await site.expert.get(f"{V1}/explain", params={"q": QUESTION})).json()
        assert explained["outcome"] == "answered"
        assert explained["passages"][0]["cited"]

    async def test_a_question_that_looks_like_an_option_is_a_question(self, site: Site) -> None:
        for question in ("--days 7", "-- --all", "--"):
            assert (await site.expert.get(f"{V1}/search", params={"q": question})).status_code in (200, 400)

    async def test_status_and_sources_say_what_is_indexed(self, site: Site) -> None:
        status = (await site.expert.get(f"{V1}/status")).json()
        assert (status["documents"], status["messages_waiting"]) == (4, 0)
        sources = (await site.expert.get(f"{V1}/sources")).json()
        assert {source["name"]: source["documents"] for source in sources} == {"docs": 2, "hr": 1, "manual": 1}

    async def test_an_answer_stays_pinned_until_it_is_not(self, site: Site) -> None:
        pinned = await site.admin.post(f"{V1}/pins", json={"question": QUESTION})
        assert pinned.json()["holds"]
        assert [pin["question"] for pin in (await site.admin.get(f"{V1}/pins")).json()] == [QUESTION]
        gone = [await site.admin.delete(f"{V1}/pins", params={"question": QUESTION}) for _ in "12"]
        assert [answer.status_code for answer in gone] == [200, 404]
        assert gone[1].json() == {"detail": "That was not pinned: `pins` lists what is."}

    async def test_what_there_is_no_answer_to_cannot_be_pinned(self, site: Site) -> None:
        refused = await site.admin.post(f"{V1}/pins", json={"question": "Hello there"})
        assert refused.status_code == 400
        assert "there is nothing to pin" in refused.json()["detail"]

    async def test_what_wants_a_yes_is_not_done_without_one(self) -> None:
        async def ask_back(words: list[str]) -> Result:
            return Result("", confirm="Pin it?")

        async with site_of(BotDouble(do=ask_back)) as url, client(url, token="admin") as http:
            asked = await http.post(f"{V1}/pins", json={"question": QUESTION})
        assert asked.status_code == 409
        assert asked.json() == {"detail": "Pin it? Send it again with confirmed: true."}


class TestJobs:
    async def test_an_index_run_is_a_job_that_can_be_watched(self, copy: Organisation, site: Site) -> None:
        copy.write("hr/leave.md", LEAVE)
        begun = await site.admin.post(f"{V1}/reindex", json={"sources": ["hr"]})
        assert begun.status_code == 202
        job = await ended(site, begun.json()["job"])
        assert (job["state"], job["by"]) == ("done", "api:admin")
        assert "1 added" in job["result"]
        assert [each["id"] for each in (await site.admin.get(f"{V1}/jobs")).json()] == [job["id"]]

    async def test_a_source_that_is_empty_all_of_a_sudden_needs_a_word(self, copy: Organisation, site: Site) -> None:
        (copy.folder / "hr" / "salaries.md").unlink()
        refused = await site.admin.post(f"{V1}/reindex", json={"sources": ["hr"]})
        assert (await ended(site, refused.json()["job"]))["state"] == "failed"
        begun = await site.admin.post(f"{V1}/reindex", json={"sources": ["hr"], "allow_empty": True})
        assert (await ended(site, begun.json()["job"]))["state"] == "done"

    async def test_what_is_not_there_is_said(self, site: Site) -> None:
        assert (await site.admin.get(f"{V1}/jobs/7")).json() == {"detail": "There is no job 7."}
        assert (await site.admin.delete(f"{V1}/jobs/7")).status_code == 404
        unknown = await site.admin.post(f"{V1}/reindex", json={"sources": ["--dry-run"]})
        assert unknown.status_code == 400
        assert 'There is no source "--dry-run"' in unknown.json()["detail"]

    async def test_a_job_that_has_ended_cannot_be_stopped(self, site: Site) -> None:
        begun = (await site.admin.post(f"{V1}/reindex", json={"dry_run": True})).json()
        await ended(site, begun["job"])
        stopped = await site.admin.delete(f"{V1}/jobs/{begun['job']}")
        assert (stopped.status_code, "is not running" in stopped.json()["detail"]) == (404, True)


class TestTickets:
    async def test_they_can_be_read_one_by_one_and_all_together(self, site: Site) -> None:
        number = await a_ticket(site)
        (listed,) = (await site.expert.get(f"{V1}/tickets")).json()
        assert (listed["number"], listed["question"]) == (number, "A lounge?")
        assert (await site.expert.get(f"{V1}/tickets/{number}")).json()["state"] == "open"
        assert len((await site.expert.get(f"{V1}/tickets", params={"all": "true"})).json()) == 1

    async def test_one_can_be_linked_to_another_help_desk_and_let_go_of(self, site: Site) -> None:
        path = f"{V1}/tickets/{await a_ticket(site)}"
        linked = {"link": "https://desk.example.com/42", "status": "In progress: --status=x"}
        assert (await site.expert.patch(path, json=linked)).json()["link"] == linked["link"]
        kept = (await site.expert.get(path)).json()
        assert (kept["link"], kept["external_status"]) == (linked["link"], linked["status"])
        await site.expert.patch(path, json={"link": ""})
        assert (await site.expert.get(path)).json()["link"] == ""

    @pytest.mark.parametrize("link", ["javascript:alert(1)", "--status", "desk", "https://a b"])
    async def test_what_is_no_address_is_refused(self, site: Site, link: str) -> None:
        refused = await site.expert.patch(f"{V1}/tickets/{await a_ticket(site)}", json={"link": link})
        assert refused.status_code == 400
        assert "is no address" in refused.json()["detail"]


class TestOperating:
    async def test_feedback_and_gaps_can_be_read(self, site: Site) -> None:
        async with site.app.store.transaction() as work:
            await work.feedback.put(Feedback("r1", "terminal:ann", helpful=False, reason="old", at=datetime.now(UTC)))
        (opinion,) = (await site.expert.get(f"{V1}/feedback")).json()
        assert (opinion["reply"], opinion["reason"]) == ("r1", "old")
        assert (await site.expert.get(f"{V1}/gaps", params={"days": 7})).json() == []
        assert (await site.expert.get(f"{V1}/gaps", params={"days": 0})).status_code == 422
        slip = await site.expert.get(f"{V1}/gaps", params={"day": 7})
        assert (slip.status_code, slip.json()["detail"]) == (
            422, "There is no such parameter here. There are: days.",
        )  # fmt: skip

    async def test_a_person_is_forgotten_at_once(self, site: Site) -> None:
        async with site.app.store.transaction() as work:
            await work.feedback.put(Feedback("r1", "terminal:ann", helpful=False, reason="old", at=datetime.now(UTC)))
        gone = (await site.admin.post(f"{V1}/forget", json={"person": "terminal:ann"})).json()
        assert (gone["rows"], gone["removed"]["feedback"]) == (1, 1)
        nobody = await site.admin.post(f"{V1}/forget", json={"person": "--yes"})
        assert (nobody.status_code, "is nobody" in nobody.json()["detail"]) == (400, True)

    async def test_the_cache_is_purged_at_once(self, site: Site) -> None:
        assert (await site.admin.post(f"{V1}/cache/purge")).json() == {"purged": True}

    async def test_the_audit_comes_as_json_lines_and_tells_who_did_what(self, site: Site) -> None:
        await site.admin.post(f"{V1}/cache/purge")
        await site.asker.post(f"{V1}/commands/audit", json={})
        audit = await site.admin.get(f"{V1}/audit", params={"since": datetime.now(UTC).date().isoformat()})
        assert audit.headers["content-type"] == "application/x-ndjson"
        entries = [json.loads(line) for line in audit.text.splitlines()]
        done = [(entry["actor"], entry["action"], entry["subject"]) for entry in entries]
        assert ("api:admin", "cache.purged", "") in done
        assert ("api:asker", "refused", "audit") in done
        assert (await site.admin.get(f"{V1}/audit", params={"since": "2999-01-01"})).text == ""

    async def test_every_command_can_be_given_in_its_own_words(self, site: Site) -> None:
        said = (await site.expert.post(f"{V1}/commands/gaps", json={"words": ["--days", "7"]})).json()
        assert (said["ok"], said["data"]) == (True, [])
        asked = (await site.admin.post(f"{V1}/commands/forget", json={"words": ["terminal:ann"]})).json()
        assert asked["confirm"].startswith("Forget terminal:ann?")
        sure = {"words": ["terminal:ann"], "confirmed": True}
        assert (await site.admin.post(f"{V1}/commands/forget", json=sure)).json()["data"]["rows"] == 0
        unknown = await site.admin.post(f"{V1}/commands/gasp", json={})
        assert (unknown.status_code, "Did you mean `gaps`?" in unknown.json()["detail"]) == (400, True)


async def test_the_document_describes_all_of_it_with_roles_and_nothing_comes_from_elsewhere(site: Site) -> None:
    document = (await site.nobody.get(f"{V1}/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert document["paths"]["/audit"]["get"]["x-role"] == "admin"
    assert all("security" in operation for path in document["paths"].values() for operation in path.values())
    for page in ("/docs", "/redoc", f"{V1}/docs"):
        assert (await site.nobody.get(page)).status_code == 404
