"""Ticket events on their way out, to a real server on this machine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.webhook import Webhook, addresses
from bot.errors import ChannelUnavailable, PostRefused
from bot.models import Conversation, Reply
from bot.ports import Channel

SECRET = "5f2b7a90c1d34e68a7b9c0d1e2f30415"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BODY = json.dumps(
    {"event": "ticket.opened", "ticket": {"number": 7, "question": "Wo ist das Büro?"}}, ensure_ascii=False
)
EVENT = Reply(id="e1", kind="event", conversation=Conversation("webhook", "tickets", "7"), text=BODY)


# What a receiver does; README.md quotes it.
def verify(body: bytes, signature: str, *, secret: str, now: float) -> bool:
    """Whether Deskhand sent `body` within the last five minutes. `signature` is the header Deskhand-Signature."""
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    time, given = parts.get("t", ""), parts.get("v1", "")
    made = hmac.new(secret.encode(), time.encode() + b"." + body, hashlib.sha256).hexdigest()
    return time.isdigit() and hmac.compare_digest(made, given) and abs(now - int(time)) <= 300


@dataclass
class Request:
    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """Answers each request with the next of `answers`, the last of them again and again; an empty one hangs up."""

    answers: list[str]
    scheme: str = "http"
    port: int = 0
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.scheme == "http" else "localhost"
        return f"{self.scheme}://{host}:{self.port}/hook?token=hush"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
            line, *rest = head.strip().split("\r\n")
            headers = dict(each.split(": ", 1) for each in rest)
            body = await reader.readexactly(int(headers["Content-Length"]))
            self.requests.append(Request(line, headers, body))
            answer = self.answers.pop(0) if self.answers[1:] else self.answers[0]
            if answer == "hang":
                await reader.read()
            writer.write(answer.encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def answered(status: int, *headers: str) -> str:
    return "\r\n".join([f"HTTP/1.1 {status} Some", *headers, "Content-Length: 2", "", "ok"])


@asynccontextmanager
async def running(*answers: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(list(answers), scheme="https" if tls else "http")
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield server


def webhook(server: Server, *, at_most: timedelta = timedelta(seconds=5), tls: ssl.SSLContext | None = None) -> Webhook:
    return Webhook(server.url, secret=SECRET, clock=lambda: NOW, at_most=at_most, tls=tls)


async def test_an_event_arrives_signed_and_with_its_id() -> None:
    async with running(answered(204)) as server:
        channel: Channel = webhook(server)
        assert await channel.post(EVENT, thread="") == "e1"
    (request,) = server.requests
    assert request.line == "POST /hook?token=hush HTTP/1.1"
    assert request.body.decode() == BODY
    assert request.headers["Host"] == f"127.0.0.1:{server.port}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Deskhand-Event-Id"] == "e1"
    signature = request.headers["Deskhand-Signature"]
    assert signature.startswith(f"t={int(NOW.timestamp())},v1=")
    assert verify(request.body, signature, secret=SECRET, now=NOW.timestamp() + 300)
    assert not verify(request.body, signature, secret=SECRET, now=NOW.timestamp() + 301)
    assert not verify(request.body + b" ", signature, secret=SECRET, now=NOW.timestamp())
    assert not verify(request.body, signature, secret="another", now=NOW.timestamp())
    assert not verify(request.body, "", secret=SECRET, now=NOW.timestamp())


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_what_may_go_well_later_is_tried_again(status: int) -> None:
    async with running(answered(status)) as server:
        with pytest.raises(ChannelUnavailable, match=f"127.0.0.1 answered {status}") as raised:
            await webhook(server).post(EVENT, thread="")
    assert raised.value.retry_after is None
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta(0)),
        ("99999999999999999999", timedelta(days=1)),
        ("Mon, 02 Mar 2026 09:01:00 GMT", timedelta(seconds=60)),
        ("Mon, 02 Mar 2026 08:00:00 GMT", timedelta(0)),
        ("Mon, 02 Mar 2099 08:00:00 GMT", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
async def test_a_receiver_says_how_long_to_wait(value: str, wait: timedelta | None) -> None:
    async with running(answered(503, f"Retry-After: {value}")) as server:
        with pytest.raises(ChannelUnavailable) as raised:
            await webhook(server).post(EVENT, thread="")
    assert raised.value.retry_after == wait


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 413, 422])
async def test_what_is_refused_is_not_tried_again(status: int) -> None:
    async with running(answered(status)) as server:
        with pytest.raises(PostRefused, match=f"answered {status}"):
            await webhook(server).post(EVENT, thread="")


async def test_a_redirect_is_not_followed() -> None:
    async with running(answered(302, "Location: /elsewhere"), answered(200)) as server:
        with pytest.raises(PostRefused, match="redirects are not followed"):
            await webhook(server).post(EVENT, thread="")
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", ["", "HTTP/1.1 nonsense\r\n\r\n"])
async def test_a_receiver_that_breaks_off_gets_the_event_again(answer: str) -> None:
    async with running(answer, answered(200)) as server:
        channel = webhook(server)
        with pytest.raises(ChannelUnavailable, match="cannot be reached"):
            await channel.post(EVENT, thread="")
        assert await channel.find(EVENT, thread="") is None
        assert await channel.post(EVENT, thread="") == "e1"
    assert [request.headers["Deskhand-Event-Id"] for request in server.requests] == ["e1", "e1"]


async def test_a_receiver_that_says_nothing_is_not_waited_for() -> None:
    async with running("hang") as server:
        with pytest.raises(ChannelUnavailable, match="in time"):
            await webhook(server, at_most=timedelta(seconds=0.2)).post(EVENT, thread="")


async def test_a_large_answer_is_not_read() -> None:
    endless = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n" + "x" * 100_000
    async with running(endless) as server:
        assert await webhook(server).post(EVENT, thread="") == "e1"


async def test_nobody_listens() -> None:
    async with running(answered(200)) as server:
        pass
    with pytest.raises(ChannelUnavailable, match="cannot be reached"):
        await webhook(server).post(EVENT, thread="")


@pytest.mark.parametrize(
    "found",
    [
        ["169.254.169.254"],
        ["203.0.113.5", "169.254.169.254"],
        ["fe80::1"],
        ["fe80::1%eth0"],
        ["::ffff:169.254.169.254"],
        ["64:ff9b::a9fe:a9fe"],
        ["2002:a9fe:a9fe::1"],
        ["fd00:ec2::254"],
        ["168.63.129.16"],
        ["127.0.0.1"],
        ["::1"],
        ["0.0.0.0"],
        ["::"],
        ["224.0.0.1"],
    ],
)
async def test_a_name_that_leads_to_where_no_receiver_is_gets_nothing(found: Sequence[str]) -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        assert (host, port) == ("desk.example.com", 443)
        return found

    channel = Webhook("https://desk.example.com/hook?token=hush", secret=SECRET, resolve=resolve)
    with pytest.raises(PostRefused, match=r"desk\.example\.com is at .*, where events are never sent") as raised:
        await channel.post(EVENT, thread="")
    assert "hush" not in str(raised.value)


async def test_a_loopback_name_that_leads_elsewhere_gets_nothing() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["203.0.113.5"]

    with pytest.raises(PostRefused, match="never sent"):
        await Webhook("http://localhost:1/", secret=SECRET, resolve=resolve).post(EVENT, thread="")


async def test_a_name_that_leads_nowhere_is_tried_again() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    with pytest.raises(ChannelUnavailable, match="cannot be reached"):
        await Webhook("https://desk.example.com/", secret=SECRET, resolve=resolve).post(EVENT, thread="")


async def test_the_second_address_is_taken_where_the_first_is_silent() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with running(answered(200)) as server:
        url = f"http://localhost:{server.port}/"
        assert await Webhook(url, secret=SECRET, resolve=resolve).post(EVENT, thread="") == "e1"


async def test_this_machine_is_found_by_its_name() -> None:
    assert {"127.0.0.1", "::1"} & set(await addresses("localhost", 80))


@pytest.mark.parametrize("url", ["http://desk.example.com/", "ftp://localhost/", "http://127.0.0.1.example.com/", "x"])
def test_an_address_that_is_not_safe_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        Webhook(url, secret=SECRET)


async def test_an_event_stays_as_it_was_sent() -> None:
    channel = Webhook("https://desk.example.com/", secret=SECRET)
    assert "find" not in channel.lacks
    await channel.progress(EVENT.conversation, message="1", state="working")
    for refused in (
        channel.placeholder(EVENT, thread=""),
        channel.update(EVENT, post="e1"),
        channel.delete(EVENT, post="e1"),
        channel.direct("slack:T1/U1"),
    ):
        with pytest.raises(PostRefused):
            await refused


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate and its key for the name localhost, and not for its address."""
    if not shutil.which("openssl"):
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    files = folder / "cert.pem", folder / "key.pem"
    subprocess.run([*command.split(), "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


async def test_the_certificate_must_be_that_of_the_name(certificates: tuple[Path, Path]) -> None:
    certificate, key = certificates
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=certificate)
    async with running(answered(200), tls=own) as server:
        assert await webhook(server, tls=trusting).post(EVENT, thread="") == "e1"
        with pytest.raises(ChannelUnavailable, match=r"(?i)certificate"):
            await webhook(server).post(EVENT, thread="")
        by_address = server.url.replace("localhost", "127.0.0.1")
        with pytest.raises(ChannelUnavailable, match=r"(?i)certificate"):
            await Webhook(by_address, secret=SECRET, tls=trusting).post(EVENT, thread="")
    assert len(server.requests) == 1
