"""Values <-> what a database keeps of them: text, JSON, numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.errors import StoreUnavailable

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NO_CHARACTER: Final = "\N{REPLACEMENT CHARACTER}"


def clean(text: str) -> str:
    """The text without what is no character: PostgreSQL keeps no NUL, and nobody half of a surrogate pair."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\0", _NO_CHARACTER) if "\0" in text else text


def to_json(value: object) -> str:
    """A frozen dataclass as JSON, its text clean."""
    kind: Any = type(value)
    adapter = _adapter(kind)
    try:
        text = adapter.dump_json(value).decode()
    except ValueError:  # a surrogate
        pass
    else:
        if "\\u0000" not in text:
            return text
    return json.dumps(_clean_all(adapter.dump_python(value, mode="python")), ensure_ascii=False, default=_plain)


def from_json(kind: type[T], text: str) -> T:
    """Raises StoreUnavailable if it is no such value."""
    try:
        known: Any = kind
        value: T = _adapter(known).validate_json(text)
    except ValidationError as exc:
        raise StoreUnavailable(
            f"The database holds a {kind.__name__} that this Deskhand cannot read: it was stored by a newer one "
            "(update this one) or is damaged (restore a backup)."
        ) from exc
    return value


def to_number(moment: datetime) -> int:
    """Microseconds since 1970; `moment` is aware."""
    return (moment - _EPOCH) // _MICROSECOND


def to_moment(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _clean_all(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _clean_all(each) for name, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean_all(each) for each in value]
    return value


def _plain(value: Any) -> str:
    return str(value.isoformat())
