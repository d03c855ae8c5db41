"""Architecture of a network: its text, its parameters and its multiplications."""

import pytest

from nn import TrainConfig, cnn, mlp
from nn.architecture import Architecture


@pytest.mark.parametrize(
    ("architecture", "text"),
    [
        (Architecture((784, 128, 10)), "784-128-10"),
        (Architecture((784, 10)), "784-10"),
        (Architecture((784, 128, 10), (16, 48)), "784-16C5S2-48C5S2-128-10"),
        (Architecture((784, 10), (8,), 3, "pool"), "784-8C3-P2-10"),
    ],
)
def test_text_names_every_layer(architecture: Architecture, text: str) -> None:
    assert str(architecture) == text


def test_kernel_size_and_shrink_without_convolutions_are_not_in_the_text() -> None:
    assert str(Architecture((784, 10), (), 3, "pool")) == "784-10"


def test_layers_and_multiplications_by_hand() -> None:
    # 8 filters of 3 x 3 at 26 x 26 places, halved to 13 x 13; 4 filters of 8 x 3 x 3 at 11 x 11
    # places, halved to 5 x 5; then 4 x 5 x 5 = 100 numbers to 10 units.
    architecture = Architecture((784, 10), (8, 4), 3, "pool")
    assert list(architecture.layer_sizes) == [(9, 8, 676), (72, 4, 121), (100, 10, 1)]
    assert architecture.depth == 3
    assert architecture.parameters == 80 + 292 + 1_010
    assert architecture.multiplications == 9 * 8 * 676 + 72 * 4 * 121 + 100 * 10


@pytest.mark.parametrize("shrink", ["stride", "pool"])
@pytest.mark.parametrize("filters", [(), (3,), (3, 5)])
def test_parameters_and_depth_are_those_of_the_network(
    filters: tuple[int, ...], shrink: str
) -> None:
    network = cnn(filters, (784, 7, 10), shrink=shrink, kernel_size=4)
    config = TrainConfig(filters=filters, hidden_sizes=(7,), shrink=shrink, kernel_size=4)
    assert network.architecture == config.architecture
    assert network.architecture.parameters == network.theta.size
    assert network.architecture.depth == len(network.parameters) / 2


def test_multiplications_of_a_dense_network_are_its_weights() -> None:
    architecture = mlp((784, 128, 10)).architecture
    assert architecture.multiplications == 784 * 128 + 128 * 10


@pytest.mark.parametrize(
    ("architecture", "text"),
    [
        (Architecture((784, 10)), "no hidden layer"),
        (Architecture((784, 1, 10)), "1 hidden unit"),
        (Architecture((784, 512, 256, 1_000, 10)), "512, 256 and 1,000 hidden units"),
        (Architecture((784, 128, 10), (16, 48), 3), "16 and 48 filters, 128 hidden units"),
        (Architecture((784, 10), (1,), 3, "pool"), "1 filter"),
    ],
)
def test_summary_counts_filters_and_hidden_units(architecture: Architecture, text: str) -> None:
    assert architecture.summary == text


def test_description_names_every_layer_in_words() -> None:
    assert Architecture((784, 1_000, 10)).description == (
        "784 pixels → 1,000 hidden units → 10 outputs"
    )
    assert Architecture((784, 10), (16, 48)).description == (
        "784 pixels → 16 filters of 5 × 5 (stride 2) → 48 filters of 5 × 5 (stride 2) → 10 outputs"
    )
    assert (
        "8 filters of 3 × 3 (max pooling)" in Architecture((784, 10), (8,), 3, "pool").description
    )
