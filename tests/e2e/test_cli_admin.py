"""Admin commands on the command line: what they say, what they ask first, what they leave behind."""

from __future__ import annotations

from tests.e2e.organisation import LEAVE, Organisation


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
