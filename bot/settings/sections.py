"""What may stand in deskhand.toml, table by table. Each may be left out: its defaults work for one folder."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, SecretStr

Mode = Literal["mention", "draft", "automatic"]
"""When the bot speaks in a channel: only when called; to experts, who decide; or by itself."""

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


def _webhook_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, fine = parts.hostname or "", (parts.port or 1) > 0
    except ValueError:
        host, fine = "", False
    if url and not (fine and host and parts.scheme in ("https", "http")):
        raise ValueError('must be an address, such as "https://desk.example.com/deskhand"')
    if url and parts.scheme == "http" and not _is_loopback(host):
        raise ValueError("must begin with https:// (http:// only goes to this machine, such as http://127.0.0.1)")
    if url and "@" in parts.netloc:
        raise ValueError("must not hold a password: receivers check the signature made with DESKHAND_WEBHOOK_SECRET")
    return url


def _event(name: str) -> str:
    if not re.fullmatch(r"ticket\.[a-z_]+", name):
        raise ValueError('must be the name of an event, such as "ticket.opened"')
    return name


def _is_loopback(host: str) -> bool:
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
EventName = Annotated[str, AfterValidator(_event)]
Days = Annotated[int, Field(ge=0)]
Minutes = Annotated[int, Field(ge=1)]


class StrictSection(BaseModel):
    # Strict, because TOML has types: "0.5" in quotes is a slip, not a number. Values stay out of tracebacks.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class AnswerSection(StrictSection):
    """`[answer]`: when an answer is given. `threshold` None is the shipped one."""

    threshold: float | None = Field(default=None, ge=0, le=1)


class IndexSection(StrictSection):
    """`[index]`: where passages are kept; a name of the registry in `bot/app.py`."""

    type: str = "sqlite"


class EmbedderSection(StrictSection):
    """`[embedder]`: what turns text into vectors; a name of the registry in `bot/app.py`."""

    model: str = "all-MiniLM-L6-v2"


class StoreSection(StrictSection):
    """`[store]`: where messages and tickets are kept. "sqlite" is a file in the home, else it is PostgreSQL's URL."""

    url: Annotated[SecretStr, AfterValidator(_store_url)] = SecretStr("sqlite")

    @property
    def postgres(self) -> str | None:
        """The URL, password and all: not for messages or logs."""
        url = self.url.get_secret_value()
        return None if url == "sqlite" else url


class WorkSection(StrictSection):
    """`[work]`: how messages are worked on. `send_hours` is how long a post is tried."""

    at_once: int = Field(default=4, ge=1, le=256)
    lease_seconds: int = Field(default=30, ge=5)
    deadline_seconds: int = Field(default=60, ge=1)
    attempts: int = Field(default=3, ge=1)
    send_hours: int = Field(default=24, ge=1)


class ChannelSection(StrictSection):
    """`[[channel]]`: `id` is a `Conversation.room`. None: all collections, read by `members` and `public`.

    `style` "brief" gives the best quote alone. `language` is what people write where a text is too short to tell.
    """

    id: RoomId
    mode: Mode = "mention"
    collections: Names | None = None
    audience: Names | None = None
    experts: RoomId = ""
    style: Literal["full", "brief"] = "full"
    language: Language = ""


class TopicSection(StrictSection):
    """`[[topic]]`: what a question may be about. None: all collections; every audience; the usual experts."""

    name: Text
    description: str = ""
    examples: Texts = ()
    collections: Names | None = None
    audience: Names | None = None
    experts: RoomId = ""


class ExpertsSection(StrictSection):
    """`[experts]`: where questions go to people, and how long they have, in minutes of opening hours."""

    channel: RoomId = "terminal:experts"
    remind_minutes: Minutes = 30
    reassign_minutes: Minutes = 120
    usual_minutes: Minutes = 20


class HoursSection(StrictSection):
    """`[hours]`: when experts are there. A day without spans is closed; without any day it is always open."""

    zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    monday: Spans | None = None
    tuesday: Spans | None = None
    wednesday: Spans | None = None
    thursday: Spans | None = None
    friday: Spans | None = None
    saturday: Spans | None = None
    sunday: Spans | None = None
    holidays: Annotated[tuple[Holiday, ...], Field(strict=False)] = ()

    @property
    def week(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The spans of Monday to Sunday, as minutes since the day began; more than a day: on the next one."""
        days = (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)
        return (((0, DAY),),) * 7 if days == (None,) * 7 else tuple(spans or () for spans in days)

    @property
    def dates(self) -> frozenset[date]:
        return frozenset(each for each in self.holidays if isinstance(each, date))

    @property
    def yearly(self) -> frozenset[tuple[int, int]]:
        """Month and day of the holidays of every year."""
        return frozenset(each for each in self.holidays if not isinstance(each, date))


class WebhookSection(StrictSection):
    """`[webhook]`: where ticket events go; nowhere without `url`. `events` None: all, such as `ticket.opened`."""

    url: Annotated[str, AfterValidator(_webhook_url)] = ""
    events: Annotated[frozenset[EventName], Field(strict=False, min_length=1)] | None = None


class RetentionSection(StrictSection):
    """`[retention]`: after how many days what is finished is removed; 0: never. `deliveries` are inbox and outbox."""

    messages: Days = 365
    tickets: Days = 730
    feedback: Days = 730
    audit: Days = 1825
    deliveries: Annotated[Days, AfterValidator(_deliveries)] = 30


class RouterSection(StrictSection):
    """`[router]`: `clarify` asks back about what is too vague. `sure` None is the shipped threshold of topics."""

    clarify: bool = True
    sure: float | None = Field(default=None, ge=0, le=1)


class DirectorySection(StrictSection):
    """`[directory]`: who people are. `file` is relative to the home; `unknown` is who is not in it."""

    file: Text = "people.toml"
    unknown: Literal["outside", "members"] = "outside"


class File(StrictSection):
    """All of deskhand.toml. The adapters that are named check `source` and `limits` with models of their own."""

    source: list[dict[str, Any]] = []
    limits: dict[str, Any] = {}
    answer: AnswerSection = AnswerSection()
    index: IndexSection = IndexSection()
    embedder: EmbedderSection = EmbedderSection()
    store: StoreSection = StoreSection()
    work: WorkSection = WorkSection()
    channel: list[ChannelSection] = []
    topic: list[TopicSection] = []
    experts: ExpertsSection = ExpertsSection()
    hours: HoursSection = HoursSection()
    webhook: WebhookSection = WebhookSection()
    retention: RetentionSection = RetentionSection()
    router: RouterSection = RouterSection()
    directory: DirectorySection = DirectorySection()
