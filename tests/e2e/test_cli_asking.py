"""Questions on the command line and in files: what comes back, to whom, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.organisation import Organisation, environment


class TestAsking:
    def test_an_answer_has_its_sources(self, indexed: Organisation) -> None:
        done = indexed("ask", "How many days of annual leave do I get a year?", "--json")
        assert done.code == 0
        answer = done.json
        assert answer.keys() == {
            "id", "outcome", "answer", "reply", "route", "confidence", "citations", "evidence", "ms",
        }  # fmt: skip
        assert answer["outcome"] in ("answered", "unsure")
        assert "25" in answer["answer"]
        assert answer["citations"][0].keys() == {"doc", "title", "heading", "uri", "passage_id"}
        assert answer["citations"][0]["doc"] == "docs/leave.md"
        assert answer["evidence"][0].keys() == {"doc", "uri", "passage_id", "cosine", "bm25", "score", "text"}

    def test_people_see_the_answer_where_it_comes_from_and_how_sure_it_is(self, indexed: Organisation) -> None:
        done = indexed("ask", "How many days of annual leave do I get a year?")
        assert "Everybody gets 25 days of annual leave a year. [1]" in done.out
        assert (indexed.folder / "docs/leave.md").as_uri() in done.out
        assert "not yet proven on your questions" in done.out
        assert "\x1b" not in done.out
        assert all(len(line) <= 80 for line in done.out.splitlines() if "file://" not in line)

    def test_nothing_of_hr_reaches_a_member_or_an_outsider(self, indexed: Organisation) -> None:
        question = "What is the salary of grade 7?"
        assert "60,000" in indexed("ask", question, "--as", "hr,staff").out
        for others in ((), ("--as", "staff"), ("--as", "public")):
            assert "60,000" not in indexed("ask", question, *others, "--json").out

    def test_an_outsider_reads_only_what_is_public(self, indexed: Organisation) -> None:
        found = indexed("search", "annual leave and warranty", "--as", "public", "--json").json["evidence"]
        assert {entry["doc"] for entry in found} == {"manual/warranty.md"}
        found = indexed("search", "salary leave warranty", "--as", "public", "--as", "hr", "--json").json["evidence"]
        assert {entry["doc"] for entry in found} == {"manual/warranty.md", "hr/salaries.md"}

    def test_asking_before_anything_is_indexed_says_what_to_do(self, org: Organisation) -> None:
        answers = org.write("answers.jsonl", "of yesterday")
        questions = org.write("questions.jsonl", '{"question": "How many days of leave?"}')
        for args in (("ask", "How many?"), ("ask", "--file", questions.name, "--out", answers.name), ("chat",)):
            done = org(*args)
            assert (done.code, done.out) == (1, "")
            assert "index something first: deskhand index PATH" in done.err
        assert answers.read_text(encoding="utf-8") == "of yesterday"
        assert not (org.folder / ".deskhand").exists()

    @pytest.mark.parametrize(
        "args",
        [("ask", ""), ("ask", "  \n"), ("search", ""), ("ask",), ("ask", "x", "--file", "y"), ("ask", "x", "--as", "")],
    )
    def test_what_makes_no_sense_is_wrong_usage(self, indexed: Organisation, args: tuple[str, ...]) -> None:
        done = indexed(*args)
        assert (done.code, done.out) == (2, "")
        assert done.err

    def test_a_question_of_100000_characters_is_cut_and_answered(self, indexed: Organisation) -> None:
        done = indexed("ask", "How many days of annual leave? " * 3300)
        assert done.code == 0
        assert "only the first 4,000 count" in done.err
        assert "25 days" in done.out

    def test_the_home_may_stand_before_or_after_the_command_or_in_the_environment(self, indexed: Organisation) -> None:
        home = str(indexed.folder / ".deskhand")
        elsewhere = Organisation(indexed.folder / "docs")
        assert elsewhere("--home", home, "status", "--json").json["documents"] == 4
        assert elsewhere("status", "--home", home, "--json").json["documents"] == 4
        assert elsewhere("status", "--json", DESKHAND_HOME=home).json["documents"] == 4
        assert elsewhere("status", "--json").json["documents"] == 0

    def test_a_reader_that_goes_away_is_no_error(self, indexed: Organisation) -> None:
        command = f"{sys.executable} -m bot search leave | true"
        done = subprocess.run(command, shell=True, cwd=indexed.folder, env=environment(), capture_output=True)
        assert (done.stderr, done.stdout) == (b"", b"")

    def test_a_full_disk_behind_stdout_is_said(self, indexed: Organisation) -> None:
        command = f"{sys.executable} -m bot status > /dev/full"
        done = subprocess.run(command, shell=True, cwd=indexed.folder, env=environment(), capture_output=True)
        assert done.returncode == 1
        assert done.stderr.decode().startswith("No space left on device")
        assert b"Exception ignored" not in done.stderr


class TestFilesOfQuestions:
    def test_each_line_is_answered_in_order(self, indexed: Organisation, tmp_path: Path) -> None:
        turns = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}]
        lines = [
            {"id": 7, "question": "How many days of annual leave?", "history": turns},
            {"id": "b", "question": "What does parking cost?", "answerable": True},
        ]
        file, to = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"
        file.write_text("\ufeff" + "\n".join(map(json.dumps, lines)), encoding="utf-8")
        done = indexed("ask", "--file", str(file), "--out", str(to))
        assert (done.code, done.out, done.err) == (0, "", "")
        answers = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
        assert [answer["id"] for answer in answers] == [7, "b"]
        assert "25" in answers[0]["answer"]
        assert "4 EUR" in answers[1]["answer"].replace("**", "")

    def test_bad_lines_are_errors_and_the_rest_goes_on(self, indexed: Organisation) -> None:
        bad = ["{", "[]", '{"id": 1}', '{"id": 2, "question": ""}', '{"id": 3, "question": 4}']
        bad += ['{"id": 4, "question": "x", "history": "y"}', '{"id": 5, "question": "x", "history": [{"role": "z"}]}']
        given = "\n".join([*bad, "", '{"id": "good", "question": "What does parking cost?"}'])
        done = indexed("ask", "--file", "-", given=given)
        answers = [json.loads(line) for line in done.out.splitlines()]
        assert done.code == 3
        assert [answer["id"] for answer in answers] == [None, None, 1, 2, 3, 4, 5, "good"]
        assert all(answer["outcome"] == "error" and answer["error"] for answer in answers[:-1])
        assert answers[-1]["outcome"] != "error"

    def test_a_missing_folder_for_the_answers_is_said_before_the_work(self, indexed: Organisation) -> None:
        done = indexed("ask", "--file", "-", "--out", "nowhere/answers.jsonl", given='{"question": "x"}')
        assert done.code == 1
        assert "nowhere does not exist" in done.err

    def test_the_questions_are_never_overwritten(self, copy: Organisation) -> None:
        file = copy.write("questions.jsonl", '{"question": "x"}')
        assert copy("ask", "--file", "questions.jsonl", "--out", "questions.jsonl").code == 2
        assert file.read_text(encoding="utf-8") == '{"question": "x"}'
