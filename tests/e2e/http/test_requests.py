"""What every request goes through: its id, its limits, what the answer says to browsers, what is told of failures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import structlog
from starlette.responses import StreamingResponse
from structlog.testing import capture_logs

from adapters.http.site import build_site
from bot.errors import CommandError, NotAllowed, StoreUnavailable
from knowledge.errors import EmbedderUnavailable, IndexUnavailable
from tests.e2e.http.support import MANNERS, BotDouble, client, running, site_of

ASK = {"question": "What is the salary of grade 7?"}


async def answer_after(seconds: float) -> None:
    await asyncio.sleep(seconds)
    raise CommandError("no")


def failing(error: Exception) -> BotDouble:
    async def fail(*args: object) -> None:
        raise error

    return BotDouble(do=fail)


class TestIds:
    async def test_an_answer_carries_the_id_that_the_request_came_with(self) -> None:
        async with site_of(BotDouble()) as url, client(url) as http:
            assert (await http.get("/healthz", headers={"X-Request-ID": "abc-1.2_3"})).headers[
                "x-request-id"
            ] == "abc-1.2_3"

    @pytest.mark.parametrize("given", ["", "a b", "x" * 65, '"}\\n{"event": "forged'])
    async def test_what_is_no_id_is_replaced_by_a_new_one(self, given: str) -> None:
        async with site_of(BotDouble()) as url, client(url) as http:
            ids = [(await http.get("/healthz", headers={"X-Request-ID": given})).headers["x-request-id"] for _ in "12"]
        assert given not in ids
        assert len(set(ids)) == 2

    async def test_everything_logged_on_the_way_carries_it_and_nothing_that_was_written(self) -> None:
        processors = [structlog.contextvars.merge_contextvars]
        with capture_logs(processors=processors) as logged:
            async with site_of(failing(StoreUnavailable("gone"))) as url, client(url, token="asker") as http:
                await http.post("/api/v1/ask", json=ASK, headers={"X-Request-ID": "r-1"})
                await http.get("/nowhere?why=hunter2", headers={"X-Request-ID": "r-2"})
        assert [(each["event"], each["request_id"]) for each in logged] == [
            ("http.unavailable", "r-1"),
            ("http.request", "r-1"),
            ("http.request", "r-2"),
        ]
        assert {**logged[1], "ms": 0} == {
            "event": "http.request", "log_level": "info", "request_id": "r-1", "by": "api:asker", "method": "POST",
            "route": "/api/v1/ask", "status": 503, "ms": 0,
        }  # fmt: skip
        assert "salary" not in str(logged)
        assert "hunter2" not in str(logged)


class TestLimits:
    async def test_a_body_within_the_limit_arrives_whole_however_it_is_sent(self) -> None:
        seen: list[str] = []

        async def note(question: str) -> None:
            seen.append(question)
            raise CommandError("noted")

        body = b'{"question": "' + b"x" * 3000 + b'"}'
        async with site_of(BotDouble(do=note)) as url, client(url, token="asker") as http:
            for content in (body, in_parts(body)):
                answer = await http.post("/api/v1/ask", content=content, headers={"Content-Type": "application/json"})
                assert answer.json() == {"detail": "noted"}
        assert seen == ["x" * 3000] * 2

    @pytest.mark.parametrize("parts", [False, True])
    async def test_a_body_that_is_too_large_is_refused_however_it_is_sent(self, parts: bool) -> None:
        body = b"x" * 10_001
        async with site_of(BotDouble()) as url, client(url, token="asker") as http:
            answer = await http.post("/api/v1/ask", content=in_parts(body) if parts else body)
        assert answer.status_code == 413
        assert answer.json() == {"detail": "The request is too large: 9 KB is the most."}

    async def test_an_answer_that_does_not_begin_in_time_is_given_up(self) -> None:
        bot = BotDouble(do=lambda *_: answer_after(10))
        async with site_of(bot, deadline=0.2) as url, client(url, token="asker") as http:
            answer = await http.post("/api/v1/ask", json=ASK)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "too long" in answer.json()["detail"]

    async def test_an_answer_that_has_begun_may_take_its_time(self) -> None:
        async def stream() -> StreamingResponse:
            return StreamingResponse(slow_parts(), media_type="text/event-stream")

        site = build_site(BotDouble(), replace(MANNERS, deadline=0.2))
        site.add_api_route("/stream", stream, response_model=None)
        async with running(site) as url, client(url) as http:
            assert (await http.get("/stream")).text == "data: 1\n\ndata: 2\n\n"

    @pytest.mark.parametrize(
        ("host", "status"),
        [
            ("deskhand.example.com", 200), ("DESKHAND.example.com:8470", 200), ("localhost:1", 200), ("10.1.2.3", 200),
            ("[::1]:8470", 200), ("evil.example", 421), ("deskhand.example.com.evil.example", 421), ("", 421),
            ("[::1", 421), ("localhost@evil.example", 421), ("a b", 421),
        ],
    )  # fmt: skip
    async def test_it_answers_only_to_its_own_names(self, host: str, status: int) -> None:
        async with site_of(BotDouble()) as url, client(url, Host=host) as http:
            assert (await http.get("/healthz")).status_code == status


class TestHeaders:
    @pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/api/v1/status", "/api/v1/openapi.json"])
    async def test_every_answer_is_closed_to_browsers(self, path: str) -> None:
        async with site_of(BotDouble()) as url, client(url) as http:
            headers = (await http.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
        assert "strict-transport-security" not in headers

    async def test_a_proxy_that_is_named_is_believed_and_another_is_not(self) -> None:
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        for proxies, believed in (((), False), (("10.0.0.0/8",), False), (("127.0.0.0/8",), True)):
            async with site_of(BotDouble(), proxies=proxies) as url, client(url, **forwarded) as http:
                answer = await http.get("/healthz")
            assert ("strict-transport-security" in answer.headers) == believed


class TestFailures:
    @pytest.mark.parametrize(
        ("error", "status", "words"),
        [
            (CommandError("There is no source x."), 400, "There is no source x."),
            (NotAllowed("Only admins can."), 403, "Only admins can."),
            (StoreUnavailable("/srv/secret is full"), 503, "The database does not answer now: try again later."),
            (IndexUnavailable("/srv/secret is gone"), 503, "The documents cannot be searched now: try again later."),
            (EmbedderUnavailable("/srv/secret"), 503, "The documents cannot be searched now: try again later."),
            (ValueError("the key is hunter2"), 500, "Something went wrong here: it is logged. Try again later."),
        ],
    )
    async def test_each_has_its_status_and_words_that_say_nothing_of_the_inside(
        self, error: Exception, status: int, words: str
    ) -> None:
        async with site_of(failing(error)) as url, client(url, token="admin") as http:
            answer = await http.post("/api/v1/ask", json=ASK)
        assert (answer.status_code, answer.json()) == (status, {"detail": words})
        assert ("retry-after" in answer.headers) == (status == 503)

    async def test_what_failed_is_logged_with_its_place_and_without_its_words(self) -> None:
        with capture_logs() as logged:
            async with site_of(failing(ValueError("the key is hunter2"))) as url, client(url, token="asker") as http:
                await http.post("/api/v1/ask", json=ASK)
                assert (await http.get("/healthz")).status_code == 200
        failed = next(each for each in logged if each["event"] == "http.failed")
        assert (failed["error"], failed["route"]) == ("ValueError", "/api/v1/ask")
        assert "test_requests.py" in failed["where"]
        assert "hunter2" not in str(logged)

    async def test_a_failure_of_the_site_itself_is_told_the_same_way(self) -> None:
        async with site_of(BotDouble()) as url, client(url) as http:
            answer = await http.get("/metrics")
        assert (answer.status_code, answer.json()) == (
            500, {"detail": "Something went wrong here: it is logged. Try again later."},
        )  # fmt: skip

    async def test_what_is_wrong_in_a_request_is_said_without_repeating_it(self) -> None:
        async with site_of(BotDouble()) as url, client(url, token="asker") as http:
            answer = await http.post("/api/v1/ask", json={"question": ["hunter2"], "mood": "hunter2"})
        assert answer.status_code == 422
        assert "question: Input should be a valid string" in answer.json()["detail"]
        assert "hunter2" not in answer.text


async def slow_parts() -> AsyncIterator[str]:
    for number in (1, 2):
        yield f"data: {number}\n\n"
        await asyncio.sleep(0.4)


async def in_parts(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]
