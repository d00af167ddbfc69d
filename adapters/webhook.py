"""Ticket events -> signed HTTP requests to another system.

A receiver gets each event at least once, in the order of its ticket, and tells repetitions by `Deskhand-Event-Id`. What
it answers is not read but for the status: 2xx takes the event, 408, 425, 429, 5xx and silence ask for it again later,
anything else refuses it. The signature is `t=UNIX_TIME,v1=HEX`, with HEX the HMAC-SHA256 of `UNIX_TIME.BODY`.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NoReturn

import httpx2

from bot.errors import ChannelUnavailable, PostRefused
from bot.models import Capability, Conversation, Progress, Reply

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

EVENT_ID: Final = "Deskhand-Event-Id"
SIGNATURE: Final = "Deskhand-Signature"
AT_MOST: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(days=1)

# What a cloud tells each of its machines, at addresses that look like any other.
_METADATA: Final = frozenset(map(ip_address, ("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254")))
_NAT64: Final = ip_network("64:ff9b::/96")
_AGAIN: Final = frozenset({408, 425, 429})


async def addresses(host: str, port: int) -> Sequence[str]:
    """Where a host is, as the system says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def sign(body: str, *, secret: str, at: datetime) -> str:
    """The value of the header `Deskhand-Signature`."""
    seconds = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={seconds},v1={digest}"


class Webhook:
    """`Channel` of the platform `webhook`: the text of a reply is the JSON of an event.

    It goes only to addresses that were looked at first: never to link-local ones or to the metadata of a cloud, and to
    this machine only if `url` says so by name or address. Redirects and proxies are not followed. A receiver takes an
    event twice without harm, so that nothing needs to be found: `find` finds nothing, and the event is sent again.
    """

    platform = "webhook"
    lacks: frozenset[Capability] = frozenset(
        {"update", "delete", "progress", "only_for", "threads", "buttons", "votes", "private"}
    )

    def __init__(
        self,
        url: str,
        *,
        secret: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        resolve: Resolve = addresses,
        at_most: timedelta = AT_MOST,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` None: the certificates that the system trusts. Raises ValueError for a `url` that is not safe."""
        self._url = httpx2.URL(url)
        self._to_itself = _is_loopback(self._url.host)
        if self._url.scheme != "https" and not (self._url.scheme == "http" and self._to_itself):
            raise ValueError("a webhook must go to an https:// address, or to this machine")
        self._secret = secret
        self._clock = clock
        self._resolve = resolve
        self._at_most = at_most
        self._tls = tls

    async def post(self, reply: Reply, *, thread: str) -> str:
        """The id of the reply. A receiver that is slower than `at_most` gets the event again."""
        try:
            async with asyncio.timeout(self._at_most.total_seconds()):
                response = await self._send(reply)
        except TimeoutError as exc:
            raise ChannelUnavailable(f"The webhook at {self._url.host} does not answer in time.") from exc
        except (httpx2.TransportError, OSError) as exc:
            raise ChannelUnavailable(f"The webhook at {self._url.host} cannot be reached: {exc}") from exc
        status = response.status_code
        if 200 <= status < 300:
            return reply.id
        said = f"The webhook at {self._url.host} answered {status}"
        if status >= 500 or status in _AGAIN:
            wait = _retry_after(response.headers.get("Retry-After", ""), now=self._clock())
            raise ChannelUnavailable(f"{said}.", retry_after=wait)
        if 300 <= status < 400:
            raise PostRefused(f"{said}: redirects are not followed, set [webhook] url to where it leads.")
        raise PostRefused(f"{said}: it does not take this event.")

    async def _send(self, reply: Reply) -> httpx2.Response:
        """To the first address that takes the connection. The answer's body stays unread."""
        port = self._url.port or (443 if self._url.scheme == "https" else 80)
        found = await self._resolve(self._url.host, port)
        if refused := [each for each in found if not self._may_go_to(each)]:
            raise PostRefused(f"The webhook's host {self._url.host} is at {refused[0]}, where events are never sent.")
        headers = {
            "Host": self._url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": "Deskhand",
            EVENT_ID: reply.id,
            SIGNATURE: sign(reply.text, secret=self._secret, at=self._clock()),
        }
        # Connecting to the very address that was checked: a name may lead elsewhere a moment later. The certificate
        # is still that of the name.
        named = {"sni_hostname": self._url.host}
        failure: Exception = OSError("its name leads nowhere")
        async with httpx2.AsyncClient(verify=self._tls or True, trust_env=False, timeout=None) as client:
            for address in found:
                request = client.build_request(
                    "POST",
                    self._url.copy_with(host=address),
                    content=reply.text.encode(),
                    headers=headers,
                    extensions=named,
                )
                try:
                    response = await client.send(request, stream=True)
                except httpx2.ConnectError as exc:
                    failure = exc
                else:
                    await response.aclose()
                    return response
        raise failure

    def _may_go_to(self, text: str) -> bool:
        address = _unwrapped(ip_address(text))
        if self._to_itself:
            return address.is_loopback
        return not (
            address.is_loopback
            or address.is_link_local
            or address.is_unspecified
            or address.is_multicast
            or address in _METADATA
        )

    async def progress(self, conversation: Conversation, *, message: str, state: Progress) -> None:
        """Nobody waits for it."""

    async def placeholder(self, reply: Reply, *, thread: str) -> str:
        _refuse()

    async def update(self, reply: Reply, *, post: str) -> None:
        _refuse()

    async def delete(self, reply: Reply, *, post: str) -> None:
        _refuse()

    async def find(self, reply: Reply, *, thread: str) -> str | None:
        """Never, see the class: sending again is safe."""
        return None

    async def direct(self, person: str) -> Conversation:
        raise PostRefused("Nobody can be written to through a webhook.")


def _refuse() -> NoReturn:
    raise PostRefused("An event that was sent stays as it is.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one leads to, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if isinstance(_NAT64, IPv6Network) and address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _retry_after(value: str, *, now: datetime) -> timedelta | None:
    """RFC 9110, 10.2.3: seconds, or a date; None if it is neither."""
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    wait = (then if then.tzinfo else then.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST_WAIT)
