"""The data of charts as tables."""

import numpy as np

from inkling.charts import lessons, mistakes, style, sweeps
from inkling.charts.data_table import data_table


def test_curves_are_aligned_at_their_x() -> None:
    traces = [
        style.line_trace([(0, 2.5), (1, 1234)], name="Training"),
        style.line_trace([(1, float("nan")), (0.5, -0.25)], name="Training"),
    ]
    chart = style.line_figure(traces, {"title": "Epoch"}, {"title": "Cost"})
    assert data_table(chart) == {
        "Epoch": ["0", "0.5", "1"],
        "Training": ["2.5", "", "1,234"],
        "Training 2": ["", "−0.25", ""],
    }


def test_bars_have_their_counts_and_not_their_lengths() -> None:
    chart = mistakes.changes_chart(np.array([4, 100]), np.array([0, 9]), [0.1, 1])
    assert data_table(chart) == {
        "Epoch": ["0.1", "1"],
        "Learned": ["4", "100"],
        "Forgotten": ["0", "9"],
    }
    assert data_table(lessons.output_bar_chart(np.array([1.5, 2]), 1)) == {
        "Digit": ["0", "1"],
        "Output": ["1.5", "2"],
    }


def test_heatmaps_are_tables_of_the_values_on_their_cells() -> None:
    chart = sweeps.accuracy_map(["0.1", "1"], ["16", "32"], {}, ("Eta", "Hidden size"))
    assert data_table(chart) == {
        "Hidden size": ["16", "32"],
        "Eta 0.1": ["", ""],
        "Eta 1": ["", ""],
    }
    chart = mistakes.digits_over_time_chart(np.array([[0.5, 1]]), [0.25, 2], [None])
    assert data_table(chart) == {"Digit": ["0"], "Epoch 0.25": ["0.5"], "Epoch 2": ["1"]}


def test_points_at_one_x_have_a_row_each() -> None:
    points = {"type": "scatter", "x": [1, 1], "y": [90, 95.5], "hovertext": ["Ann", "Bo &amp; Co"]}
    chart = style.figure([points], {"title": "Eta"}, {"title": "Accuracy, %"})
    assert data_table(chart) == {
        "Name": ["Ann", "Bo & Co"],
        "Eta": ["1", "1"],
        "Accuracy, %": ["90", "95.5"],
    }
