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
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from bot.errors import SettingsError
from bot.settings.sections import (
    AnswerSection,
    ChannelSection,
    DirectorySection,
    EmbedderSection,
    ExpertsSection,
    File,
    HoursSection,
    IndexSection,
    RetentionSection,
    RouterSection,
    StoreSection,
    TopicSection,
    WebhookSection,
    WorkSection,
)

FILE_NAME: Final = "deskhand.toml"
STORE_URL: Final = "DESKHAND_STORE_URL"
WEBHOOK_SECRET: Final = "DESKHAND_WEBHOOK_SECRET"  # noqa: S105  # its name
SHORTEST_SECRET: Final = 16
_LEARNED: Final = "learned"

Section = TypeVar("Section", bound=BaseModel)
Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Settings:
    """What was configured. `home` is absolute; paths in `source` are relative to the folder of `file`.

    `file` may be missing: everything has a default. `ci` says that nobody sits at the terminal. `webhook_secret` is
    there if `webhook.url` is.
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
    webhook_secret: SecretStr | None = None

    @property
    def people(self) -> Path:
        """The file that says who people are; it may be missing."""
        return self.home / Path(self.directory.file).expanduser()

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
    ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    secret = _webhook_secret(file) if read.webhook.url else None
    return Settings(home=home, file=file, ci=ci, webhook_secret=secret, **{**dict(read), "store": _store(read.store)})


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
        raise SettingsError(f"{STORE_URL} in the environment {_said(error)}; it is not shown here.") from None


def _webhook_secret(file: Path) -> SecretStr:
    secret = os.environ.get(WEBHOOK_SECRET, "")
    if len(secret) < SHORTEST_SECRET:
        wrong = f"is shorter than {SHORTEST_SECRET} characters" if secret else "is not in the environment"
        raise SettingsError(
            f'{file}: [webhook]: "url" is set, but {WEBHOOK_SECRET}, with which events are signed, {wrong}: '
            "set it to a long random text, as from `openssl rand -hex 32`, or remove the url."
        )
    return SecretStr(secret)


def starter() -> str:
    """A deskhand.toml in which every setting stands in a comment."""
    return Path(__file__).parent.with_name("starter.toml").read_text(encoding="utf-8")


def write_settings(home: Path | None, *, text: str) -> tuple[Path, bool]:
    """Make `text` the deskhand.toml of the home; a file that is there stays. Its path, and whether it is new.

    Raises SettingsError.
    """
    file = (home or default_home()).expanduser().absolute() / FILE_NAME
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
        problems = [_explained(error, model) for error in exc.errors(include_url=False)]
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


_LISTS = {"source", "channel", "topic"}
_SECRETS = {"store.url", "webhook.url"}
_SHOULD_BE = {
    "bool": "must be true or false",
    "dict": "must be a table",
    "float": "must be a number, without quotes",
    "frozen_set": 'must be a list, such as ["members"]',
    "int": "must be a whole number, without quotes",
    "list": "must be a list, in square brackets",
    "path": "must be text in quotes",
    "string": "must be text in quotes",
    "tuple": "must be a list, in square brackets",
}


def _explained(error: Any, model: type[BaseModel]) -> str:
    """Pydantic's finding in the words of somebody who edits deskhand.toml."""
    *parents, key = [str(part) for part in error["loc"]] or [""]
    name = f'"{".".join([*parents, key])}"'
    kind, given = error["type"], error.get("input")
    if kind == "extra_forbidden":
        return _unknown(name, key, _keys(model, parents))
    if kind == "missing":
        return f"{name} is missing: add it, or remove the whole table."
    table = parents[0] if parents and key.isdigit() else key
    if model is File and len(parents) < 2 and kind in ("list_type", "dict_type", "model_type"):
        header = f"[[{table}]]" if table in _LISTS else f"[{table}]"
        return f'"{table}" must be written as a table, {header}, with its keys on the lines below it.'
    shown = "it is not shown here" if ".".join([*parents, key]) in _SECRETS else f"it is {_shown(given)}"
    for ending in ("_type", "_parsing", "_from_float"):
        if should := _SHOULD_BE.get(kind.removesuffix(ending)):
            return f"{name} {should}; {shown}."
    return f"{name} {_said(error)}; {shown}."


def _said(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")


def _unknown(name: str, key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    if key in ("secret", "password", "token"):
        meant = f" Secrets come from the environment: {STORE_URL}, {WEBHOOK_SECRET}."
    return f"there is no setting {name}.{meant} There are: {', '.join(known)}."


def _keys(model: type[BaseModel], parents: Sequence[str]) -> list[str]:
    """The keys of the table that `parents` lead to."""
    for parent in parents:
        if parent.isdigit():
            continue
        annotation = model.model_fields[parent].annotation if parent in model.model_fields else None
        inner = [annotation, *get_args(annotation)]
        model = next((each for each in inner if isinstance(each, type) and issubclass(each, BaseModel)), model)
    return list(model.model_fields)


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."
