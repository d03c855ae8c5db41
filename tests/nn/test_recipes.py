"""The recipes reach on real MNIST what they are said to reach."""

from dataclasses import replace

import pytest

from nn import TrainRecord, recipes, train
from nn.recipes import summaries
from nn.training import HasTrainTest


def run(name: str, dataset: HasTrainTest, epochs: int | None = None) -> list[TrainRecord]:
    """Return the records at the end of each epoch; the rest are checked for trouble and left."""
    config = recipes[name] if epochs is None else replace(recipes[name], epochs=epochs)
    return [record for record in train(config, dataset) if record.epoch == int(record.epoch)]


def test_every_recipe_is_described() -> None:
    assert list(summaries) == list(recipes)
    assert all(summary and "\n" not in summary for summary in summaries.values())


def test_only_the_published_experiments_read_the_test_images_as_they_go() -> None:
    for name, config in recipes.items():
        assert config.test_each_epoch == name.startswith("experiment")


@pytest.mark.parametrize(("name", "at_least"), [("fast-97", 0.972), ("fast-98", 0.980)])
def test_fast(mnist: HasTrainTest, name: str, at_least: float) -> None:
    records = run(name, mnist)
    assert len(records) == recipes[name].epochs
    last = records[-1]
    assert last.test_accuracy is not None
    assert last.test_accuracy >= at_least
    assert last.validation_accuracy is not None
    assert last.validation_accuracy >= at_least - 0.005
    assert not any(record.problem for record in records)


def test_experiment_a_with_16_and_16_units_says_one_to_everything(mnist: HasTrainTest) -> None:
    records = run("experiment-a-16-16", mnist, epochs=10)
    assert {record.test_accuracy for record in records} == {0.1135}  # the share of ones
    last = records[-1]
    assert last.network is not None
    assert set(last.network.predict_proba(mnist.test.images).argmax(axis=1)) == {1}
    assert last.problem is not None
    assert last.problem.name == "stuck at chance"


def test_experiment_a_with_128_units_learns_slowly(mnist: HasTrainTest) -> None:
    tested = [record.test_accuracy for record in run("experiment-a-128", mnist)]
    assert len(tested) == 100
    assert tested[19] == pytest.approx(0.89, abs=0.015)
    assert tested[99] == pytest.approx(0.94, abs=0.01)


def test_experiment_b_learns_with_a_wrong_gradient(mnist: HasTrainTest) -> None:
    tested = [record.test_accuracy for record in run("experiment-b", mnist)]
    assert len(tested) == 10
    assert 0.30 <= (tested[0] or 0) <= 0.45
    assert 0.75 <= (tested[9] or 0) <= 0.82
