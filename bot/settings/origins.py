"""The settings in force, one by one, and where each comes from. Nothing that may be secret is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from bot.models import Setting, SettingOrigin
from bot.settings.explaining import OIDC_SECRET, WEBHOOK_SECRET
from bot.settings.reading import Settings

_SECTIONS: Final = (
    "answer", "router", "experts", "hours", "http", "console", "oidc", "directory", "webhook", "retention", "work",
    "store", "index", "embedder",
)  # fmt: skip
_HIDDEN: Final = "(not shown)"
_SECRET_KEY: Final = re.compile(r"secret|password|passwd|token|credential|api_?key|private|auth", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


def in_force(settings: Settings) -> list[Setting]:
    """Sections first, then each channel, topic and source; what is secret is said to be there, and no more."""
    return [
        *_sections(settings),
        *_each("channel", "id", settings.channel, settings),
        *_each("topic", "name", settings.topic, settings),
        *_tables(settings),
        *_secrets(settings),
    ]


def _sections(settings: Settings) -> Iterator[Setting]:
    for name in _SECTIONS:
        yield from _of_model(name, getattr(settings, name), settings)


def _each(table: str, key: str, models: Any, settings: Settings) -> Iterator[Setting]:
    for model in models:
        yield from _of_model(f"{table} {getattr(model, key)}", model, settings)


def _of_model(table: str, model: BaseModel, settings: Settings) -> Iterator[Setting]:
    implied = {"console.sign_in": settings.sign_in, "http.url": settings.address}
    for key in type(model).model_fields:
        name = f"{table}.{key}"
        given: SettingOrigin = "deskhand.toml" if key in model.model_fields_set else "default"
        value = getattr(model, key) or implied.get(name, getattr(model, key))
        yield Setting(table, key, _shown(table, key, value), settings.overridden.get(name, given))


def _tables(settings: Settings) -> Iterator[Setting]:
    """What the adapters check with models of their own, as it was written."""
    for source in settings.source:
        yield from _of_table(f"source {source.get('name', '')}".strip(), source)
    yield from _of_table("limits", settings.limits)


def _of_table(table: str, values: Mapping[str, Any]) -> Iterator[Setting]:
    for key, value in values.items():
        yield Setting(table, key, _shown(table, key, value), "deskhand.toml")


def _secrets(settings: Settings) -> Iterator[Setting]:
    for name, secret in ((WEBHOOK_SECRET, settings.webhook_secret), (OIDC_SECRET, settings.oidc_secret)):
        if secret is not None:
            yield Setting("secrets", name, "set; it is not shown", "environment")


def _shown(table: str, key: str, value: Any) -> str:
    if _SECRET_KEY.search(key):
        return _HIDDEN
    if isinstance(value, SecretStr):
        return "sqlite" if value.get_secret_value() == "sqlite" else f"PostgreSQL {_HIDDEN}"
    if table == "webhook" and key == "url":
        return _bare(value)
    if table == "hours" and isinstance(value, tuple) and key != "holidays":
        return ", ".join(f"{_time(start)}-{_time(end)}" for start, end in value) or "closed"
    return _text(value)


def _text(value: Any) -> str:
    """As it would stand in deskhand.toml, without quotes; empty for what is not set."""
    match value:
        case Mapping():
            text = ", ".join(f"{key} = {_shown('', str(key), each)}" for key, each in value.items())
        case (int() as month, int() as day):
            text = f"{month:02}-{day:02}"
        case set() | frozenset():
            text = ", ".join(sorted(map(_text, value)))
        case list() | tuple():
            text = ", ".join(map(_text, value))
        case str() if _ADDRESS.match(value):
            text = _without_password(value)
        case bool():
            text = str(value).lower()
        case _:
            text = "" if value is None else str(value)
    return text


def _without_password(url: str) -> str:
    """Nor what follows a question mark, which is where addresses hold keys."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _bare(url: str) -> str:
    """Some receivers are known by a secret path."""
    parts = urlsplit(url)
    hidden = f"/{_HIDDEN}" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{hidden}" if url else ""


def _time(minutes: int) -> str:
    return f"{minutes // 60 % 24 if minutes > 1440 else minutes // 60:02}:{minutes % 60:02}"
