"""`deskhand serve` as a process: how it starts, what it logs, how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.e2e.organisation import DESKHAND, Organisation, environment

HANGS = """
import asyncio
from bot.app import App

async def slow(app, question, ask=App.ask):
    if question.text == "slow":
        print("asked", flush=True)
        await asyncio.sleep({seconds})
    return await ask(app, question)

App.ask = slow
from bot.__main__ import main
main()
"""


class Process:
    """It, its address, and what it logged once it ended."""

    def __init__(self, running: subprocess.Popen[str], log: Path) -> None:
        self.running = running
        self.log = log
        assert running.stdout is not None
        self.said = running.stdout.readline()
        self.url = (re.findall(r"http\S+", self.said) or [""])[0]
        assert self.url, log.read_text()

    def line(self) -> str:
        assert self.running.stdout is not None
        return self.running.stdout.readline().strip()

    def end(self, *, by: signal.Signals = signal.SIGTERM) -> tuple[int, list[dict[str, object]], float]:
        """How it ended, what it logged, and after how many seconds."""
        began = time.monotonic()
        self.running.send_signal(by)
        self.running.communicate(timeout=30)
        log = self.log.read_text()
        assert "Traceback" not in log, log
        return self.running.returncode, [json.loads(line) for line in log.splitlines()], time.monotonic() - began


@contextmanager
def serving(org: Organisation, *args: str, command: tuple[str, ...] = DESKHAND) -> Iterator[Process]:
    log = org.folder / "serve.log"
    with log.open("w") as stderr:
        running = subprocess.Popen(
            [*command, "serve", "--port", "0", *args], cwd=org.folder, env=environment(), text=True,
            stdout=subprocess.PIPE, stderr=stderr,
        )  # fmt: skip
    try:
        yield Process(running, log)
    finally:
        running.kill()
        running.communicate()


def token(org: Organisation, role: str = "asker") -> dict[str, str]:
    made = org("token", "create", role, "--role", role)
    assert made.code == 0, made.err
    return {"Authorization": f"Bearer {made.out.strip()}"}


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_it_is_told_to(copy: Organisation, by: signal.Signals) -> None:
    with serving(copy) as process:
        assert re.fullmatch(r"Deskhand is at http://127\.0\.0\.1:\d+ now\.\n", process.said)
        assert httpx2.get(f"{process.url}/readyz", trust_env=False).json() == {"ready": True, "failed": []}
        code, log, seconds = process.end(by=by)
    assert (code, seconds < 5) == (0, True)
    assert [entry["event"] for entry in log] == ["serve.started", "serve.stopped"]


def test_it_listens_on_this_machine_alone_unless_it_is_told_otherwise(copy: Organisation) -> None:
    with serving(copy) as process:
        port = int(process.url.rpartition(":")[2])
        others = [str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
        for address in {*others} - {"127.0.0.1", "127.0.1.1"}:
            with pytest.raises(OSError, match="refused"), socket.create_connection((address, port), timeout=2):
                pass


def test_requests_that_run_are_answered_before_it_ends_and_no_other_is_accepted(
    copy: Organisation, tmp_path: Path
) -> None:
    script = tmp_path / "slow.py"
    script.write_text(HANGS.format(seconds=2))
    who = token(copy)
    with serving(copy, command=(DESKHAND[0], str(script))) as process:
        asking = ask_slowly(process, who)
        assert process.line() == "asked"
        process.running.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"{process.url}/healthz", trust_env=False)
        assert asking.result(timeout=20).json()["outcome"] in ("answered", "unsure")
        assert process.running.wait(timeout=25) == 0


def test_requests_that_take_for_ever_do_not_keep_it(copy: Organisation, tmp_path: Path) -> None:
    script = tmp_path / "stuck.py"
    script.write_text(HANGS.format(seconds=600))
    who = token(copy)
    with serving(copy, command=(DESKHAND[0], str(script))) as process:
        asking = ask_slowly(process, who)
        assert process.line() == "asked"
        code, log, seconds = process.end()
        assert asking.result(timeout=5).status_code >= 500
    assert code == 0
    assert 9 < seconds < 25
    assert log[-1]["event"] == "serve.stopped"


def test_a_message_that_was_accepted_is_answered_by_the_same_process(copy: Organisation) -> None:
    with serving(copy) as process:
        done = copy("chat", "--as-asker", "--person", "ann", "--no-work", "--json", given="How many days of leave?\n")
        assert "25 days" in done.out
        process.end()


def test_a_log_entry_is_a_line_of_json_without_what_was_written(copy: Organisation) -> None:
    who = token(copy, "expert")
    with serving(copy) as process:
        for path in ("/api/v1/search?q=hunter2", "/api/v1/tickets/1?hunter2", "/hunter2", "/healthz?hunter2"):
            httpx2.get(process.url + path, headers={**who, "X-Request-ID": "r-1"}, trust_env=False)
        raw(process.url, b"GET /hunter2 HTTP/9.9\r\nHost: localhost\r\n\r\n")
        raw(process.url, b"\x16\x03\x01 hunter2")
        _, log, _ = process.end()
    requests = [entry for entry in log if entry.get("request_id") == "r-1"]
    assert [(each["event"], each["route"], each["status"]) for each in requests] == [
        ("http.request", "/api/v1/search", 200), ("http.request", "/api/v1/tickets/{number}", 422),
        ("http.request", "none", 404),
    ]  # fmt: skip
    assert "hunter2" not in json.dumps(log)
    assert who["Authorization"].removeprefix("Bearer ") not in json.dumps(log)


def test_a_port_that_is_taken_is_said_with_what_to_do(copy: Organisation) -> None:
    with serving(copy) as process:
        port = process.url.rpartition(":")[2]
        ended = copy("serve", "--port", port)
        assert ended.code == 1
        assert f"127.0.0.1:{port} is not to be had" in ended.err
        assert "choose another with --port" in ended.err


def test_a_host_that_lets_everybody_in_is_refused(copy: Organisation) -> None:
    copy.write(".deskhand/deskhand.toml", '[console]\nsign_in = "local"\n')
    ended = copy("serve", "--host", "0.0.0.0")
    assert (ended.code, "lets everybody in" in ended.err) == (1, True)


def test_without_a_database_it_does_not_start(org: Organisation) -> None:
    org.write(".deskhand/journal.sqlite", "no database")
    ended = org("serve", "--port", "0")
    assert (ended.code, "database" in ended.err) == (1, True)


def ask_slowly(process: Process, who: dict[str, str]) -> Future[httpx2.Response]:
    """A request that is on its way."""

    def ask() -> httpx2.Response:
        url = f"{process.url}/api/v1/ask"
        return httpx2.post(url, json={"question": "slow"}, headers=who, timeout=30, trust_env=False)

    pool = ThreadPoolExecutor(1)
    try:
        return pool.submit(ask)
    finally:
        pool.shutdown(wait=False)


def raw(url: str, sent: bytes) -> None:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
