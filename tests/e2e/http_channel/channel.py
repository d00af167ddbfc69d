"""The bot's side of the platform that speaks HTTP."""

from __future__ import annotations

import json
from typing import Any, Final

import httpx2

from bot.errors import ChannelUnavailable, PostRefused
from bot.models import Capability, Conversation, Progress, Reply
from tests.e2e.http_channel.wire import reply_form

PLATFORM: Final = "http"


class HttpChannel:
    """`Channel`. `url` is where the platform listens, which is to be known when it is first called."""

    platform = PLATFORM

    def __init__(self, url: str = "", *, lacks: frozenset[Capability] = frozenset()) -> None:
        self.url = url
        self.lacks = lacks
        self._client = httpx2.AsyncClient(timeout=10, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None:
        await self._call("POST", "/progress", {"room": conversation.room, "message": message, "state": state})

    async def post(self, reply: Reply, *, thread: str) -> str:
        return await self._add(reply, thread=thread, placeholder=False)

    async def placeholder(self, reply: Reply, *, thread: str) -> str:
        return await self._add(reply, thread=thread, placeholder=True)

    async def _add(self, reply: Reply, *, thread: str, placeholder: bool) -> str:
        form = {"reply": reply_form(reply), "thread": thread, "placeholder": placeholder}
        return str((await self._call("POST", "/posts", form))["post"])

    async def update(self, reply: Reply, *, post: str) -> None:
        await self._call("PUT", f"/posts/{post}", {"reply": reply_form(reply)})

    async def delete(self, reply: Reply, *, post: str) -> None:
        await self._call("DELETE", f"/posts/{post}", {"reply": reply_form(reply)})

    async def find(self, reply: Reply, *, thread: str) -> str | None:
        return (await self._call("POST", "/find", {"reply": reply_form(reply), "thread": thread}))["post"] or None

    async def direct(self, person: str) -> Conversation:
        return direct(person)

    async def _call(self, method: str, path: str, form: Any) -> dict[str, Any]:
        try:
            answer = await self._client.request(method, self.url + path, content=json.dumps(form))
        except httpx2.HTTPError as exc:
            raise ChannelUnavailable(f"The platform does not answer ({type(exc).__name__}).") from exc
        if answer.status_code == 409:
            raise PostRefused(answer.json()["reason"])
        if answer.status_code != 200:
            raise ChannelUnavailable(f"The platform answered {answer.status_code}.")
        found: dict[str, Any] = answer.json()
        return found


def direct(person: str) -> Conversation:
    return Conversation(PLATFORM, f"direct/{person.partition(':')[2]}", private=True)
