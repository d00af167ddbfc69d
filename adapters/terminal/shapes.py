"""What the terminal shows, as far as it looks at it; who makes these is none of its business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from knowledge.models import Failure, Note


class Report(Protocol):
    """What an index run did, or would do."""

    @property
    def added(self) -> Sequence[str]: ...
    @property
    def changed(self) -> Sequence[str]: ...
    @property
    def deleted(self) -> Sequence[str]: ...
    @property
    def unchanged(self) -> int: ...
    @property
    def notes(self) -> Sequence[Note]: ...
    @property
    def errors(self) -> Sequence[Failure]: ...
    @property
    def documents(self) -> int: ...
    @property
    def passages(self) -> int: ...
    @property
    def seconds(self) -> float: ...
