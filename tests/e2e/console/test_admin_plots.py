"""Plots: what is drawn is what the figures say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.console.admin_views import page_of
from adapters.console.plots import WIDTH, Plot, Series, durations, nested_columns, span, stacked_rows

counts = st.lists(st.integers(0, 10**6), min_size=1, max_size=60)
minutes = st.lists(st.none() | st.floats(0, 10**6), min_size=1, max_size=60)


def names(values: list[object]) -> list[str]:
    return [f"week {number}" for number in range(len(values))]


def inside(plot: Plot) -> bool:
    bars = all(0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.2 and bar.y >= 0 and bar.height >= 0 for bar in plot.bars)
    return (
        bars
        and all(bar.y + bar.height <= plot.height for bar in plot.bars)
        and all(0 <= dot.x <= WIDTH and 0 <= dot.y <= plot.height for dot in plot.dots)
        and all(0 <= label.x <= WIDTH and 0 <= label.y <= plot.height for label in plot.labels)
    )


@given(counts)
def test_columns_stay_in_the_picture_and_a_part_in_its_whole(values: list[int]) -> None:
    plot = nested_columns(
        names([*values]), [Series("all", "whole", values), Series("half", "core", [v // 2 for v in values])]
    )
    assert inside(plot)
    wholes = {round(bar.x + bar.width / 2): bar for bar in plot.bars if bar.kind == "whole"}
    for part in (bar for bar in plot.bars if bar.kind == "core"):
        whole = min(wholes.values(), key=lambda bar: abs(bar.x + bar.width / 2 - part.x - part.width / 2))
        assert whole.y <= part.y
        assert whole.width > part.width


@given(minutes)
def test_a_line_stays_in_the_picture_and_has_a_dot_for_each_value(values: list[float | None]) -> None:
    plot = durations(names([*values]), Series("wait", "part", values))
    assert inside(plot)
    assert len(plot.dots) == sum(value is not None for value in values)


@given(counts)
def test_rows_stay_in_the_picture_and_say_their_sums(values: list[int]) -> None:
    plot = stacked_rows(names([*values]), [Series("a", "a", values), Series("b", "b", values)])
    assert inside(plot)
    assert [label.text for label in plot.labels if label.anchor == "start"] == [f"{2 * value:,}" for value in values]


def test_a_line_is_broken_where_there_is_no_value() -> None:
    plot = durations(list("abcde"), Series("wait", "part", [1, 2, None, 3, 4]))
    assert [len(line.split()) for line in plot.lines] == [2, 2]


def test_marks_at_the_side_are_round_and_few() -> None:
    def marks(most: float) -> list[str]:
        plot = nested_columns(["a"], [Series("asked", "whole", [most])])
        return [label.text for label in plot.labels if label.anchor == "end" and label.text != "a"]

    assert marks(0) == ["0", "1"]
    assert marks(21) == ["0", "5", "10", "15", "20", "25"]
    assert marks(4_700) == ["0", "1,000", "2,000", "3,000", "4,000", "5,000"]


@pytest.mark.parametrize(
    ("length", "words"),
    [(0, "0 min"), (89, "89 min"), (90, "1.5 h"), (120, "2 h"), (60 * 47, "47 h"), (60 * 60, "2.5 days")],
)
def test_lengths_of_time_are_said_shortly(length: float, words: str) -> None:
    assert span(length) == words


def test_rows_come_in_pages_and_a_page_that_is_not_there_is_the_nearest() -> None:
    assert page_of([], 7).rows == []
    assert page_of(list(range(250)), 3).rows == list(range(200, 250))
    assert page_of(list(range(250)), 99).number == 3
    assert page_of(list(range(250)), 0).number == 1
