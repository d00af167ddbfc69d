"""Documents from folders and files, read by processes that can neither harm nor outlive this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adapters.file_source.settings import FileSourceSettings, Limits, Override
    from adapters.file_source.source import FileSource

__all__ = ["FileSource", "FileSourceSettings", "Limits", "Override"]


def __getattr__(name: str) -> Any:
    # On demand, because every reader process passes through here and needs none of them.
    if name == "FileSource":
        from adapters.file_source.source import FileSource

        return FileSource
    if name in __all__:
        from adapters.file_source import settings

        return getattr(settings, name)
    raise AttributeError(name)
