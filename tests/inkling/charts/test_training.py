"""Charts of a training run contain its records."""

from dataclasses import replace

import pytest

from data_loader import Dataset
from inkling.charts import training
from nn import TrainConfig, TrainRecord, train

CONFIG = TrainConfig(hidden_sizes=(8,), epochs=3, batch_size=50, validation_size=100)


@pytest.fixture(scope="module")
def history(tiny: Dataset) -> list[TrainRecord]:
    return list(train(CONFIG, tiny))


def curve(figure, name: str):  # type: ignore[no-untyped-def]
    return next(trace for trace in figure.data if trace.name == name)


def test_cost_chart_shows_training_and_validation_cost_by_epoch(history: list[TrainRecord]) -> None:
    figure = training.cost_chart(history, 3)
    assert list(curve(figure, "Training").x) == [record.epoch for record in history]
    assert list(curve(figure, "Training").y) == [record.train_loss for record in history]
    assert list(curve(figure, "Validation").y) == [record.validation_loss for record in history]
    assert tuple(figure.layout.xaxis.range) == (0, 3)


def test_accuracy_chart_is_in_percent(history: list[TrainRecord]) -> None:
    figure = training.accuracy_chart(history, 3)
    expected = [100 * (record.validation_accuracy or 0) for record in history]
    assert list(curve(figure, "Validation").y) == expected


def test_test_curve_is_drawn_only_if_reported_after_each_epoch(
    history: list[TrainRecord], tiny: Dataset
) -> None:
    assert "Test" not in [trace.name for trace in training.accuracy_chart(history, 3).data]
    config = TrainConfig(hidden_sizes=(8,), epochs=3, validation_size=0, test_each_epoch=True)
    figure = training.accuracy_chart(list(train(config, tiny)), 3)
    assert list(curve(figure, "Test").x) == [1, 2, 3]


def test_charts_without_records_have_fixed_axis_ranges() -> None:
    assert tuple(training.cost_chart([], 2).layout.yaxis.range) == (0, 2.5)
    assert tuple(training.accuracy_chart([], 2).layout.yaxis.range) == (0, 100)


def test_long_curves_are_thinned_out_but_keep_both_ends(history: list[TrainRecord]) -> None:
    figure = training.cost_chart(history * 100, 3)
    x = curve(figure, "Training").x
    assert len(x) == 400
    assert (x[0], x[-1]) == (history[0].epoch, history[-1].epoch)


def test_labels_of_curves_name_the_last_values_and_do_not_overlap(
    history: list[TrainRecord],
) -> None:
    figure = training.accuracy_chart(history, 3)
    labels = [note for note in figure.layout.annotations if "<br>" in note.text]
    last = history[-1]
    assert {label.text for label in labels} == {
        f"Training<br>{last.train_accuracy:.1%}",
        f"Validation<br>{last.validation_accuracy:.1%}",
    }
    pixels = (figure.layout.height - figure.layout.margin.t - figure.layout.margin.b) / 100
    heights = sorted(label.y * pixels + label.yshift for label in labels)
    assert heights[0] >= 16
    assert heights[1] <= 100 * pixels
    assert heights[1] - heights[0] >= 32


def test_accuracy_chart_has_a_line_for_guessing() -> None:
    figure = training.accuracy_chart([], 2)
    assert [note.text for note in figure.layout.annotations] == ["guessing: 10%"]
    assert [line.y0 for line in figure.layout.shapes] == [10]


def test_no_line_crosses_the_label_of_guessing() -> None:
    figure = training.accuracy_chart([], 2, {1.5: "eta 1"})
    label = next(note for note in figure.layout.annotations if "guessing" in note.text)
    assert (label.y, label.yanchor) == (0, "bottom")  # below the line at 10
    mark = next(line for line in figure.layout.shapes if line.x0 == line.x1 == 1.5)
    assert mark.y0 == 0.1


def test_labels_of_curves_that_learned_nothing_are_above_the_line_of_guessing(
    history: list[TrainRecord],
) -> None:
    untrained = replace(
        history[-1], train_accuracy=0.1, validation_accuracy=0.05, test_accuracy=None
    )
    layout = training.accuracy_chart([untrained], 3).layout
    pixels = (layout.height - layout.margin.t - layout.margin.b) / 100
    labels = [note for note in layout.annotations if "<br>" in note.text]
    bottoms = sorted(label.y * pixels + label.yshift - 16 for label in labels)
    assert bottoms == pytest.approx([10 * pixels, 10 * pixels + 32])


def test_marks_are_lines_with_labels(history: list[TrainRecord]) -> None:
    figure = training.cost_chart(history, 3, {1.5: "eta 0.5"})
    assert [(line.x0, line.x1) for line in figure.layout.shapes] == [(1.5, 1.5)]
    assert "eta 0.5" in [note.text for note in figure.layout.annotations]


def test_curve_that_overflowed_has_an_axis_of_its_finite_values(
    history: list[TrainRecord],
) -> None:
    broken = replace(history[-1], train_loss=float("nan"), validation_loss=1e30)
    highest = training.cost_chart([*history, broken], 3).layout.yaxis.range[1]
    assert highest == 1.05 * max(
        max(record.train_loss, record.validation_loss or 0) for record in history
    )
