"""The sparkline of a run contains its accuracies."""

import re
import xml.etree.ElementTree as ElementTree

from data_loader import Dataset
from inkling.charts.sparkline import HEIGHT, WIDTH, accuracy_sparkline
from nn import TrainConfig, train


def test_curve_goes_from_left_to_right_as_high_as_the_accuracy(tiny: Dataset) -> None:
    config = TrainConfig(hidden_sizes=(8,), epochs=2, batch_size=50, validation_size=100)
    history = list(train(config, tiny))
    picture = ElementTree.fromstring(accuracy_sparkline(history))
    [line] = [each for each in picture if each.tag.endswith("polyline")]
    pairs = re.findall(r"([\d.]+),([\d.]+)", line.get("points", ""))
    points = [(float(x), float(y)) for x, y in pairs]
    assert len(points) == len(history)
    assert points[-1][0] == WIDTH
    shares = [(HEIGHT - 2 - y) / (HEIGHT - 4) for _, y in points]
    for share, record in zip(shares, history, strict=True):
        assert abs(share - (record.validation_accuracy or 0)) < 0.01


def test_without_records_there_is_only_the_line_for_guessing() -> None:
    assert 'points=""' in accuracy_sparkline([])
