"""What is wrong with deskhand.toml, in the words of somebody who edits it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel

from bot.settings.sections import File

STORE_URL: Final = "DESKHAND_STORE_URL"
WEBHOOK_SECRET: Final = "DESKHAND_WEBHOOK_SECRET"  # noqa: S105  # its name
OIDC_SECRET: Final = "DESKHAND_OIDC_SECRET"  # noqa: S105  # its name

_LISTS = {"source", "channel", "topic"}
_SECRETS = {"store.url", "webhook.url", "http.url", "oidc.issuer"}
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


def explained(error: Any, model: type[BaseModel]) -> str:
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
    return f"{name} {said(error)}; {shown}."


def said(error: Any) -> str:
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")


def _unknown(name: str, key: str, known: Sequence[str]) -> str:
    near = get_close_matches(key, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    if key in ("secret", "client_secret", "password", "token"):
        meant = f" Secrets come from the environment: {STORE_URL}, {WEBHOOK_SECRET}, {OIDC_SECRET}."
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
