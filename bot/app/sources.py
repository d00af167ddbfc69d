"""Where documents come from: the sources of deskhand.toml, and those that `index PATH` registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.admin.sources import Configured
from bot.errors import SettingsError
from bot.settings import Settings, section

if TYPE_CHECKING:
    from knowledge.models import SourceRecord
    from knowledge.ports import DocumentSource

# By name, so that a command loads only the parts it needs. A source names its settings model too.
SOURCES: Final = {"files": ("adapters.file_source:FileSource", "adapters.file_source:FileSourceSettings")}
LEARNED: Final = "learned"
"""The source of what experts' answers became."""


class Sources:
    """Makes sources. Raises SettingsError for a table that makes no sense."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        if settings.limits:
            section(imported("adapters.file_source:Limits"), settings.limits, file=settings.file, where="[limits]")
        self._tables = [_source_settings(table, settings=settings) for table in settings.source]
        _once_each(self.configured(), file=settings.file)

    def configured(self) -> list[DocumentSource]:
        """Those of deskhand.toml."""
        return [imported(SOURCES[kind][0])(model) for kind, model in self._tables]

    def all(self, recorded: Sequence[SourceRecord]) -> list[DocumentSource]:
        """Those of deskhand.toml, then of what the catalogue holds those that `index PATH` registered.

        The same path counts once.
        """
        configured = [Configured(source) for source in self.configured()]
        paths = {source.record.path for source in configured}
        names = {source.record.name for source in configured} | {LEARNED}
        registered = [
            self._registered(record)
            for record in recorded
            if not record.configured and record.path not in paths and record.name not in names
        ]
        return [*configured, *registered]

    def make(self, table: Mapping[str, Any]) -> DocumentSource:
        """The source for a table as in deskhand.toml."""
        kind, model = _source_settings(table, settings=self._settings)
        return imported(SOURCES[kind][0])(model)  # type: ignore[no-any-return]

    def _registered(self, record: SourceRecord) -> DocumentSource:
        table = {field.name: getattr(record, field.name) for field in fields(record)}
        del table["configured"]
        return self.make(table)


def imported(name: str) -> Any:
    module, attribute = name.split(":")
    return getattr(import_module(module), attribute)


def known(table: str, key: str, value: str, registry: Mapping[str, object], *, file: Path) -> None:
    if value not in registry:
        raise SettingsError(f'{file}: [{table}]: "{key}" must be one of {", ".join(registry)}; it is "{value}".')


def _once_each(sources: Sequence[DocumentSource], *, file: Path) -> None:
    names: dict[str, str] = {}
    for record in (source.record for source in sources):
        if other := names.get(record.path):
            raise SettingsError(
                f"{file}: the sources {other} and {record.name} have the same path: remove one of them."
            )
        names[record.path] = record.name


def _source_settings(table: Mapping[str, Any], *, settings: Settings) -> tuple[str, Any]:
    """The kind of a source and its settings as the adapter has them. Raises SettingsError."""
    values = dict(table)
    where = f'[[source]] "{values.get("name", "")}"'
    kind = values.pop("type", "files")
    if kind not in SOURCES:
        raise SettingsError(f'{settings.file}: {where}: "type" must be one of {", ".join(SOURCES)}; it is "{kind}".')
    if isinstance(values.get("path"), str):
        values["path"] = settings.file.parent / Path(values["path"]).expanduser()
    if isinstance(own := values.get("limits", {}), dict):
        values["limits"] = {**settings.limits, **own}
    return kind, section(imported(SOURCES[kind][1]), values, file=settings.file, where=where)
