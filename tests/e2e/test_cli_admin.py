"""The admin commands at the front door: what they print, how they end, and what a running worker does for them."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess

import pexpect
import pytest

from tests.e2e.organisation import DESKHAND, LEAVE, Organisation, environment

QUESTION = "How many days of annual leave do I get a year?"
LOUNGE = "Is there a lounge for the crew?"


@pytest.fixture(scope="module")
def used(indexed: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """The organisation after some questions, one of which was handed over and one of which was disliked."""
    folder = tmp_path_factory.mktemp("used") / "org"
    shutil.copytree(indexed.folder, folder)
    org = Organisation(folder)
    asked = f"{QUESTION}\n/unhelpful It is 27 days now.\n{LOUNGE}\n/person\n"
    done = org("chat", "--as-asker", "--person", "bob", "--json", given=asked)
    assert done.code == 0, done.err
    return org


class TestAdmin:
    def test_reindex_is_a_job_that_runs_here_if_nobody_else_takes_it(self, copy: Organisation) -> None:
        copy.write("hr/leave.md", LEAVE)
        done = copy("reindex", "hr")
        assert done.code == 0
        assert "1 added" in done.out
        (job,) = copy("jobs", "--json").json
        assert (job["state"], job["by"].partition(":")[0]) == ("done", "local")

    def test_an_unknown_source_is_said_with_those_there_are(self, copy: Organisation) -> None:
        done = copy("reindex", "nowhere")
        assert done.code == 1
        assert 'There is no source "nowhere": there are docs, hr, manual.' in done.err

    def test_a_pinned_answer_is_listed_until_a_passage_it_cites_changes(self, copy: Organisation) -> None:
        question = "How long does the warranty of the purifier last?"
        assert "24 months" in copy("pin", question).out
        assert copy("pins", "--json").json[0]["holds"]
        copy.write("manual/warranty.md", "# Warranty\n\nThe warranty of the purifier lasts 36 months.\n")
        copy("index")
        assert not copy("pins", "--json").json[0]["holds"]

    def test_what_cannot_be_undone_is_asked_about_first_and_everything_is_audited(self, copy: Organisation) -> None:
        refused = copy("forget", "terminal:ana", given="n\n")
        assert (refused.code, "Nothing was done" in refused.err) == (1, True)
        assert copy("forget", "terminal:ana", "--yes").code == 0
        actions = [entry["action"] for entry in copy("audit", "--json").json]
        assert actions.count("forgot") == 1

    def test_a_backup_brings_everything_back(self, copy: Organisation) -> None:
        copy("pin", "How many days of annual leave do I get a year?")
        assert copy("backup", "copy.sqlite").code == 0
        copy("unpin", "How many days of annual leave do I get a year?")
        assert copy("restore", "copy.sqlite", "--yes").code == 0
        assert len(copy("pins", "--json").json) == 1


class TestLooking:
    def test_what_waits_and_what_is_missing(self, used: Organisation) -> None:
        (ticket,) = used("tickets", "--json").json
        assert ticket["question"] == LOUNGE
        shown = used("tickets", "1").out
        assert "│ Is there a lounge for the crew?" in shown
        assert all(len(line) <= 80 for line in shown.splitlines())
        (gap,) = used("gaps", "--days", "7", "--json").json
        assert (gap["question"], gap["count"]) == (LOUNGE, 1)

    def test_a_reply_that_was_disliked_can_be_explained_and_is_looked_at(self, used: Organisation) -> None:
        (opinion,) = used("feedback", "--json").json
        assert opinion["reason"] == "It is 27 days now."
        explained = used("explain", opinion["reply"], "--json").json
        assert explained["outcome"] == "answered"
        assert [each["doc"] for each in explained["passages"] if each["cited"]] == ["docs/leave.md"]
        assert used("feedback", "done", opinion["reply"]).code == 0
        assert used("feedback", "--json").json == []

    def test_what_was_shown_is_in_the_audit_without_its_words(self, used: Organisation) -> None:
        assert used("explain", "What does the salary of grade 7 start at?", "--json").code == 0
        audit = used("audit", "--json")
        assert {"actor", "action", "subject", "detail", "at"} == audit.json[0].keys()
        assert "explain" in {entry["action"] for entry in audit.json}
        assert "salary" not in audit.out
        assert "lounge" not in audit.out
        assert used("audit", "--export", "csv").out.startswith("at,actor,action,subject,detail\n")


class TestChanging:
    def test_what_destroys_waits_for_a_yes(self, used: Organisation) -> None:
        asked = used("forget", "terminal:nobody", "--json")
        assert (asked.code, list(asked.json)) == (1, ["confirm"])
        assert used("forget", "terminal:nobody", "--yes", "--json").json["rows"] == 0

    def test_usage_that_makes_no_sense_is_explained(self, used: Organisation) -> None:
        wrong = used("gaps", "--day", "7")
        assert wrong.code != 0
        assert "gaps [--days N]" in wrong.err
        assert used("reindx").code == 2
        assert used("cancel", "99").code == 1


class TestRunning:
    def test_a_folder_that_is_not_there_any_more_empties_no_source_by_itself(self, copy: Organisation) -> None:
        (copy.folder / "hr" / "salaries.md").unlink()
        refused = copy("reindex", "hr")
        assert refused.code == 1
        assert "reindex hr --yes" in refused.out
        assert copy("reindex", "hr", "--yes", "--json").code == 0
        assert copy("status", "--json").json["documents"] == 3

    def test_a_worker_takes_the_job_if_there_is_one(self, copy: Organisation) -> None:
        work = subprocess.Popen(
            [*DESKHAND, "work"], cwd=copy.folder, env=environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert work.stdout is not None
            assert "Working" in work.stdout.readline()
            assert copy("reindex", "--json").json["state"] == "done"
            work.send_signal(signal.SIGTERM)
            _, log = work.communicate(timeout=25)
        finally:
            work.kill()
        assert "job.ended" in {json.loads(line)["event"] for line in log.splitlines()}

    def test_ctrl_c_cancels_the_job_and_nothing_takes_it_up_again(self, copy: Organisation) -> None:
        for number in range(200):
            words = " ".join(f"word{number}x{each}" for each in range(120))
            copy.write(f"hr/many/{number}.md", f"# Paper {number}\n\n{words}.\n")
        run = copy.terminal("reindex", "hr")
        run.expect(r"[1-9]\d*/200")
        run.sendintr()
        run.expect("Stopped")
        run.expect(pexpect.EOF)
        run.close()
        assert run.exitstatus == 130
        assert [each["state"] for each in copy("jobs", "--json").json] == ["cancelled"]
        copy.write("manual/broken.pdf", "no PDF")
        done = copy("reindex", "manual", "--json")
        assert (done.code, done.json["state"]) == (3, "done")
        assert [each["state"] for each in copy("jobs", "--json").json] == ["done", "cancelled"]
        assert copy("status", "--json").json["documents"] == 4
