"""The board's chart of the class's runs."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inkling.charts.class_runs import RunDot, class_runs_chart


def run(pupil: str, value: float, accuracy: float) -> RunDot:
    return RunDot(f"run of {pupil}", pupil, "fast-97", value, accuracy, active=False)


def names(chart: Any) -> list[str]:
    return [text for trace in chart.data for text in trace.text if text]


def test_names_do_not_cover_each_other_and_the_best_is_named() -> None:
    dots = [run(f"Pupil {k}", 128, 0.97 + k / 10_000) for k in range(30)]
    chart = class_runs_chart(dots, "Hidden units", 430)
    assert "Pupil 29" in names(chart)
    assert len(names(chart)) < 6
    apart = [run(f"Pupil {k}", 4.0**k, 0.8 + k / 50) for k in range(4)]
    assert len(names(class_runs_chart(apart, "Hidden units", 430))) == 4


@given(st.lists(st.tuples(st.floats(1e-6, 1e6), st.floats(0, 1)), max_size=20))
def test_all_dots_are_within_the_axes(places: list[tuple[float, float]]) -> None:
    dots = [run(f"Pupil {k}", *place) for k, place in enumerate(places)]
    chart = class_runs_chart(dots, "Learning rate", 430)
    low, high = chart.layout.yaxis.range
    assert all(low <= y <= high for trace in chart.data for y in trace.y)
    assert low in (0, 50, 90)
