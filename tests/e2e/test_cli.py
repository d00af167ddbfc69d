"""Indexing, status and check as people and programs meet them: what they print, where, and how they end."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pexpect
import pytest

from tests.e2e.organisation import LEAVE, PARKING, SETTINGS, Organisation


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

    def test_check_warns_of_what_is_still_in_the_index_but_no_source_any_more(self, copy: Organisation) -> None:
        copy.write(".deskhand/deskhand.toml", "")
        done = copy("check")
        assert done.code == 0
        assert "the index still holds what is no source any more: hr, manual" in " ".join(done.out.split())

    def test_check_finds_damage_inside_the_index_file(self, copy: Organisation) -> None:
        file = copy.folder / ".deskhand/knowledge.sqlite"
        pages = bytearray(file.read_bytes())
        pages[-8192 * 4 :] = b"\xff" * 8192 * 4
        file.write_bytes(pages)
        done = copy("check")
        assert done.code == 1
        assert "damaged" in done.out

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
