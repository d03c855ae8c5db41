"""Receptive fields against the pixels that really change a number of a feature map."""

import numpy as np
import pytest

from inkling.analysis.receptive_field import ReceptiveField, receptive_field
from nn import cnn
from nn.convolution import Conv2D, MaxPool2D

SIDE = 13


@pytest.mark.parametrize(
    ("shrink", "convolution", "pooled", "place"),
    [
        ("stride", 0, False, (2, 1)),
        ("stride", 1, False, (0, 1)),
        ("pool", 0, False, (9, 4)),
        ("pool", 0, True, (4, 2)),
        ("pool", 1, False, (1, 2)),
        ("pool", 1, True, (0, 0)),
    ],
)
def test_field_is_where_pixels_change_the_number(
    shrink: str,
    convolution: int,
    pooled: bool,
    place: tuple[int, int],
    rng: np.random.Generator,
) -> None:
    net = cnn((2, 3), (SIDE**2, 4), "tanh", kernel_size=3, shrink=shrink, dtype=np.float64)
    net.theta[:] = rng.normal(0, 0.3, net.theta.shape)
    last = net.layers.index(net.convolutions[convolution]) + pooled
    assert isinstance(net.layers[last], MaxPool2D if pooled else Conv2D)

    def numbers(X: np.ndarray) -> np.ndarray:
        for layer in net.layers[: last + 1]:
            X = layer.apply(X)
        return X[:, place[0], place[1]]

    changes = np.zeros(SIDE**2, bool)
    for size in np.linspace(-3, 3, 20):  # max pooling lets few of them through
        X = rng.normal(0, 0.5, (1, SIDE**2))
        moved = np.repeat(X, SIDE**2, axis=0) + size * np.eye(SIDE**2)
        # A batch of another size is rounded otherwise.
        changes |= (np.abs(numbers(moved) - numbers(X)) > 1e-9).any(axis=0)
    field = receptive_field(net, convolution, *place, pooled=pooled)
    expected = np.zeros((SIDE, SIDE), bool)
    expected[field.row : field.row + field.rows, field.column : field.column + field.columns] = True
    np.testing.assert_array_equal(changes.reshape(SIDE, SIDE), expected)


def test_field_of_two_convolutions_by_hand() -> None:
    """Row 1 of the second map: rows 2 to 6 of the first, rows 4 to 2 * 6 + 4 of the pixels."""
    net = cnn((2, 2), (784, 10))
    assert receptive_field(net, 0, 3, 0) == ReceptiveField(6, 0, 5, 5)
    assert receptive_field(net, 1, 1, 0) == ReceptiveField(4, 0, 13, 13)
