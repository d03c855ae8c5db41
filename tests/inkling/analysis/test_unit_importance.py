"""Importance of units against networks with each unit switched off."""

import numpy as np
import pytest

from data_loader import Dataset, Split
from inkling.analysis import unit_importance
from inkling.analysis.unit_importance import UnitReport, unit_report
from inkling.data.unseen_images import unseen_images
from nn import Network, TrainConfig, Trainer, cnn, mlp
from nn.training import LabelledImages


def learned(tiny: Dataset, **settings: object) -> Network:
    config = TrainConfig(**({"validation_size": 300, "epochs": 2} | settings))  # type: ignore[arg-type]
    trainer = Trainer(config, tiny)
    while not trainer.finished:
        trainer.step()
    return trainer.network


def accuracy_without(network: Network, depth: int, unit: int, examples: LabelledImages) -> float:
    """Switch a unit off the long way: its activation is set to 0 for each image."""
    X = network.inputs(examples.images)
    for layer in [*network.layers, network.output_activation]:
        X = layer.apply(X)
        if layer is network.activation_layers[depth]:
            X[unit if X.ndim == 4 else (slice(None), unit)] = 0
    return float(np.mean(X.argmax(axis=1) == examples.labels))


@pytest.mark.parametrize(
    ("settings", "units"),
    [
        ({"hidden_sizes": (8,)}, (8,)),
        (
            {
                "hidden_sizes": (8,),
                "activation": "sigmoid",
                "output": "sigmoid",
                "loss": "mean-squared-error",
            },
            (8,),
        ),
        ({"hidden_sizes": (9, 7), "activation": "tanh"}, (9, 7)),
        ({"hidden_sizes": (9, 7, 6)}, (9, 7, 6)),
        ({"filters": (4, 5), "hidden_sizes": (6,)}, (4, 5, 6)),
        ({"filters": (3, 4), "shrink": "pool", "hidden_sizes": ()}, (3, 4)),
        ({"filters": (3,), "activation": "tanh", "hidden_sizes": (6,)}, (3, 6)),
    ],
)
def test_accuracy_drop_equals_that_of_a_network_with_the_unit_at_0(
    tiny: Dataset, settings: dict[str, object], units: tuple[int, ...]
) -> None:
    network = learned(tiny, dtype="float64", **settings)
    examples = unseen_images(None, "mnist", tiny).examples
    before = network.theta.copy()
    for depth, count in enumerate(units):
        report = unit_report(network, depth, examples)
        assert report.images == len(examples.labels)
        whole = float(np.mean(network.predict_proba(examples.images).argmax(1) == examples.labels))
        assert report.accuracy == whole
        for unit in range(count):
            without = accuracy_without(network, depth, unit, examples)
            assert report.accuracy_drop[unit] == pytest.approx(whole - without)
    assert np.array_equal(network.theta, before)


@pytest.fixture(scope="module")
def network(tiny: Dataset) -> Network:
    return learned(tiny, hidden_sizes=(12, 8))


@pytest.fixture(scope="module")
def report(tiny: Dataset, network: Network) -> UnitReport:
    return unit_report(network, 0, unseen_images(None, "mnist", tiny).examples)


def test_ranking_is_by_descending_accuracy_drop(report: UnitReport) -> None:
    assert sorted(report.ranking) == list(range(12))
    assert (np.diff(report.accuracy_drop[report.ranking]) <= 0).all()
    assert report.accuracy_drop.max() > 0


def test_equal_accuracy_drops_are_ranked_by_influence(tiny: Dataset) -> None:
    network = Network((784, 3, 10), theta=np.zeros(784 * 3 + 3 + 40))
    network.dense_layers[0].b[:] = 1  # every unit is 1 for every image
    network.dense_layers[1].W[:, 0] = [0.1, 0.3, 0.2]
    assert list(unit_report(network, 0, unseen_images(None, "mnist", tiny).examples).ranking) == [
        1,
        2,
        0,
    ]


