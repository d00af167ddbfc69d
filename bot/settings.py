"""deskhand.toml and the environment, read once at start -> typed sections.

What is wrong with them is said at once, with the name of the key and what to write instead.
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
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import SettingsError

FILE_NAME = "deskhand.toml"

Section = TypeVar("Section", bound=BaseModel)
Table = Mapping[str, Any]


class _Section(BaseModel):
    # Strict, because TOML has types: "0.5" in quotes is a slip, not a number.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class AnswerSection(_Section):
    """`[answer]`: when an answer is given. `threshold` None is the shipped one."""

    threshold: float | None = Field(default=None, ge=0, le=1)


class IndexSection(_Section):
    """`[index]`: where passages are kept; a name of the registry in `bot/app.py`."""

    type: str = "sqlite"


class EmbedderSection(_Section):
    """`[embedder]`: what turns text into vectors; a name of the registry in `bot/app.py`."""

    model: str = "all-MiniLM-L6-v2"


class _File(_Section):
    """All of deskhand.toml. The adapters that are named check `source` and `limits` with models of their own."""

    source: list[dict[str, Any]] = []
    limits: dict[str, Any] = {}
    answer: AnswerSection = AnswerSection()
    index: IndexSection = IndexSection()
    embedder: EmbedderSection = EmbedderSection()


@dataclass(frozen=True, slots=True)
class Settings:
    """What was configured. `home` is absolute; paths in `source` are relative to the folder of `file`.

    `file` may be missing: everything has a default. `ci` says that nobody sits at the terminal.
    """

    home: Path
    file: Path
    ci: bool
    source: Sequence[Table]
    limits: Table
    answer: AnswerSection
    index: IndexSection
    embedder: EmbedderSection

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
    read = section(_File, _tables(file), file=file)
    names = Counter(table["name"] for table in read.source if isinstance(table.get("name"), str))
    if twice := [name for name, count in names.items() if count > 1]:
        raise SettingsError(f'{file}: two [[source]] tables are called "{twice[0]}": give one of them another name.')
    ci = os.environ.get("CI", "").lower() not in ("", "0", "false")
    return Settings(home=home, file=file, ci=ci, **dict(read))


def starter() -> str:
    """A deskhand.toml in which every setting stands in a comment."""
    return Path(__file__).with_name("starter.toml").read_text(encoding="utf-8")


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


_TABLES = {"source": "[[source]]", "limits": "[limits]", "answer": "[answer]", "index": "[index]"}
_SHOULD_BE = {
    "bool": "must be true or false",
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
    if key in _TABLES and not parents and kind in ("list_type", "dict_type", "model_type"):
        return f"{name} must be written as a table, {_TABLES[key]}, with its keys on the lines below it."
    for ending in ("_type", "_parsing", "_from_float"):
        if should := _SHOULD_BE.get(kind.removesuffix(ending)):
            return f"{name} {should}; it is {_shown(given)}."
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"{name} {message}; it is {_shown(given)}."


def _unknown(name: str, key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"there is no setting {name}.{meant} There are: {', '.join(known)}."


def _keys(model: type[BaseModel], parents: Sequence[str]) -> list[str]:
    """The keys of the table that `parents` lead to."""
    for parent in parents:
        if parent.isdigit():
            continue
        annotation = model.model_fields[parent].annotation if parent in model.model_fields else None
        inner = [annotation, *getattr(annotation, "__args__", ())]
        model = next((each for each in inner if isinstance(each, type) and issubclass(each, BaseModel)), model)
    return list(model.model_fields)


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."
