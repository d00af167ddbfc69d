"""Which cached answers are good no longer: counters, of all of them and of single passages."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Final

from sqlalchemy import bindparam, func, select

from adapters.sql_store.schema import counters
from adapters.sql_store.unit import DialectName, Insert, Unit, insert

_OF_ALL: Final = "distrust"


async def epoch(unit: Unit, passages: Collection[str]) -> int:
    """The sum of what was counted for them and for all."""
    return await unit.number(_SUM, {"names": [_OF_ALL, *map(_of, passages)]})


async def distrust(unit: Unit, passages: Collection[str] | None) -> None:
    # In one order, so that of two that distrust the same passages none waits for the other for ever.
    for name in [_OF_ALL] if passages is None else sorted(map(_of, passages)):
        await unit.run(_count(unit.dialect), {"name": name})


def _of(passage: str) -> str:
    return f"{_OF_ALL}:{passage}"


_SUM: Final = select(func.coalesce(func.sum(counters.c.value), 0)).where(
    counters.c.name.in_(bindparam("names", expanding=True))
)


@cache
def _count(dialect: DialectName) -> Insert:
    first = insert(dialect, counters).values(value=1)
    return first.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + 1})
