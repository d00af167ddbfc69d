"""Everything that is configured, whether it works, and what to do if not."""

from __future__ import annotations

from pathlib import Path

from bot.admin.checks import (
    check_directory,
    check_embedder,
    check_experts,
    check_home,
    check_index,
    check_modes,
    check_platform,
    check_settings_applied,
    check_sources,
    check_store,
    check_threshold,
)
from bot.app import App, build
from bot.errors import SettingsError
from bot.models import Check
from bot.settings import load
from knowledge.errors import IndexUnavailable


async def check_home_at(home: Path | None) -> list[Check]:
    """All checks of a home whose settings may be wrong."""
    try:
        app = build(load(home))
    except SettingsError as exc:
        return [Check("settings", "failed", str(exc), "correct it and run check again")]
    async with app:
        return await check(app)


async def check(app: App) -> list[Check]:
    """Raises nothing of what it finds."""
    settings = app.settings
    checks = [*check_home(settings), await check_index(app.catalogue, app.catalogue, settings=settings)]
    try:
        now, sources = await app.status(), await app.sources()
        checks += await check_settings_applied(app.catalogue, sources, settings=settings)
    except IndexUnavailable:
        now, sources = None, app.configured()
    checks += await check_sources(sources, now, settings=settings)
    checks.append(await check_embedder(lambda: app.embedder))
    checks.append(check_threshold(app.threshold, shipped=settings.answer.threshold is None))
    if settings.store.postgres or app.journal.exists():
        checks.append(await check_store(app.store, where=app.journal if not settings.store.postgres else None))
    checks.append(await check_directory(app.directory.fault, settings=settings))
    checks += check_experts(settings, platforms=frozenset(app.channels))
    checks += check_modes(settings)
    return [*checks, check_platform()]
