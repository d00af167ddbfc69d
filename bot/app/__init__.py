"""The one place where parts are put together: registries, `build`, and what the commands ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bot.admin.checks import (
    check_embedder,
    check_home,
    check_index,
    check_platform,
    check_settings_applied,
    check_sources,
    check_threshold,
)
from bot.admin.sources import Chosen, Configured, without_source
from bot.admin.status import status
from bot.errors import SettingsError
from bot.models import Check, Question
from bot.settings import Settings, load, section
from knowledge.errors import IndexUnavailable, SourceUnavailable

if TYPE_CHECKING:
    from types import TracebackType

    from langchain_core.runnables import Runnable

    from adapters.file_directory import FileDirectory
    from adapters.sqlite_index import SqliteIndex
    from bot.models import Answer, Role, Status
    from bot.ports import AnswerCache, Store, WakeUps
    from bot.router.routing import Routing
    from knowledge.indexer import Indexer, Progress
    from knowledge.models import Evidence, Report, SourceRecord
    from knowledge.ports import DocumentSource, Embedder
    from knowledge.retriever import Retriever

# By name, so that a command loads only the parts it needs. A source names its settings model too.
SOURCES: Final = {"files": ("adapters.file_source:FileSource", "adapters.file_source:FileSourceSettings")}
INDEXES: Final = {"sqlite": "adapters.sqlite_index:SqliteIndex"}
LOCAL_ROLES: Final[Mapping[str, Role]] = {"terminal:expert": "expert", "terminal:admin": "admin"}
"""Of people on this machine who are not in the directory's file."""
EMBEDDERS: Final = {"all-MiniLM-L6-v2": "adapters.onnx_embedder:OnnxEmbedder"}


def build(settings: Settings) -> App:
    """The product as configured. Opens nothing yet: each part is opened when it is first used. Raises SettingsError."""
    return App(settings)


async def check_home_at(home: Path | None) -> list[Check]:
    """`App.check` of a home whose settings may be wrong."""
    try:
        app = build(load(home))
    except SettingsError as exc:
        return [Check("settings", "failed", str(exc), "correct it and run check again")]
    async with app:
        return await app.check()


