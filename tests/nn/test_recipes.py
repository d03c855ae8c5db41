"""Recipes reach their documented accuracy on MNIST, with room for other BLAS kernels."""

from dataclasses import replace

import numpy as np
import pytest

from nn import TrainRecord, recipes, train
from nn.recipes import summaries
from nn.training import HasTrainTest


def run(name: str, dataset: HasTrainTest, epochs: int | None = None) -> list[TrainRecord]:
    """Return the records at the end of each epoch; all records are checked for problems."""
    config = recipes[name] if epochs is None else replace(recipes[name], epochs=epochs)
    return [record for record in train(config, dataset) if record.epoch == int(record.epoch)]


def test_every_recipe_is_described() -> None:
    assert list(summaries) == list(recipes)
    assert all(summary and "\n" not in summary for summary in summaries.values())


def test_only_published_experiments_test_each_epoch() -> None:
    for name, config in recipes.items():
        assert config.test_each_epoch == name.startswith("experiment")


@pytest.mark.parametrize(
    ("name", "at_least"), [("fast-97", 0.970), ("fast-98", 0.978), ("conv-99", 0.9885)]
)
def test_fast_recipes_reach_documented_accuracy(
    mnist: HasTrainTest, name: str, at_least: float
) -> None:
    records = run(name, mnist)
    assert len(records) == recipes[name].epochs
    last = records[-1]
    assert last.test_accuracy is not None
    assert last.test_accuracy >= at_least
    assert last.validation_accuracy is not None
    assert last.validation_accuracy >= at_least - 0.005
    assert not any(record.problem for record in records)


def test_experiment_a_with_16_and_16_units_always_predicts_1(mnist: HasTrainTest) -> None:
    records = run("experiment-a-16-16", mnist, epochs=10)
    assert {record.test_accuracy for record in records} == {0.1135}  # the share of ones
    last = records[-1]
    assert last.network is not None
    assert set(last.network.predict_proba(mnist.test.images).argmax(axis=1)) == {1}
    assert last.problem is not None
    assert last.problem.name == "stuck at chance"


def test_experiment_a_with_128_units_learns_slowly(mnist: HasTrainTest) -> None:
    tested = [record.test_accuracy or 0 for record in run("experiment-a-128", mnist, epochs=50)]
    assert len(tested) == 50
    # Raw pixels and long steps make the run chaotic: after 20 epochs kernels differ by 0.04.
    by_decade = [float(np.median(tested[k : k + 10])) for k in range(0, 50, 10)]
    assert by_decade[0] < by_decade[2] < by_decade[4]
    assert 0.75 < by_decade[1] < 0.93
    assert 0.88 < by_decade[4] < 0.95


def test_experiment_b_learns_with_a_wrong_gradient(mnist: HasTrainTest) -> None:
    tested = [record.test_accuracy or 0 for record in run("experiment-b", mnist)]
    assert len(tested) == 10
    assert 0.2 <= tested[0] <= 0.55
    assert 0.70 <= tested[9] <= 0.86
    assert tested[9] > tested[0] + 0.2
