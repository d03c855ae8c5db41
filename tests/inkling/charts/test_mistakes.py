"""Charts of mistakes contain their input."""

import numpy as np
import plotly.graph_objects as go
import pytest

from inkling.analysis.calibration import Calibration
from inkling.charts import mistakes
from nn.metrics import accuracy_interval

EPOCHS = [0.01, 0.1, 1.0]
CALIBRATION = Calibration(
    np.array([0.5, 0.9]),
    np.array([0.6, 1.0]),
    np.array([0.55, 0.99]),
    np.array([0.4, 0.98]),
    np.array([10, 200]),
    0.02,
)


def named(figure: go.Figure, name: str) -> go.Scatter:
    return next(trace for trace in figure.data if trace.name == name)


def test_digits_over_time_has_a_row_for_each_digit_and_marks_when_learned() -> None:
    accuracies = np.linspace(0, 1, 30).reshape(10, 3)
    learned = [None, 0, *[2] * 8]
    figure = mistakes.digits_over_time_chart(accuracies, EPOCHS, learned)
    cells, marks = figure.data
    np.testing.assert_allclose(cells.z, accuracies, atol=1e-4)
    assert list(zip(marks.x, marks.y, strict=True))[:2] == [(0, 1), (2, 2)]
    assert list(figure.layout.xaxis.ticktext) == ["0.01", "0.1", "1"]
    dark = mistakes.digits_over_time_chart(accuracies, EPOCHS, learned, dark=True)
    assert dark.data[1].marker.color != marks.marker.color


def test_changes_are_signed_square_roots_of_counts() -> None:
    figure = mistakes.changes_chart(np.array([900, 4, 0]), np.array([0, 9, 16]), EPOCHS)
    assert list(named(figure, "Learned").y) == [30, 2, 0]
    assert list(named(figure, "Forgotten").y) == [0, -3, -4]
    assert list(named(figure, "Forgotten").customdata[:, 0]) == ["0", "9", "16"]
    assert "100" in figure.layout.yaxis.ticktext


def test_changes_chart_of_zeros() -> None:
    figure = mistakes.changes_chart(np.zeros(3, int), np.zeros(3, int), EPOCHS)
    assert list(named(figure, "Learned").y) == [0, 0, 0]


def test_image_history_labels_only_changed_answers() -> None:
    answers = np.array([3, 3, 5, 255, 5, 5], np.uint8)
    sure = np.array([0.2, 0.3, 0.9, 0.0, 0.8, 0.7])
    figure = mistakes.image_history_chart(answers, sure, 5, [*EPOCHS, 2.0, 3.0, 4.0])
    right, wrong = named(figure, "Correct"), named(figure, "Wrong")
    assert list(right.x) == [2, 4, 5]
    assert list(right.text) == ["5", "5", ""]
    assert list(wrong.x) == [0, 1, 3]
    assert list(wrong.text) == ["3", "", "?"]
    np.testing.assert_allclose(right.y, [90, 80, 70])


def test_reliability_chart_shows_shares_with_intervals() -> None:
    figure = mistakes.reliability_chart(CALIBRATION)
    points = named(figure, "Original")
    np.testing.assert_allclose(points.x, [55, 99])
    np.testing.assert_allclose(points.y, [40, 98])
    low, high = accuracy_interval(0.4, 10)
    assert points.error_y.array[0] == pytest.approx(100 * high - 40, abs=0.01)
    assert points.error_y.arrayminus[0] == pytest.approx(40 - 100 * low, abs=0.01)
    assert points.error_y.visible
    diagonal = named(figure, "Calibrated")
    assert list(diagonal.x) == list(diagonal.y) == [0, 100]


def test_error_bars_are_on_the_scaled_answers_only() -> None:
    figure = mistakes.reliability_chart(CALIBRATION, CALIBRATION)
    assert not named(figure, "Original").error_y.visible
    assert named(figure, "At this temperature").error_y.visible
    figure = mistakes.confidence_chart(CALIBRATION, CALIBRATION)
    assert [trace.name for trace in figure.data] == ["Original", "At this temperature"]


def test_confidence_counts_are_at_the_middle_of_their_bins() -> None:
    (bars,) = mistakes.confidence_chart(CALIBRATION).data
    np.testing.assert_allclose(bars.x, [55, 95])
    np.testing.assert_array_equal(bars.y, [10, 200])


def test_fitted_and_chosen_temperature_are_marked_on_the_curve() -> None:
    temperatures, costs = [0.5, 1.0, 2.0, 4.0], np.array([0.4, 0.2, 0.1, 0.3])
    figure = mistakes.temperature_chart(temperatures, costs, fitted=2.0, chosen=1.0)
    _, fitted, chosen = figure.data
    assert (fitted.name, fitted.x[0], fitted.y[0]) == ("Fitted: 2", 2.0, pytest.approx(0.1))
    assert (chosen.name, chosen.x[0], chosen.y[0]) == ("Chosen: 1", 1.0, pytest.approx(0.2))
