"""Single values of deskhand.toml: what each may be, and what is said of one that it may not be."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime
from ipaddress import ip_address, ip_network
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PlainValidator, SecretStr

DAY: Final = 24 * 60
_LEAP_YEAR: Final = 2000
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


def _room(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]*:\S(.*\S)?", text):
        raise ValueError('must be a platform and its channel, such as "slack:T1/C2" or "terminal:lobby"')
    return text


def _language(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", text):
        raise ValueError('must be a language tag, such as "en" or "de-CH"')
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, OSError) as exc:
        raise ValueError('must be a time zone of the IANA list, such as "Europe/Berlin"') from exc
    except LookupError as exc:
        if text == "UTC":  # the one that is known without a list
            return text
        raise ValueError(
            'must be a time zone of the IANA list, such as "Europe/Berlin" '
            "(if this is one, the system has no list: install its package tzdata)"
        ) from exc
    return text


def _span(given: Any) -> tuple[int, int]:
    """Minutes since midnight; an end on the next day is more than a day."""
    found = _SPAN.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise ValueError('must be a span in quotes, such as "09:00-17:00"')
    hour, minute, to_hour, to_minute = map(int, found.groups())
    start, end = hour * 60 + minute, to_hour * 60 + to_minute
    if end > DAY:
        raise ValueError('must end at "24:00" at the latest; "22:00-06:00" ends on the next day')
    if end == start:
        raise ValueError('must have two times; the whole day is "00:00-24:00"')
    return start, end if end > start else end + DAY


def _holiday(given: Any) -> date | tuple[int, int]:
    """A date, or month and day of every year."""
    if isinstance(given, date) and not isinstance(given, datetime):
        return given
    if isinstance(given, str) and re.fullmatch(r"\d\d-\d\d", given):
        month, day = map(int, given.split("-"))
        if 1 <= month <= 12 and 1 <= day <= monthrange(_LEAP_YEAR, month)[1]:
            return month, day
    raise ValueError('must be a date without quotes, such as 2026-12-25, or "12-25" for every year')


def _store_url(secret: SecretStr) -> SecretStr:
    url = secret.get_secret_value()
    if url == "sqlite":
        return secret
    try:
        parts = urlsplit(url)
        fine = parts.scheme == "postgresql" and url.startswith("postgresql://") and (parts.port or 1) > 0
    except ValueError:
        fine = False
    if not fine:
        raise ValueError('must be "sqlite", or "postgresql://USER@HOST:PORT/DATABASE"')
    return secret


def _address(url: str, *, example: str) -> str:
    """An address of HTTPS, or one of HTTP on this machine; empty for none."""
    try:
        parts = urlsplit(url)
        host, fine = parts.hostname or "", (parts.port or 1) > 0
    except ValueError:
        host, fine = "", False
    if url and not (fine and host and parts.scheme in ("https", "http")):
        raise ValueError(f'must be an address, such as "{example}"')
    if url and parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must begin with https:// (http:// only goes to this machine, such as http://127.0.0.1)")
    return url


def _webhook_url(url: str) -> str:
    _address(url, example="https://desk.example.com/deskhand")
    if "@" in urlsplit(url).netloc:
        raise ValueError("must not hold a password: receivers check the signature made with DESKHAND_WEBHOOK_SECRET")
    return url


def _public_url(url: str) -> str:
    _address(url, example="https://deskhand.example.com")
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError('must be the address alone, such as "https://deskhand.example.com"')
    return url.rstrip("/")


def _issuer(url: str) -> str:
    return _address(url, example="https://login.example.com")


def _host(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+", text):
        raise ValueError('must be an address or a name of this machine, such as "127.0.0.1" or "0.0.0.0" for all')
    return text


def _proxy(text: str) -> str:
    try:
        ip_network(text)
    except ValueError as exc:
        raise ValueError('must be an IP address or a network, such as "10.0.0.5" or "10.0.0.0/24"') from exc
    return text


def _event(name: str) -> str:
    if not re.fullmatch(r"ticket\.[a-z_]+", name):
        raise ValueError('must be the name of an event, such as "ticket.opened"')
    return name


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _deliveries(days: int) -> int:
    if 0 < days < 7:
        # A platform may deliver an event again days later: what is forgotten would be answered again.
        raise ValueError("must be at least 7, or 0 for ever")
    return days


# Lists become sets and tuples here, which strict mode would not do; what is in them stays strict.
Text = Annotated[str, Field(min_length=1)]
Names = Annotated[frozenset[Text], Field(strict=False, min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]
RoomId = Annotated[str, AfterValidator(_room)]
Language = Annotated[str, AfterValidator(_language)]
Spans = Annotated[tuple[Annotated[tuple[int, int], PlainValidator(_span)], ...], Field(strict=False)]
Holiday = Annotated[date | tuple[int, int], PlainValidator(_holiday)]
StoreUrl = Annotated[SecretStr, AfterValidator(_store_url)]
WebhookUrl = Annotated[str, AfterValidator(_webhook_url)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
IssuerUrl = Annotated[str, AfterValidator(_issuer)]
Host = Annotated[str, AfterValidator(_host)]
Proxies = Annotated[tuple[Annotated[str, AfterValidator(_proxy)], ...], Field(strict=False)]
EventName = Annotated[str, AfterValidator(_event)]
Zone = Annotated[str, AfterValidator(_zone)]
Days = Annotated[int, Field(ge=0)]
DeliveryDays = Annotated[Days, AfterValidator(_deliveries)]
Minutes = Annotated[int, Field(ge=1)]
