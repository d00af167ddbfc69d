"""The commands as people and programs meet them: what they print, where, and how they end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest

LEAVE = (
    "# Annual leave\n\nEverybody gets 25 days of annual leave a year.\n\n## Carrying over\n\nUp to 5 days move on.\n"
)
PARKING = "# Parking\n\nA parking space in the garage costs 4 EUR a day.\n"
SALARIES = "# Salaries\n\nThe salary of grade 7 starts at 60,000 EUR a year.\n"
WARRANTY = "# Warranty\n\nThe warranty of the purifier lasts 24 months.\n"
SETTINGS = """
[[source]]
name = "hr"
path = "../hr"
audience = ["hr"]

[[source]]
name = "manual"
path = "../manual"
kind = "manual"
audience = ["public"]
"""
DESKHAND = (sys.executable, "-m", "bot")


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    kept = {
        key: value for key, value in os.environ.items() if key not in ("DESKHAND_HOME", "CI", "NO_COLOR", "COLUMNS")
    }
    return kept | {"PYTHONWARNINGS": "error", "TERM": "xterm-256color"} | more


def heed_interrupts() -> None:
    """Tests that run in the background would hand on that they ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Organisation:
    """A folder with documents, and deskhand run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def __call__(self, *args: str, given: str = "", **env: str) -> Ended:
        done = subprocess.run(
            [*DESKHAND, *args],
            cwd=self.folder,
            env=environment(**env),
            input=given.encode(),
            capture_output=True,
            timeout=60,
        )
        ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in ended.out + ended.err, ended.err
        return ended

    def terminal(self, *args: str, **env: str) -> pexpect.spawn[str]:
        """The command with a person at an 80 column terminal."""
        return pexpect.spawn(
            sys.executable,
            ["-m", "bot", *args],
            cwd=str(self.folder),
            env=environment(**env),
            dimensions=(40, 80),
            preexec_fn=heed_interrupts,
            encoding="utf-8",
            timeout=30,
        )


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """An organisation with documents for members, HR and the public, indexed once: tests only read it."""
    org = Organisation(tmp_path_factory.mktemp("indexed"))
    org.write("docs/leave.md", LEAVE)
    org.write("docs/parking.md", PARKING)
    org.write("hr/salaries.md", SALARIES)
    org.write("manual/warranty.md", WARRANTY)
    org.write(".deskhand/deskhand.toml", SETTINGS)
    done = org("index", "docs", "hr", "manual")
    assert done.code == 0, done.err
    return org


@pytest.fixture
def org(tmp_path: Path) -> Organisation:
    org = Organisation(tmp_path)
    org.write("docs/leave.md", LEAVE)
    return org


@pytest.fixture
def copy(indexed: Organisation, tmp_path: Path) -> Organisation:
    """The indexed organisation, to be changed; its `docs` are still those of the original."""
    shutil.copytree(indexed.folder, tmp_path / "copy")
    return Organisation(tmp_path / "copy")


class TestIndexing:
    def test_a_folder_becomes_a_source_named_after_it(self, org: Organisation) -> None:
        done = org("index", "docs", "--json")
        assert done.code == 0
        assert done.json.keys() == {
            "added", "changed", "deleted", "unchanged", "notes", "errors", "documents", "passages", "seconds",
        }  # fmt: skip
        assert done.json["added"] == ["docs/leave.md"]
        assert done.json["documents"] == 1
        status = org("status", "--json").json
        assert [source["name"] for source in status["sources"]] == ["docs"]
        assert status["sources"][0]["path"] == str(org.folder / "docs")

    def test_the_same_folder_by_another_path_is_the_same_source(self, org: Organisation) -> None:
        (org.folder / "link").symlink_to("docs")
        org("index", "docs")
        for path in ("docs/", str(org.folder / "docs"), "link"):
            assert org("index", path, "--json").json["unchanged"] == 1
        assert len(org("status", "--json").json["sources"]) == 1

    def test_no_path_brings_all_sources_up_to_date(self, org: Organisation) -> None:
        org.write("more/docs/parking.md", PARKING)
        org("index", "docs", "more/docs")
        org.write("docs/leave.md", LEAVE.replace("25", "30"))
        (org.folder / "more/docs/parking.md").unlink()
        done = org("index", "--json").json
        assert done["changed"] == ["docs/leave.md"]
        assert done["deleted"] == ["docs-2/parking.md"]

    def test_a_dry_run_lists_what_would_change_and_changes_nothing(self, org: Organisation) -> None:
        done = org("index", "docs", "--dry-run")
        assert "added    docs/leave.md" in done.out
        assert "nothing was changed" in done.out
        assert org("status", "--json").json["generation"] == 0

    def test_a_missing_folder_beside_others_is_named_and_the_others_are_indexed(self, org: Organisation) -> None:
        done = org("index", "docs", "nowhere")
        assert done.code == 3
        assert "nowhere does not exist: check the path" in done.err
        assert "1 added" in done.out

    def test_nothing_but_missing_folders_is_a_failure(self, org: Organisation) -> None:
        done = org("index", "nowhere")
        assert (done.code, done.out) == (1, "")
        assert "nowhere does not exist: check the path" in done.err

    def test_a_broken_document_is_named_with_exit_code_3_and_an_unknown_format_is_only_a_note(
        self, org: Organisation
    ) -> None:
        org.write("docs/broken.pdf", "this is no PDF")
        org.write("docs/drawing.dwg", "x")
        org.write("docs/empty.md", "")
        done = org("index", "docs", "--json")
        assert done.code == 3
        assert [error["doc"] for error in done.json["errors"]] == ["docs/broken.pdf"]
        assert {note["doc"] for note in done.json["notes"]} == {"docs/drawing.dwg", "docs/empty.md"}
        assert "1 error\n" in org("status").out

    def test_a_folder_inside_an_indexed_one_gets_a_note(self, org: Organisation) -> None:
        org.write("docs/cars/parking.md", PARKING)
        done = org("index", "docs", "docs/cars")
        assert done.code == 0
        assert 'note: cars: shares documents with the source "docs"' in done.err

    def test_two_files_of_one_name_cannot_both_be_sources(self, org: Organisation) -> None:
        org.write("other/leave.md", PARKING)
        assert org("index", "docs/leave.md", "--json").json["added"] == ["leave.md"]
        done = org("index", "other/leave.md")
        assert done.code == 1
        assert "rename it, or index its folder" in done.err

    def test_settings_win_over_what_index_registered_for_the_same_path(self, org: Organisation) -> None:
        org("index", "docs")
        org.write(".deskhand/deskhand.toml", '[[source]]\nname = "handbook"\npath = "../docs"\naudience = ["hr"]\n')
        done = org("index", "--json").json
        assert (done["added"], done["deleted"]) == (["handbook/leave.md"], ["docs/leave.md"])
        assert org("search", "annual leave", "--json").json == {"evidence": []}
        assert [source["name"] for source in org("status", "--json").json["sources"]] == ["handbook"]
        org.write(".deskhand/deskhand.toml", "")
        assert org("index", "--json").json["unchanged"] == 1
        assert org("search", "annual leave", "--json").json == {"evidence": []}

    def test_an_interrupted_run_leaves_the_index_as_it_was(self, copy: Organisation) -> None:
        for number in range(300):
            copy.write(f"hr/{number}.md", f"# Rule {number}\n\n{LEAVE}")
        index = copy.terminal("index")
        index.expect("Reading documents")
        index.sendintr()
        index.expect("Stopped.")
        index.expect(pexpect.EOF)
        index.close()
        assert index.exitstatus == 130
        assert copy("status", "--json").json["documents"] == 4
        assert copy("ask", "How many days of annual leave?", "--json").code == 0


class TestAsking:
    def test_an_answer_has_its_sources(self, indexed: Organisation) -> None:
        done = indexed("ask", "How many days of annual leave do I get a year?", "--json")
        assert done.code == 0
        answer = done.json
        assert answer.keys() == {
            "id", "outcome", "answer", "reply", "confidence", "citations", "evidence", "ms",
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


class TestLookingAfterIt:
    def test_status_lists_sources(self, indexed: Organisation) -> None:
        status = indexed("status", "--json").json
        assert status.keys() >= {"documents", "passages", "sources", "embedder", "generation"}
        keys = {"name", "path", "documents", "passages", "last_run", "errors"}
        assert all(source.keys() >= keys for source in status["sources"])
        assert {source["name"] for source in status["sources"]} == {"docs", "hr", "manual"}

    def test_check_is_content_with_what_works(self, indexed: Organisation) -> None:
        done = indexed("check")
        assert done.code == 0
        for words in ("Everything works", "English model", "not yet proven on your questions", "SQLite"):
            assert words in done.out

    def test_check_names_what_does_not_work_and_the_fix(self, copy: Organisation) -> None:
        shutil.rmtree(copy.folder / "hr")
        done = copy("check", "--json")
        assert done.code == 1
        (failed,) = [check for check in done.json if check["state"] == "failed"]
        assert failed["name"] == "source hr"
        assert "does not exist" in failed["message"]
        assert failed["fix"]

    def test_check_warns_when_settings_are_not_applied_yet(self, copy: Organisation) -> None:
        copy.write(".deskhand/deskhand.toml", SETTINGS.replace('"hr"]', '"people-team"]'))
        done = copy("check")
        assert done.code == 0
        assert "deskhand.toml now says otherwise than the index of hr" in " ".join(done.out.split())

    def test_check_says_what_is_wrong_with_the_settings(self, copy: Organisation) -> None:
        copy.write(".deskhand/deskhand.toml", "[answer]\ntreshold = 0.5\n")
        done = copy("check", "--json")
        assert done.code == 1
        assert 'no setting "answer.treshold". Did you mean threshold?' in done.json[0]["message"]

    @pytest.mark.parametrize(
        "command", [("ask", "leave"), ("search", "leave"), ("status",), ("index",), ("check",), ("chat",)]
    )
    def test_a_damaged_index_is_said_with_the_fix(self, copy: Organisation, command: tuple[str, ...]) -> None:
        (copy.folder / ".deskhand/knowledge.sqlite").write_bytes(b"no database " * 1000)
        done = copy(*command)
        assert done.code == 1
        assert "move the file away" in " ".join((done.out + done.err).split())

    @pytest.mark.parametrize("command", [("index", "docs"), ("init",), ("status",), ("ask", "x")])
    def test_a_home_that_is_a_file_is_said(self, org: Organisation, command: tuple[str, ...]) -> None:
        done = org(*command, "--home", "docs/leave.md")
        assert done.code == 1
        assert "--home" in done.err

    def test_init_writes_settings_once(self, org: Organisation) -> None:
        assert "Wrote" in org("init").err
        file = org.folder / ".deskhand/deskhand.toml"
        file.write_text(file.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
        again = org("init")
        assert (again.code, "stays as it is" in again.err) == (0, True)
        assert file.read_text(encoding="utf-8").endswith("# mine\n")
        assert org("check").code == 0

    def test_the_version(self, org: Organisation) -> None:
        assert org("--version").out.startswith("deskhand ")

    def test_help_loads_nothing_heavy(self) -> None:
        code = "import sys, bot.__main__; print(*sys.modules)"
        loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split()
        assert not {"numpy", "onnxruntime", "langchain_core", "pydantic", "rich.console", "lxml"} & set(loaded)


PROMPT = "›\x1b\\[0m "


class TestAtATerminal:
    def test_a_chat_answers_shows_sources_and_ends(self, indexed: Organisation) -> None:
        chat = indexed.terminal("chat")
        chat.expect(PROMPT)
        chat.sendline("How many days of annual leave do I get a year?")
        chat.expect("Everybody gets .*25")
        chat.expect(PROMPT)
        chat.sendline("/why")
        chat.expect("in meaning")
        chat.expect(PROMPT)
        chat.sendline("/sources")
        chat.expect("Everybody gets 25 days")
        chat.expect(PROMPT)
        chat.sendintr()
        chat.expect("ends the chat")
        chat.expect(PROMPT)
        chat.sendline("/quit")
        chat.expect(pexpect.EOF)
        chat.close()
        assert chat.exitstatus == 0

    def test_answers_link_to_documents_and_highlights_are_bold(self, indexed: Organisation) -> None:
        ask = indexed.terminal("ask", "How many days of annual leave do I get a year?")
        ask.expect(pexpect.EOF)
        assert ask.before is not None
        assert "\x1b[1m25" in ask.before
        assert f";{(indexed.folder / 'docs/leave.md').as_uri()}\x1b\\" in ask.before

    def test_without_colour_nothing_is_coloured(self, indexed: Organisation) -> None:
        ask = indexed.terminal("status", NO_COLOR="1")
        ask.expect(pexpect.EOF)
        assert "\x1b[3" not in (ask.before or "")

    def test_long_work_shows_a_bar(self, org: Organisation) -> None:
        for number in range(30):
            org.write(f"docs/{number}.md", LEAVE)
        index = org.terminal("index", "docs")
        index.expect("Reading documents")
        index.expect("31 added")
        index.expect(pexpect.EOF)

    def test_text_of_a_document_cannot_command_the_terminal(self, org: Organisation) -> None:
        org.write("docs/bad\x1b[31m.md", "# Leave \x1b]0;owned\x07\n\nLeave is \x1b[2J 25 days.\n")
        org("index", "docs")
        for args in (("search", "leave"), ("index", "--dry-run"), ("status",)):
            done = org(*args)
            assert "\x1b" not in done.out + done.err


def test_the_demo_without_a_terminal_is_a_short_tour(tmp_path: Path) -> None:
    done = Organisation(tmp_path)("demo", CI="true")
    assert done.code == 0
    assert "airport lounges" in done.out
    assert (tmp_path / ".deskhand/demo/knowledge.sqlite").exists()


def test_the_demo_at_a_terminal_opens_a_chat(tmp_path: Path) -> None:
    demo = Organisation(tmp_path).terminal("demo")
    demo.expect("Dunvarra Instruments")
    demo.expect(PROMPT, timeout=60)
    demo.sendline("How often do I have to change my password?")
    demo.expect("proven")
    demo.expect(PROMPT)
    demo.sendeof()
    demo.expect(pexpect.EOF)
    demo.close()
    assert demo.exitstatus == 0