class App:
    """All parts. Use it as `async with build(settings) as app`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        _known("index", "type", settings.index.type, INDEXES, file=settings.file)
        _known("embedder", "model", settings.embedder.model, EMBEDDERS, file=settings.file)
        if settings.limits:
            section(_imported("adapters.file_source:Limits"), settings.limits, file=settings.file, where="[limits]")
        self._tables = [_source_settings(table, settings=settings) for table in settings.source]
        _once_each(self.configured(), file=settings.file)

        self._file = settings.home / "knowledge.sqlite"

    async def __aenter__(self) -> App:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close what was opened."""
        for part in ("catalogue", "store"):
            if part in self.__dict__:
                await self.__dict__[part].close()

    @cached_property
    def catalogue(self) -> SqliteIndex:
        """Index and catalogue in one."""
        return _imported(INDEXES[self.settings.index.type])(self._file)  # type: ignore[no-any-return]

    @cached_property
    def embedder(self) -> Embedder:
        return _imported(EMBEDDERS[self.settings.embedder.model])()  # type: ignore[no-any-return]

    @cached_property
    def indexer(self) -> Indexer:
        from knowledge.indexer import Indexer

        return Indexer(index=self.catalogue, catalogue=self.catalogue, embedder=self.embedder)

    @cached_property
    def retriever(self) -> Retriever:
        from knowledge.retriever import Retriever

        return Retriever(index=self.catalogue, embedder=self.embedder)

    @cached_property
    def directory(self) -> FileDirectory:
        from adapters.file_directory import FileDirectory

        channels = self.settings.channel
        return FileDirectory(
            self.settings.people,
            audiences={channel.id: channel.audience for channel in channels if channel.audience is not None},
            unknown=self.settings.directory.unknown,
            roles=LOCAL_ROLES,
        )

    @cached_property
    def store(self) -> Store:
        """Messages, tickets and what was decided; made with its schema by `Store.migrate`."""
        from adapters.sql_store import SqlStore

        return SqlStore(self.settings.store.postgres or self.settings.home / "journal.sqlite")

    @cached_property
    def cache(self) -> AnswerCache:
        from adapters.memory_cache import MemoryCache

        return MemoryCache()

    @cached_property
    def wake(self) -> WakeUps:
        from adapters.memory import MemoryWakeUps

        return MemoryWakeUps()

    @cached_property
    def router(self) -> Runnable[Question, Answer]:
        from bot.router import build_router

        return build_router(
            retriever=self.retriever, embedder=self.embedder, threshold=self.threshold, routing=self.routing
        )

    @cached_property
    def routing(self) -> Routing:
        from bot.router.routing import Routing

        return Routing(topics=self.settings.topic, embedder=self.embedder, settings=self.settings.router)

    @property
    def threshold(self) -> float:
        from bot.confidence import SHIPPED_THRESHOLD

        own = self.settings.answer.threshold
        return SHIPPED_THRESHOLD if own is None else own

    async def ask(self, question: Question) -> Answer:
        """Raises IndexUnavailable, also when nothing was indexed, and EmbedderUnavailable."""
        from bot.router import ask

        answer = await ask(self.router, question)
        if not answer.evidence:
            await self._require_content()
        return answer

    async def warm_up(self) -> None:
        """Open all that `ask` needs, so that no question waits for it. Raises what `ask` raises."""
        await self.ask(Question(text="warm up", groups=frozenset(), today=date.today()))

    async def search(self, question: Question) -> Sequence[Evidence]:
        """The evidence for a question, best first. Raises what `ask` raises."""
        found = await self.retriever.search(
            question.text, groups=question.groups, today=question.today, collections=question.collections
        )
        if not found.evidence:
            await self._require_content()
        return found.evidence

    async def _require_content(self) -> None:
        if (await self.catalogue.totals()).generation == 0:
            raise IndexUnavailable(
                f"Nothing is indexed in {self.settings.home} yet: "
                f"index something first: {self.settings.command} index PATH"
            )

    async def sources(self) -> list[DocumentSource]:
        """All there are: those of deskhand.toml, then those that `index PATH` registered. The same path counts once."""
        configured = [Configured(source) for source in self.configured()]
        paths = {source.record.path for source in configured}
        names = {source.record.name for source in configured}
        registered = [
            self._registered(record)
            for record in await self.catalogue.sources()
            if not record.configured and record.path not in paths and record.name not in names
        ]
        return [*configured, *registered]

    def configured(self) -> list[DocumentSource]:
        return [_imported(SOURCES[kind][0])(model) for kind, model in self._tables]

    def _registered(self, record: SourceRecord) -> DocumentSource:
        table = {field.name: getattr(record, field.name) for field in fields(record)}
        del table["configured"]
        return self._source(table)

    def _source(self, table: Mapping[str, Any]) -> DocumentSource:
        kind, model = _source_settings(table, settings=self.settings)
        return _imported(SOURCES[kind][0])(model)  # type: ignore[no-any-return]

    async def index(
        self,
        paths: Sequence[Path] = (),
        *,
        remove: Sequence[str] = (),
        dry_run: bool = False,
        progress: Progress = lambda done, of: None,
    ) -> Report:
        """Bring the sources at `paths` up to date, or all, if nothing is named; forget those named in `remove`.

        A path that is no source yet becomes one. Bringing all up to date forgets what is no source any more.
        Raises SourceUnavailable if there is nothing to do, and what `Indexer.run` raises; nothing is changed then.
        What cannot be done beside things that can is an error in the report.
        """
        chosen = Chosen(await self.sources(), await self.catalogue.sources(), make=self._source, settings=self.settings)
        for name in remove:
            chosen.remove(name)
        for path in paths:
            await chosen.add(path)
        if not paths and not remove:
            await chosen.add_all()
        if not chosen.sources and not chosen.dropped:
            raise SourceUnavailable(
                " ".join(failure.error for failure in chosen.errors)
                or f"There is nothing to index: name a folder or file, as in {self.settings.command} index PATH, "
                f"or add a [[source]] to {self.settings.file}."
            )
        if dry_run:
            report = await self.indexer.preview(chosen.sources, dropped=chosen.dropped)
        else:
            report = await self.indexer.run(chosen.sources, dropped=chosen.dropped, progress=progress)
        report.errors[:0] = chosen.errors
        report.notes[:0] = chosen.notes
        return report

    async def status(self) -> Status:
        """Raises IndexUnavailable."""
        sources = await self.sources()
        records = [source.record for source in sources]
        records += without_source(sources, await self.catalogue.sources())
        return await status(self.catalogue, sources=records, embedder=self.settings.embedder.model)

    async def check(self) -> list[Check]:
        """Everything that is configured, whether it works, and what to do if not. Raises nothing of that."""
        settings = self.settings
        checks = [*check_home(settings), await check_index(self.catalogue, self.catalogue, settings=settings)]
        try:
            now, sources = await self.status(), await self.sources()
            checks += await check_settings_applied(self.catalogue, sources, settings=settings)
        except IndexUnavailable:
            now, sources = None, self.configured()
        checks += await check_sources(sources, now, settings=settings)
        checks.append(await check_embedder(lambda: self.embedder))
        checks.append(check_threshold(self.threshold, shipped=settings.answer.threshold is None))
        return [*checks, check_platform()]


def _imported(name: str) -> Any:
    module, attribute = name.split(":")
    return getattr(import_module(module), attribute)


def _known(table: str, key: str, value: str, registry: Mapping[str, object], *, file: Path) -> None:
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
    return kind, section(_imported(SOURCES[kind][1]), values, file=settings.file, where=where)
