"""The one place where parts are put together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from bot.models import Answer, Question
    from knowledge.indexer import Indexer
    from knowledge.ports import Catalogue, DocumentSource, Embedder, PassageIndex
    from knowledge.retriever import Retriever


def build(settings: Settings) -> App:
    """The product as configured. Opens nothing yet: each part is opened when it is first used."""
    return App(settings)


class App:
    """All parts. Use it as `async with build(settings) as app`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
