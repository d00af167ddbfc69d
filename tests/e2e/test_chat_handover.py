"""A question that goes from terminal to terminal through the journal, and its answer back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pexpect

from tests.e2e.organisation import DESKHAND, Organisation, environment


class TestHandingOver:
    def test_a_question_goes_to_an_expert_and_their_answer_comes_back(self, copy: Organisation) -> None:
        expert = copy.terminal("chat", "--as-expert")
        asker = copy.terminal("chat", "--as-asker", "--person", "bob", "--no-work")
        expert.expect("Nothing is waiting")
        asker.expect("You are bob, in private")
        asker.sendintr()
        asker.expect("ends the chat")

        asker.sendline("I want to talk to a person about parking")
        asker.expect("#experts.{0,8} as #1")
        expert.expect("#1 · open")
        expert.expect("│ .{0,40}talk to a person")
        expert.sendline("/take 1")
        expert.expect("#1 · taken by expert")
        asker.expect("expert.{0,8} has your question now")

        asker.send("And is it fr")  # what arrives meanwhile leaves this as it is
        expert.sendline("It costs 4 EUR a day.")
        asker.expect("expert.{0,12}It costs 4 EUR a day")
        asker.sendline("ee at night?")
        asker.expect("→ to expert, who has #1")
        expert.expect("bob.{0,8}: And is it free at night")
        expert.sendline("/resolve")
        expert.expect("#1 · resolved")
        asker.expect("I answer again from here on")

        asker.sendline("How many days of annual leave do I get a year?")
        asker.expect("Everybody gets .{0,8}25 days")
        asker.expect("/helpful")
        asker.sendeof()
        expert.sendline("/quit")
        for chat in (asker, expert):
            chat.expect(pexpect.EOF)
            chat.close()
            assert chat.exitstatus == 0


class TestWithoutATerminal:
    def test_work_answers_what_programs_ask_and_stops_in_order(self, copy: Organisation) -> None:
        with _work(copy) as work:
            asked = (
                "How many days of annual leave do I get a year?\n/helpful\nIs there a lounge for the crew?\n/person\n"
            )
            done = copy("chat", "--as-asker", "--person", "eve", "--no-work", "--json", given=asked)
            assert done.code == 0
            work.send_signal(signal.SIGTERM)
            _, log = work.communicate(timeout=25)
        assert work.returncode == 0
        events = [json.loads(line) for line in done.out.splitlines()]
        _check_events(events)
        logged = [json.loads(line) for line in log.splitlines()]
        assert {"message.heard", "post.sent", "work.stopped"} <= {entry["event"] for entry in logged}
        assert "annual leave" not in log

        queue = copy("chat", "--as-expert", "--no-work", "--json", given="/queue\n")
        waiting = json.loads(queue.out.splitlines()[-1])
        assert [(ticket["number"], ticket["asker"]) for ticket in waiting["tickets"]] == [(1, "terminal:eve")]

    def test_whoever_is_no_expert_is_told_so(self, copy: Organisation) -> None:
        refused = copy("chat", "--as-expert", "--person", "mallory", "--no-work")
        assert refused.code == 1
        assert "Only those who answer questions" in refused.err

    def test_options_that_make_no_sense_together(self, org: Organisation) -> None:
        for args in (("--as-asker", "--as-expert"), ("--json",), ("--as-asker", "--person", "a:b")):
            assert org("chat", *args).code == 2


def _check_events(events: list[dict[str, Any]]) -> None:
    assert events[0]["event"] == "ready"
    asked = [event for event in events if event["event"] == "accepted" and event["type"] == "message"]
    replies = {event["reply"]["answers"]: event["reply"] for event in events if event["event"] == "posted"}
    answer, unknown = (replies[event["id"]] for event in asked)
    assert answer["kind"] == "answer"
    assert "25" in answer["text"]
    assert answer["sources"][0]["document"] == "docs/leave.md"
    assert unknown["kind"] == "notice"
    texts = [event["reply"]["text"] for event in events if event["event"] == "posted"]
    assert any("#1" in text for text in texts)


@contextmanager
def _work(org: Organisation) -> Iterator[subprocess.Popen[str]]:
    work = subprocess.Popen(
        [*DESKHAND, "work"],
        cwd=org.folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert work.stdout is not None
        assert "Working" in work.stdout.readline()
        yield work
    finally:
        if work.poll() is None:
            os.kill(work.pid, signal.SIGKILL)
            work.communicate()
