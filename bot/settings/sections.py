"""What may stand in deskhand.toml, table by table. Each may be left out: its defaults work for one folder."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.settings.fields import (
    DAY,
    Days,
    DeliveryDays,
    EventName,
    Holiday,
    Host,
    IssuerUrl,
    Language,
    Minutes,
    Names,
    Proxies,
    PublicUrl,
    RoomId,
    Spans,
    StoreUrl,
    Text,
    Texts,
    WebhookUrl,
    Zone,
)

Mode = Literal["mention", "draft", "automatic"]
"""When the bot speaks in a channel: only when called; to experts, who decide; or by itself."""
SignIn = Literal["local", "link", "oidc"]
"""How people get into the console: whoever is at this machine; by a one-time link; by the house's own sign-in."""


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

    url: StoreUrl = SecretStr("sqlite")

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

    zone: Zone = "UTC"
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

    url: WebhookUrl = ""
    events: Annotated[frozenset[EventName], Field(strict=False, min_length=1)] | None = None


class RetentionSection(StrictSection):
    """`[retention]`: after how many days what is finished is removed; 0: never. `deliveries` are inbox and outbox."""

    messages: Days = 365
    tickets: Days = 730
    feedback: Days = 730
    audit: Days = 1825
    deliveries: DeliveryDays = 30


class RouterSection(StrictSection):
    """`[router]`: `clarify` asks back about what is too vague. `sure` None is the shipped threshold of topics."""

    clarify: bool = True
    sure: float | None = Field(default=None, ge=0, le=1)


class DirectorySection(StrictSection):
    """`[directory]`: who people are. `file` is relative to the home; `unknown` is who is not in it."""

    file: Text = "people.toml"
    unknown: Literal["outside", "members"] = "outside"


class HttpSection(StrictSection):
    """`[http]`: where `deskhand serve` listens. `url` is its address as people type it, empty if it is just that.

    Headers that say whom a request came from are believed of `proxies` only.
    """

    host: Host = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65535)
    url: PublicUrl = ""
    proxies: Proxies = ()
    body_limit_kb: int = Field(default=256, ge=1)


class ConsoleSection(StrictSection):
    """`[console]`: how people sign in, and for how long. Without `sign_in`, `Settings.sign_in` says how."""

    sign_in: SignIn | None = None
    session_hours: int = Field(default=12, ge=1)


class OidcSection(StrictSection):
    """`[oidc]`: the house's own sign-in. The person is `console:` and the `claim` of their identity."""

    issuer: IssuerUrl = ""
    client_id: str = ""
    claim: Text = "email"


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
    http: HttpSection = HttpSection()
    console: ConsoleSection = ConsoleSection()
    oidc: OidcSection = OidcSection()