def test_top_images_and_mean_activations_of_each_unit(
    tiny: Dataset, network: Network, report: UnitReport
) -> None:
    examples = unseen_images(None, "mnist", tiny).examples
    A = network.activations(network.inputs(examples.images))[0]
    for unit in range(12):
        assert (
            A[report.top_images[unit, 0], unit]
            == A[:, unit].max()
            == report.top_activations[unit, 0]
        )
        assert (np.diff(report.top_activations[unit]) <= 0).all()
        for digit in range(10):
            mean = A[examples.labels == digit, unit].mean()
            assert report.mean_activations[unit, digit] == pytest.approx(mean, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("shrink", ["stride", "pool"])
@pytest.mark.parametrize("depth", [0, 1])
def test_top_patches_of_a_filter_alone_have_its_top_activations(
    tiny: Dataset, shrink: str, depth: int
) -> None:
    network = learned(tiny, filters=(3, 4), shrink=shrink, hidden_sizes=(6,))
    examples = unseen_images(None, "mnist", tiny).examples
    report = unit_report(network, depth, examples)
    A = network.activations(network.inputs(examples.images))[depth]  # (filters, rows, columns, n)
    for unit in range(len(A)):
        peaks = A[unit].max(axis=(0, 1))
        assert report.top_activations[unit].tolist() == sorted(peaks, reverse=True)[:24]
        mean = A[unit][..., examples.labels == 3].mean()
        assert report.mean_activations[unit, 3] == pytest.approx(mean, rel=1e-4, abs=1e-6)
        patches = report.top_patches(examples.images, unit)
        assert patches.shape == (24, report.patch_side, report.patch_side)
        alone = np.zeros((24, 28, 28), np.uint8)
        alone[:, : report.patch_side, : report.patch_side] = patches
        seen = network.activations(network.inputs(alone))[depth][unit, 0, 0]
        assert seen == pytest.approx(report.top_activations[unit], rel=1e-4, abs=1e-6)


def test_top_patches_of_a_dense_unit_are_whole_images(tiny: Dataset, report: UnitReport) -> None:
    examples = unseen_images(None, "mnist", tiny).examples
    patches = report.top_patches(examples.images, 3)
    assert np.array_equal(patches, examples.images[report.top_images[3]])


def test_mean_activation_is_0_for_a_digit_without_images(tiny: Dataset, network: Network) -> None:
    examples = unseen_images(None, "mnist", tiny).examples
    only = Split(examples.images[examples.labels < 9], examples.labels[examples.labels < 9])
    mean_activations = unit_report(network, 0, only).mean_activations
    assert np.isfinite(mean_activations).all()
    assert not mean_activations[:, 9].any()


def test_smaller_budget_uses_fewer_images_then_fewer_units(tiny: Dataset, network: Network) -> None:
    examples = Split(tiny.train.images[-300:], tiny.train.labels[-300:])
    enough = unit_report(network, 0, examples, budget=200 * 12 * 20_000)
    assert enough.images >= 200
    little = unit_report(network, 0, examples, budget=1e6)
    assert little.images == 200
    known = np.isfinite(little.accuracy_drop)
    assert 1 <= known.sum() < 12
    assert known[little.ranking[: known.sum()]].all()
    assert sorted(little.ranking) == list(range(12))


def test_accuracy_with_saturated_outputs_is_that_of_the_predictions(tiny: Dataset) -> None:
    network = mlp((784, 30, 10), "sigmoid", "sigmoid", initialization="normal", initial_scale=20.0)
    answers = network.predict_proba(tiny.train.images).argmax(axis=1)
    logits = network.apply(network.inputs(tiny.train.images))
    assert (logits.argmax(axis=1) != answers).any(), "several outputs are exactly 1"
    report = unit_report(network, 0, tiny.train)
    right = answers[: report.images] == tiny.train.labels[: report.images]
    assert report.accuracy == right.mean()


def test_reports_are_read_only(report: UnitReport) -> None:
    with pytest.raises(ValueError, match="read-only"):
        report.ranking[0] = 1


def test_weight_images_are_products_of_the_weight_matrices(network: Network) -> None:
    W = [layer.W for layer in network.dense_layers]
    assert np.array_equal(unit_importance.weight_images(network, 0), W[0])
    assert np.allclose(unit_importance.weight_images(network, 1), W[0] @ W[1])


def test_weight_images_of_a_first_convolution_are_its_filters() -> None:
    network = cnn((3, 4), (784, 6, 10))
    images = unit_importance.weight_images(network, 0)
    assert np.array_equal(images[:, 1].reshape(5, 5), network.convolutions[0].W[1, 0])
    with pytest.raises(ValueError, match="convolution"):
        unit_importance.weight_images(network, 1)


def test_principal_map_agrees_with_the_singular_values(rng: np.random.Generator) -> None:
    A = rng.normal(size=(50, 20)) * np.linspace(5, 0.1, 20)
    coordinates, shares = unit_importance.principal_map(A)
    centred = A - A.mean(axis=0)
    singular = np.linalg.svd(centred, compute_uv=False)
    assert np.linalg.norm(coordinates, axis=0) == pytest.approx(singular[:2])
    assert shares == pytest.approx(singular[:2] ** 2 / (singular**2).sum())
    top_activations = np.abs(coordinates).argmax(axis=0)
    assert (coordinates[top_activations, [0, 1]] > 0).all()


def test_principal_map_of_constant_activations_is_0() -> None:
    coordinates, shares = unit_importance.principal_map(np.ones((5, 3), np.float32))
    assert not coordinates.any()
    assert not shares.any()
