"""The file and the environment -> Settings.

What is wrong with them is said at once, with the name of the key and what to write instead. Secrets come from the
environment, and what may hold one is never shown.
"""

from __future__ import annotations

import os
import shlex
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, ValidationError

from bot.errors import SettingsError
from bot.models import SettingOrigin
from bot.settings.explaining import OIDC_SECRET, STORE_URL, WEBHOOK_SECRET, explained, said
from bot.settings.fields import is_loopback
from bot.settings.sections import (
    AnswerSection,
    ChannelSection,
    ConsoleSection,
    DirectorySection,
    EmbedderSection,
    ExpertsSection,
    File,
    HoursSection,
    HttpSection,
    IndexSection,
    OidcSection,
    RetentionSection,
    RouterSection,
    SignIn,
    StoreSection,
    TopicSection,
    WebhookSection,
    WorkSection,
)

FILE_NAME: Final = "deskhand.toml"
PEOPLE_NAME: Final = "people.toml"
SHORTEST_SECRET: Final = 16
_LEARNED: Final = "learned"
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104  # what such a host is called

Section = TypeVar("Section", bound=BaseModel)
Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What was configured. `home` is absolute; paths in `source` are relative to the folder of `file`.

    `file` may be missing: everything has a default. `ci` says that nobody sits at the terminal. `webhook_secret` is
    there if `webhook.url` is, and `oidc_secret` if people sign in with OIDC. `overridden` names what, as in
    `http.port`, is not as the file says, and where it is from.
    """

    home: Path
    file: Path
    ci: bool
    source: Sequence[Table]
    limits: Table
    answer: AnswerSection
    index: IndexSection
    embedder: EmbedderSection
    store: StoreSection
    work: WorkSection
    channel: Sequence[ChannelSection]
    topic: Sequence[TopicSection]
    experts: ExpertsSection
    hours: HoursSection
    webhook: WebhookSection
    retention: RetentionSection
    router: RouterSection
    directory: DirectorySection
    http: HttpSection
    console: ConsoleSection
    oidc: OidcSection
    webhook_secret: SecretStr | None = None
    oidc_secret: SecretStr | None = None
    overridden: Mapping[str, SettingOrigin] = field(default_factory=dict)

    @property
    def people(self) -> Path:
        """The file that says who people are; it may be missing."""
        return self.home / Path(self.directory.file).expanduser()

    @property
    def local(self) -> bool:
        """Whether only people at this machine reach the service; a server before it may let others in."""
        named = urlsplit(self.http.url).hostname or self.http.host
        return is_loopback(self.http.host) and is_loopback(named) and not self.http.proxies

    @property
    def sign_in(self) -> SignIn:
        """How people get into the console: unless it is set, by a link where others than this machine reach it."""
        return self.console.sign_in or ("local" if self.local else "link")

    @property
    def address(self) -> str:
        """Where people find the service; empty if it listens everywhere and nobody said what it is called."""
        host, port = self.http.host, self.http.port
        listens = "" if host in _EVERYWHERE else f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return self.http.url or listens

    @property
    def command(self) -> str:
        """How to call deskhand on this home, for messages."""
        usual = self.home == default_home().expanduser().absolute()
        return "deskhand" if usual else f"deskhand --home {shlex.quote(str(self.home))}"


def default_home() -> Path:
    return Path(os.environ.get("DESKHAND_HOME") or ".deskhand")


def load(home: Path | None) -> Settings:
    """Read the settings of `home` (DESKHAND_HOME or ./.deskhand if None). Raises SettingsError."""
    home = (home or default_home()).expanduser().absolute()
    if home.exists() and not home.is_dir():
        raise SettingsError(f"{home} is a file: the home must be a folder. Give another one with --home.")
    file = home / FILE_NAME
    read = section(File, _tables(file), file=file)
    _distinct("source", "name", [str(table["name"]) for table in read.source if "name" in table], file=file)
    if any(table.get("name") == _LEARNED for table in read.source):
        raise SettingsError(f'{file}: [[source]] "{_LEARNED}": experts\' answers have this name: give it another one.')
    _distinct("channel", "id", [channel.id for channel in read.channel], file=file)
    _distinct("topic", "name", [topic.name for topic in read.topic], file=file)
    return _fitting(
        Settings(
            home=home,
            file=file,
            ci=os.environ.get("CI", "").lower() not in ("", "0", "false"),
            webhook_secret=_webhook_secret(file) if read.webhook.url else None,
            oidc_secret=_oidc_secret(file, read.oidc) if read.console.sign_in == "oidc" else None,
            overridden={"store.url": "environment"} if os.environ.get(STORE_URL) else {},
            **{**dict(read), "store": _store(read.store)},
        )
    )


def served(settings: Settings, *, host: str | None = None, port: int | None = None) -> Settings:
    """The same, on another host or port. Raises SettingsError."""
    given = {**({"host": host} if host else {}), **({"port": port} if port is not None else {})}
    written = {name: getattr(settings.http, name) for name in settings.http.model_fields_set}
    http = section(HttpSection, {**written, **given}, file=settings.file, where="[http]")
    overridden: dict[str, SettingOrigin] = {f"http.{name}": "command line" for name in given}
    return _fitting(replace(settings, http=http, overridden={**settings.overridden, **overridden}))


def _fitting(settings: Settings) -> Settings:
    """The settings, if tables fit together that are in order by themselves."""
    if settings.sign_in == "local" and not settings.local:
        raise SettingsError(
            f'{settings.file}: [console]: "sign_in" is "local", which lets everybody in, but by the host, the url or '
            'the proxies of [http] other machines get here: set it to "link" or "oidc", or the host to "127.0.0.1" '
            "without a url and proxies."
        )
    return settings


def _distinct(table: str, key: str, values: Sequence[str], *, file: Path) -> None:
    if twice := [value for value, count in Counter(values).items() if count > 1]:
        fix = "put what they say into one" if key == "id" else "give one of them another name"
        called = "have the id" if key == "id" else "are called"
        raise SettingsError(f'{file}: two [[{table}]] tables {called} "{twice[0]}": {fix}.')


def _store(section: StoreSection) -> StoreSection:
    """The environment wins, so that the password need not stand in the file."""
    if not (url := os.environ.get(STORE_URL)):
        return section
    try:
        return StoreSection(url=SecretStr(url))
    except ValidationError as exc:
        (error,) = exc.errors(include_url=False, include_input=False)
        raise SettingsError(f"{STORE_URL} in the environment {said(error)}; it is not shown here.") from None


def _webhook_secret(file: Path) -> SecretStr:
    secret = os.environ.get(WEBHOOK_SECRET, "")
    if len(secret) < SHORTEST_SECRET:
        wrong = f"is shorter than {SHORTEST_SECRET} characters" if secret else "is not in the environment"
        raise SettingsError(
            f'{file}: [webhook]: "url" is set, but {WEBHOOK_SECRET}, with which events are signed, {wrong}: '
            "set it to a long random text, as from `openssl rand -hex 32`, or remove the url."
        )
    return SecretStr(secret)


def _oidc_secret(file: Path, oidc: OidcSection) -> SecretStr:
    missing = [f'"{key}" of [oidc]' for key in ("issuer", "client_id") if not getattr(oidc, key)]
    secret = os.environ.get(OIDC_SECRET, "")
    if missing := [*missing, *([] if secret else [f"{OIDC_SECRET} in the environment"])]:
        raise SettingsError(
            f'{file}: [console]: "sign_in" is "oidc", which needs {" and ".join(missing)}: '
            "set what the identity provider gave you for Deskhand."
        )
    return SecretStr(secret)


def starter() -> str:
    """A deskhand.toml in which every setting stands in a comment."""
    return Path(__file__).parent.with_name("starter.toml").read_text(encoding="utf-8")


def write_settings(home: Path | None, *, text: str) -> tuple[Path, bool]:
    """Make `text` the deskhand.toml of the home; a file that is there stays. Its path, and whether it is new.

    Raises SettingsError.
    """
    return _write(home, FILE_NAME, text=text)


def write_people(home: Path | None, *, text: str) -> tuple[Path, bool]:
    """The same of its people.toml."""
    return _write(home, PEOPLE_NAME, text=text)


def _write(home: Path | None, name: str, *, text: str) -> tuple[Path, bool]:
    file = (home or default_home()).expanduser().absolute() / name
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except FileExistsError:
        if file.is_file():
            return file, False
        raise SettingsError(f"{file.parent} is not a folder: give another one with --home.") from None
    except OSError as exc:
        raise SettingsError(f"{file} cannot be written ({exc.strerror}): give another folder with --home.") from exc
    return file, True


def section(model: type[Section], table: Table, *, file: Path, where: str = "") -> Section:
    """The table as the model has it; `where` is its place in `file`, as in `[limits]`. Raises SettingsError."""
    try:
        return model.model_validate(dict(table))
    except ValidationError as exc:
        problems = [explained(error, model) for error in exc.errors(include_url=False)]
        place = f"{file}: {where}: " if where else f"{file}: "
        raise SettingsError("\n".join(f"{place}{problem}" for problem in problems)) from exc


def _tables(file: Path) -> Table:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(
            f"{file} is not valid TOML: {exc}. Text goes in quotes, lists in square brackets, comments after #."
        ) from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{file} is not UTF-8 text: save it as UTF-8.") from exc
    except OSError as exc:
        raise SettingsError(f"{file} cannot be read ({exc.strerror}): make it a file that you may read.") from exc
