"""The one place where parts are put together: registries, `build`, and what the commands ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.admin.sources import Chosen, without_source
from bot.admin.status import status
from bot.app.clock import now
from bot.app.sources import LEARNED, Sources, imported, known
from bot.models import Question
from bot.settings import Settings
from knowledge.errors import IndexUnavailable, SourceUnavailable

if TYPE_CHECKING:
    from types import TracebackType

    from langchain_core.runnables import Runnable

    from adapters.file_directory import FileDirectory
    from adapters.sqlite_index import SqliteIndex
    from bot.admin.commands import Admin
    from bot.admin.jobs import IndexJobs
    from bot.learning import Learning
    from bot.models import Answer, Person, Role, Status
    from bot.ports import AnswerCache, Channel, Store, WakeUps, Work
    from bot.router.answers import Ask
    from bot.router.routing import Routing
    from bot.tickets.desk import Desk
    from knowledge.indexer import Indexer, Progress
    from knowledge.models import Evidence, Report, SourceRecord
    from knowledge.ports import DocumentSource, Embedder, PassageIndex
    from knowledge.retriever import Retriever

# By name, so that a command loads only the parts it needs.
INDEXES: Final = {"sqlite": "adapters.sqlite_index:SqliteIndex"}
LOCAL_ROLES: Final[Mapping[str, Role]] = {"expert": "expert", "admin": "admin"}
"""Of people on this machine who are not in the directory's file, by name."""
EMBEDDERS: Final = {"all-MiniLM-L6-v2": "adapters.onnx_embedder:OnnxEmbedder"}


def build(settings: Settings) -> App:
    """The product as configured. Opens nothing yet: each part is opened when it is first used. Raises SettingsError."""
    return App(settings)


class App:
    """All parts. Use it as `async with build(settings) as app`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        known("index", "type", settings.index.type, INDEXES, file=settings.file)
        known("embedder", "model", settings.embedder.model, EMBEDDERS, file=settings.file)
        self._sources = Sources(settings)
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
        return imported(INDEXES[self.settings.index.type])(self._file)  # type: ignore[no-any-return]

    @cached_property
    def embedder(self) -> Embedder:
        return imported(EMBEDDERS[self.settings.embedder.model])()  # type: ignore[no-any-return]

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
        # Where nobody signs in, whoever is at this machine is let in as whoever they say they are.
        local = frozenset({"terminal", "console"} if self.settings.sign_in == "local" else {"terminal"})
        return FileDirectory(
            self.settings.people,
            audiences={channel.id: channel.audience for channel in channels if channel.audience is not None},
            members_of=local | {"local"},
            unknown=self.settings.directory.unknown,
            roles={f"{platform}:{name}": role for platform in local for name, role in LOCAL_ROLES.items()},
        )

    @cached_property
    def store(self) -> Store:
        """Messages, tickets and what was decided; made with its schema by `Store.migrate`."""
        from adapters.sql_store import SqlStore

        return SqlStore(self.settings.store.postgres or self.journal)

    @property
    def journal(self) -> Path:
        """The file of the default store."""
        return self.settings.home / "journal.sqlite"

    @property
    def has_store(self) -> bool:
        """Whether a bot may have been at work here."""
        return bool(self.settings.store.postgres) or self.journal.exists()

    async def backup(self, to: Path) -> None:
        """Raises StoreUnavailable."""
        await self.store.migrate()
        await self.store.backup(to)

    @cached_property
    def admin(self) -> Admin:
        from bot.admin.commands import Admin
        from bot.admin.parts import Parts

        return Admin(
            Parts(
                store=self.store,
                index=self.catalogue,
                embedder=lambda: self.embedder,
                wake=self.wake,
                ask=self.ask,
                search=self.search,
                status=self.status,
                learning=lambda: self.learning,
                desk=self._desk,
                clock=now,
                experts=self._experts_of,
            )
        )

    @cached_property
    def learning(self) -> Learning:
        from bot.learning import Learning

        return Learning(
            store=self.store,
            directory=self.directory,
            index=self.catalogue,
            embedder=self.embedder,
            asking=self._asking,
            reindex=self._reindex_learned,
            clock=now,
        )

    def _desk(self) -> Desk:
        from bot.app.service import desk_of

        return desk_of(self, self.channels)

    def _experts_of(self, topic: str) -> str:
        own = next((each.experts for each in self.settings.topic if each.name == topic), "")
        return own or self.settings.experts.channel

    def _asking(self, index: PassageIndex) -> Ask:
        """The router over another index than the published one."""
        from bot.router import ask

        return partial(ask, self._router_over(index))

    async def _reindex_learned(self, work: Work, by: Person) -> None:
        from bot.admin.jobs import index_job

        await work.jobs.add(index_job([LEARNED], by=by.id, at=now()))
        self.wake.notify("jobs")

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """All platforms that are configured, by name; every process that sends has all of them."""
        from adapters.console.channel import ConsoleChannel
        from adapters.terminal.channel import TerminalChannel
        from adapters.webhook import Webhook
        from bot.tickets.events import WEBHOOK

        channels: dict[str, Channel] = {"terminal": TerminalChannel(), "console": ConsoleChannel()}
        if self.settings.webhook.url and (secret := self.settings.webhook_secret):
            channels[WEBHOOK] = Webhook(self.settings.webhook.url, secret=secret.get_secret_value())
        return channels

    @cached_property
    def jobs(self) -> IndexJobs:
        from bot.admin.jobs import IndexJobs

        return IndexJobs(store=self.store, index=self.index)

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
        return self._router_over(self.catalogue)

    def _router_over(self, index: PassageIndex) -> Runnable[Question, Answer]:
        from bot.router import build_router
        from knowledge.retriever import Retriever

        return build_router(
            retriever=Retriever(index=index, embedder=self.embedder),
            embedder=self.embedder,
            threshold=self.threshold,
            routing=self.routing,
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

    def configured(self) -> list[DocumentSource]:
        """The sources of deskhand.toml."""
        return self._sources.configured()

    async def sources(self) -> list[DocumentSource]:
        """All there are: of deskhand.toml, those that `index PATH` registered, and what experts' answers became."""
        recorded = await self.catalogue.sources()
        return [*self._sources.all(recorded), *await self._learned(recorded)]

    async def _learned(self, recorded: Sequence[SourceRecord]) -> list[DocumentSource]:
        """Where there is a store, and something was learned."""
        if not self.has_store:
            return []
        from bot.learning import LearnedSource

        source = LearnedSource(store=self.store, directory=self.directory)
        known = any(record.name == source.record.name for record in recorded)
        return [source] if known or (await source.scan()).found else []

    async def index(
        self,
        paths: Sequence[Path] = (),
        *,
        names: Sequence[str] = (),
        remove: Sequence[str] = (),
        dry_run: bool = False,
        progress: Progress = lambda done, of: None,
    ) -> Report:
        """Bring the sources at `paths` and of these `names` up to date, or all; forget those named in `remove`.

        A path that is no source yet becomes one. Bringing all up to date forgets what is no source any more.
        Raises SourceUnavailable if there is nothing to do, and what `Indexer.run` raises; nothing is changed then.
        What cannot be done beside things that can is an error in the report.
        """
        chosen = Chosen(
            await self.sources(), await self.catalogue.sources(), make=self._sources.make, settings=self.settings
        )
        for name in remove:
            chosen.remove(name)
        for path in paths:
            await chosen.add(path)
        for name in names:
            await chosen.add_named(name)
        if not paths and not names and not remove:
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
