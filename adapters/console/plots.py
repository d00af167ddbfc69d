"""Plots as geometry, which templates/admin/plot.html draws as SVG: no colours, no styles, no markup.

All lengths are in units of the picture, which is as wide as `WIDTH` and shown as wide as there is room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final, Literal

WIDTH: Final = 420.0
_HEIGHT: Final = 200.0
_LEFT: Final = 46.0
_RIGHT: Final = 6.0
_TOP: Final = 12.0
_BOTTOM: Final = 24.0
_ROW: Final = 30.0
_NAMES: Final = 104.0
_STEPS: Final = 5
"""At most so many lines across."""
_NARROWER: Final = 0.26
"""By how much of a column's width the series inside it is narrower, on each side together."""
_MINUTES: Final = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 4320, 7200, 14400)


@dataclass(frozen=True, slots=True)
class Series:
    """`kind` is the class it is drawn with. None is no value, which is not nothing."""

    name: str
    kind: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    kind: str
    said: str


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    said: str


@dataclass(frozen=True, slots=True)
class Label:
    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Plot:
    """`rules` are the heights of lines across, from `left` to `right`. `lines` are points of unbroken stretches as SVG
    wants them: `"0,1 2,3"`. `legend` has kinds and their names."""

    height: float
    labels: Sequence[Label]
    rules: Sequence[float] = ()
    bars: Sequence[Bar] = ()
    dots: Sequence[Dot] = ()
    lines: Sequence[str] = ()
    legend: Sequence[tuple[str, str]] = ()
    width: float = WIDTH
    left: float = _LEFT
    right: float = WIDTH - _RIGHT


def nested_columns(names: Sequence[str], series: Sequence[Series]) -> Plot:
    """A column for each name; each series is a part of the one before it, and drawn inside it."""
    top, rules, values = _scale(series, step=_count_step, said=lambda value: f"{value:,.0f}")
    slot = _slot(names)
    bars: list[Bar] = []
    for depth, each in enumerate(series):
        width = slot * 0.72 * (1 - _NARROWER * depth)
        for at, value in enumerate(each.values):
            if value:
                x, y = _middle(at, slot) - width / 2, _y(value, top)
                said = f"{names[at]}: {value:,.0f} {each.name}"
                bars.append(Bar(_r(x), _r(y), _r(width), _r(_y(0, top) - y), each.kind, said))
    legend = [(each.kind, each.name) for each in series]
    return Plot(_HEIGHT, [*values, *_below(names, slot)], rules, bars=bars, legend=legend)


def durations(names: Sequence[str], minutes: Series) -> Plot:
    """A line through the values; where there is none it is broken."""
    top, rules, values = _scale([minutes], step=_minute_step, said=_tick)
    slot = _slot(names)
    dots: list[Dot] = []
    stretches: list[list[str]] = [[]]
    for at, value in enumerate(minutes.values):
        if value is None:
            stretches.append([])
            continue
        x, y = _r(_middle(at, slot)), _r(_y(value, top))
        dots.append(Dot(x, y, f"{names[at]}: {span(value)}"))
        stretches[-1].append(f"{x},{y}")
    lines = [" ".join(points) for points in stretches if points[1:]]
    return Plot(_HEIGHT, [*values, *_below(names, slot)], rules, dots=dots, lines=lines)


def stacked_rows(names: Sequence[str], series: Sequence[Series]) -> Plot:
    """A row for each name, in which the series follow one another; its sum stands behind it."""
    sums = [sum(each.values[at] or 0 for each in series) for at in range(len(names))]
    longest = max([*sums, 1])
    room = WIDTH - _NAMES - 44
    bars: list[Bar] = []
    labels: list[Label] = []
    for at, name in enumerate(names):
        x, y = _NAMES, at * _ROW + 5.0
        for each in series:
            if value := each.values[at]:
                width = value / longest * room
                bars.append(Bar(_r(x), y, _r(width), _ROW - 10, each.kind, f"{name}: {value:,.0f} {each.name}"))
                x += width
        labels.append(Label(_NAMES - 8, y + 14, name, "end"))
        labels.append(Label(_r(x + 6), y + 14, f"{sums[at]:,.0f}", "start"))
    legend = [(each.kind, each.name) for each in series]
    return Plot(len(names) * _ROW, labels, bars=bars, legend=legend)


def span(minutes: float) -> str:
    """A length of time, as short as it can be said."""
    if minutes < 90:
        return f"{minutes:.0f} min"
    hours = minutes / 60
    return f"{hours:.1f} h".replace(".0 ", " ") if hours < 48 else f"{hours / 24:.1f} days".replace(".0 ", " ")


def _tick(minutes: float) -> str:
    """As few figures as it takes: steps are whole hours or days from some length on."""
    for unit, name in ((1440, "days"), (60, "h")):
        if minutes and minutes % unit == 0:
            return f"{minutes / unit:.0f} {name}"
    return f"{minutes:.0f} min" if minutes else "0"


def _scale(
    series: Sequence[Series], *, step: Callable[[float], float], said: Callable[[float], str]
) -> tuple[float, Sequence[float], Sequence[Label]]:
    """The value at the upper edge, where lines go across, and what stands at them."""
    most = max((value for each in series for value in each.values if value is not None), default=0)
    width = step(most)
    count = max(ceil(most / width), 1)
    top = count * width
    rules = [_r(_y(number * width, top)) for number in range(count + 1)]
    return top, rules, [Label(_LEFT - 6, y + 4, said(at * width), "end") for at, y in enumerate(rules)]


def _count_step(most: float) -> float:
    """A whole number that begins with 1, 2 or 5."""
    steps = (digit * 10**power for power in range(12) for digit in (1, 2, 5))
    return float(next(step for step in steps if step * _STEPS >= most))


def _minute_step(most: float) -> float:
    return next((step for step in _MINUTES if step * _STEPS >= most), ceil(most / _STEPS / 1440) * 1440)


def _below(names: Sequence[str], slot: float) -> Sequence[Label]:
    """As many names as have room, the last one always."""
    every = ceil(62 / slot)
    shown = range((len(names) - 1) % every, len(names), every) if names else ()
    return [_under(_middle(at, slot), names[at]) for at in shown]


def _under(x: float, name: str) -> Label:
    """Within the picture: what stands at its edge ends there."""
    at_edge = WIDTH - x < _ROW
    return Label(WIDTH if at_edge else _r(x), _HEIGHT - 8, name, "end" if at_edge else "middle")


def _slot(names: Sequence[str]) -> float:
    return (WIDTH - _LEFT - _RIGHT) / max(len(names), 1)


def _middle(at: int, slot: float) -> float:
    return _LEFT + (at + 0.5) * slot


def _y(value: float, top: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)


def _r(value: float) -> float:
    return round(value, 1)
