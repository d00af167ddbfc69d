"""What a person at a terminal sees: chat, colours, progress, the demo."""

from __future__ import annotations

from pathlib import Path

import pexpect

from adapters.terminal.demo import TOUR, Stop
from tests.e2e.organisation import LEAVE, PROMPT, Organisation


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


def test_the_demo_without_a_terminal_is_a_short_tour_that_keeps_its_promises(tmp_path: Path) -> None:
    done = Organisation(tmp_path)("demo", CI="true")
    assert done.code == 0
    assert (tmp_path / ".deskhand/demo/knowledge.sqlite").exists()
    shown = done.out.split("\n› ")
    answers = {stop: next(part for part in shown if part.startswith(_asked(stop))) for stop in TOUR}
    for stop, answer in answers.items():
        assert ("● " in answer) is (stop.says is not None), answer
        assert (stop.says or "couldn't find a sure answer") in " ".join(answer.split())
        assert "60,000" not in answer or stop.group == "hr"


def _asked(stop: Stop) -> str:
    return stop.question + (f"  --as {stop.group}\n" if stop.group else "\n")


def test_the_demo_leaves_a_home_like_any_other_and_touches_no_one_elses(tmp_path: Path) -> None:
    deskhand = Organisation(tmp_path)
    deskhand("demo", CI="true")
    assert deskhand("--home", ".deskhand/demo", "check").code == 0
    assert "44 unchanged" in deskhand("--home", ".deskhand/demo", "index").out
    own = tmp_path / "mine" / "deskhand.toml"
    own.parent.mkdir()
    own.write_text("[answer]\nthreshold = 0.9\n")
    refused = deskhand("--home", "mine", "demo", CI="true")
    assert refused.code == 1
    assert "another folder" in refused.err
    assert own.read_text() == "[answer]\nthreshold = 0.9\n"


def test_the_demo_at_a_terminal_opens_a_chat(tmp_path: Path) -> None:
    demo = Organisation(tmp_path).terminal("demo", "--terminal")
    demo.expect("Dunvarra Instruments")
    demo.expect(PROMPT, timeout=60)
    demo.sendline(TOUR[0].question)
    demo.expect(str(TOUR[0].says))
    demo.expect(PROMPT)
    demo.sendeof()
    demo.expect(pexpect.EOF)
    demo.close()
    assert demo.exitstatus == 0
