"""People on the platform that speaks HTTP: everything between it and the bot goes over the wire."""

from __future__ import annotations

from bot.app import App
from bot.intake import Intake
from bot.models import Capability, Event
from bot.ports import Channel
from tests.e2e.http_channel.channel import HttpChannel
from tests.e2e.http_channel.platform import HttpPlatform
from tests.e2e.http_channel.replica import receiver
from tests.e2e.http_channel.wire import Server
from tests.e2e.scenarios.drivers.memory import MemoryDriver
from tests.e2e.scenarios.world import World


class HttpDriver(MemoryDriver):
    """`Driver`. With `lacks` it is a platform that can do less."""

    def __init__(self, lacks: frozenset[Capability] = frozenset()) -> None:
        self._platform = HttpPlatform(lacks=lacks)
        super().__init__(self._platform.memory)
        self._channel = HttpChannel(lacks=lacks)
        self._server: Server | None = None
        self._url = ""

    @property
    def channel(self) -> Channel:
        return self._channel

    async def open(self, intake: Intake, *, app: App, world: World) -> None:
        await self._platform.open()
        self._channel.url = self._platform.url
        self._server = Server(receiver(intake))
        self._url = await self._server.open()

    async def close(self) -> None:
        if self._server is not None:
            await self._server.close()
        await self._channel.close()
        await self._platform.close()

    async def deliver(self, event: Event) -> bool:
        return await self._platform.deliver(event, to=self._url) == 200
