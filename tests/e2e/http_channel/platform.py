"""A chat platform as hard on its bots as the real ones: slow to take posts, quick to deliver again."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from random import Random
from time import monotonic

import httpx2

from adapters.memory import MemoryChannel
from bot.errors import ChannelUnavailable, PostRefused
from bot.models import Capability, Event, Reply
from tests.e2e.http_channel.channel import PLATFORM
from tests.e2e.http_channel.wire import Request, Response, Server, event_form, reply_of


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that appeared, or changed, on people's screens. `at` is in seconds of the monotonic clock."""

    at: float
    post: str
    reply: Reply
    new: bool


class HttpPlatform:
    """What was posted is in `memory`, what appeared when in `shown`.

    A call takes a time between the two of `delay`, in seconds; what it does is done in the middle of it, so that
    whoever is killed while calling cannot know whether it was.
    """

    def __init__(
        self,
        *,
        lacks: frozenset[Capability] = frozenset(),
        delay: tuple[float, float] = (0, 0),
        patience: float = 3,
        random: Random | None = None,
    ) -> None:
        """`patience` is how many seconds it waits for the acknowledgement of an event, as Slack does."""
        self.memory = MemoryChannel(PLATFORM, lacks=lacks)
        self.shown: list[Shown] = []
        self.url = ""
        self._delay = delay
        self._random = random or Random()
        self._server = Server(self._handle)
        self._client = httpx2.AsyncClient(timeout=patience, trust_env=False)

    async def open(self) -> None:
        self.url = await self._server.open()

    async def close(self) -> None:
        await self._server.close()
        await self._client.aclose()

    async def deliver(self, event: Event, *, to: str) -> int:
        """The status with which the bot at `to` acknowledged it; 0 if the connection broke, or it took too long."""
        try:
            answer = await self._client.post(f"{to}/events", content=json.dumps(event_form(event)))
        except httpx2.HTTPError:
            return 0
        return answer.status_code

    async def _handle(self, request: Request) -> Response:
        half = self._random.uniform(*self._delay) / 2
        if half:
            await asyncio.sleep(half)
        try:
            done = await self._do(request)
        except PostRefused as exc:
            return Response(409, {"reason": str(exc)})
        except ChannelUnavailable:
            return Response(503)
        if half:
            await asyncio.sleep(half)
        return done

    async def _do(self, request: Request) -> Response:
        match request.method, request.path.split("/")[1:]:
            case "POST", ["progress"]:
                return Response()
            case "POST", ["find"]:
                reply = reply_of(request.json["reply"])
                return Response(200, {"post": await self.memory.find(reply, thread=request.json["thread"])})
            case "POST", ["posts"]:
                reply, thread = reply_of(request.json["reply"]), request.json["thread"]
                if request.json["placeholder"]:
                    return Response(200, {"post": await self.memory.placeholder(reply, thread=thread)})
                post = await self.memory.post(reply, thread=thread)
                self.shown.append(Shown(monotonic(), post, reply, new=True))
                return Response(200, {"post": post})
            case "PUT", ["posts", post]:
                reply = reply_of(request.json["reply"])
                new = any(each.id == post and each.placeholder for each in self.memory.posts)
                await self.memory.update(reply, post=post)
                self.shown.append(Shown(monotonic(), post, reply, new=new))
            case "DELETE", ["posts", post]:
                await self.memory.delete(reply_of(request.json["reply"]), post=post)
            case _:
                return Response(404)
        return Response()
