"""Convolution, max pooling and the change of shape, each by itself."""

import numpy as np
import pytest

from nn.convolution import (
    SHRINK,
    Conv2D,
    Flatten,
    MaxPool2D,
    Unflatten,
    image_sides,
    numbers_per_image,
    place_counts,
)
from nn.layers import Layer


def images_last(*images: list) -> np.ndarray:
    """Return images (channels, rows, columns) as a batch (channels, rows, columns, n)."""
    return np.stack([np.array(image, np.float64) for image in images], axis=-1)


def random_conv(
    rng: np.random.Generator, channels: int, filters: int, kernel_size: int, stride: int = 1
) -> Conv2D:
    layer = Conv2D(channels, filters, kernel_size, stride, np.float64)
    for parameter in layer.parameters:
        parameter[:] = rng.normal(size=parameter.shape)
    return layer


def test_convolution_by_hand() -> None:
    """One filter of 2 x 2, moved over 3 x 3 pixels."""
    layer = Conv2D(1, 1, 2, dtype=np.float64)
    layer.W[:] = [[[[1, 0], [0, -1]]]]  # upper left less lower right
    layer.b[:] = 0.5
    X = images_last([[[1, 2, 0], [0, 1, 3], [2, 0, 1]]])
    # 1 - 1 + 0.5, 2 - 3 + 0.5; 0 - 0 + 0.5, 1 - 1 + 0.5
    np.testing.assert_array_equal(layer.forward(X)[0, :, :, 0], [[0.5, -0.5], [0.5, 0.5]])

    dX = layer.backward(images_last([[[1, 2], [3, 4]]]))
    # dW: pixels under each weight times dZ. Upper left: 1*1 + 2*2 + 0*3 + 1*4;
    # upper right: 2*1 + 0*2 + 1*3 + 3*4; lower left: 0*1 + 1*2 + 2*3 + 0*4; 1*1 + 3*2 + 0*3 + 1*4
    np.testing.assert_array_equal(layer.dW, [[[[9, 17], [8, 11]]]])
    np.testing.assert_array_equal(layer.db, [10])
    # dX: dZ under the weight 1, less dZ one row and column further under the weight -1.
    np.testing.assert_array_equal(dX[0, :, :, 0], [[1, 2, 0], [3, 3, -2], [0, -3, -4]])


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_convolution_follows_its_formula(stride: int, rng: np.random.Generator) -> None:
    """Z, dW and dX by the formula, number by number."""
    layer = random_conv(rng, 2, 3, 3, stride)
    X = rng.normal(size=(2, 7, 6, 4))
    Z = layer.forward(X)
    dZ = rng.normal(size=Z.shape)
    dX = layer.backward(dZ)
    assert Z.shape == (3, (7 - 3) // stride + 1, (6 - 3) // stride + 1, 4)

    expected_Z, dW, expected_dX = np.empty_like(Z), np.zeros_like(layer.W), np.zeros_like(X)
    for f, r, s in np.ndindex(Z.shape[:3]):
        under = np.s_[:, r * stride : r * stride + 3, s * stride : s * stride + 3]
        expected_Z[f, r, s] = layer.b[f] + np.einsum("cij,cijn->n", layer.W[f], X[under])
        dW[f] += np.einsum("cijn,n->cij", X[under], dZ[f, r, s])
        expected_dX[under] += np.multiply.outer(layer.W[f], dZ[f, r, s])
    np.testing.assert_allclose(Z, expected_Z, atol=1e-12)
    np.testing.assert_allclose(layer.dW, dW, atol=1e-12)
    np.testing.assert_allclose(layer.db, dZ.sum(axis=(1, 2, 3)), atol=1e-12)
    np.testing.assert_allclose(dX, expected_dX, atol=1e-12)


def test_max_pooling_by_hand() -> None:
    layer = MaxPool2D(2, np.float64)
    X = images_last([[[1, 5, 2, 2, 9], [3, 4, 2, 2, 9], [8, 8, 8, 8, 8]]])
    # The last column and the last row do not fill a square.
    np.testing.assert_array_equal(layer.forward(X)[0, :, :, 0], [[5, 2]])
    dX = layer.backward(images_last([[[10, 20]]]))
    # Of the four equal numbers the first gets the gradient.
    expected = [[0, 10, 20, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]]
    np.testing.assert_array_equal(dX[0, :, :, 0], expected)


def test_squares_of_three_are_pooled() -> None:
    X = np.arange(36.0).reshape(1, 6, 6, 1)
    layer = MaxPool2D(3, np.float64)
    np.testing.assert_array_equal(layer.forward(X)[0, :, :, 0], [[14, 17], [32, 35]])
    dX = layer.backward(np.ones((1, 2, 2, 1)))
    np.testing.assert_array_equal(np.flatnonzero(dX), [14, 17, 32, 35])


def test_flatten_and_unflatten_by_hand() -> None:
    """Two images of one row and two columns, in two channels."""
    rows = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]])
    images = images_last([[[1, 2]], [[3, 4]]], [[[5, 6]], [[7, 8]]])
    unflatten, flatten = Unflatten(2, 1, 2, np.float64), Flatten(np.float64)
    np.testing.assert_array_equal(unflatten.forward(rows), images)
    np.testing.assert_array_equal(unflatten.backward(images), rows)
    np.testing.assert_array_equal(flatten.forward(images), rows)
    np.testing.assert_array_equal(flatten.backward(rows), images)


LAYERS = [
    (Conv2D, 2, 3, 3, 1),
    (Conv2D, 2, 3, 3, 2),
    (MaxPool2D,),
    (Flatten,),
    (Unflatten, 2, 6, 5),
]


@pytest.mark.parametrize(
    "arguments", LAYERS, ids=lambda a: "-".join([a[0].__name__, *map(str, a[1:])])
)
def test_apply_equals_forward_and_stores_nothing(
    arguments: tuple, rng: np.random.Generator
) -> None:
    """In float32, to the bit, for batches of any size, between forward and backward."""
    kind, *numbers = arguments
    layer: Layer = kind(*numbers)
    for parameter in layer.parameters:
        parameter[:] = rng.normal(size=parameter.shape)
    for n in (5, 2, 0, 9, 1):
        shape = (n, 60) if kind is Unflatten else (2, 6, 5, n)
        X, other = rng.normal(size=(2, *shape)).astype(np.float32)
        given = X.copy()
        Y = layer.forward(X)
        assert Y.dtype == np.float32
        before = Y.copy()
        dY = rng.normal(size=Y.shape).astype(np.float32)
        dX = layer.backward(dY).copy()
        np.testing.assert_array_equal(layer.apply(X), before)
        layer.forward(X)
        layer.apply(other)
        np.testing.assert_array_equal(Y, before)
        np.testing.assert_array_equal(layer.backward(dY), dX)
        np.testing.assert_array_equal(X, given)


def test_batches_of_one_size_reuse_their_memory(rng: np.random.Generator) -> None:
    layer = random_conv(rng, 2, 3, 3)
    X = rng.normal(size=(2, 6, 5, 4))
    Z = layer.forward(X)
    dX = layer.backward(Z.copy())
    assert np.shares_memory(layer.forward(X), Z)
    assert np.shares_memory(layer.backward(Z.copy()), dX)


def test_the_first_convolution_computes_no_input_gradient(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    layer = random_conv(rng, 1, 3, 3)
    layer.is_first = True
    monkeypatch.setattr(layer, "input_gradient", None)  # would fail if called
    Z = layer.forward(rng.normal(size=(1, 6, 5, 4)))
    layer.backward(np.ones_like(Z))
    np.testing.assert_array_equal(layer.db, [48, 48, 48])


def test_sides_places_and_numbers_of_an_image() -> None:
    # 28 pixels: (28 - 5) // 2 + 1 = 12 places a row, then (12 - 5) // 2 + 1 = 4
    assert image_sides(28, (16, 48), 5, "stride") == [28, 12, 4]
    assert place_counts(28, (16, 48), 5, "stride") == [12**2, 4**2]
    assert numbers_per_image(28, (16, 48), 5, "stride") == 41 * 12**2 + (16 * 25 + 48) * 4**2
    # 28 - 4 = 24 places, half of them after pooling, then 12 - 4 = 8
    assert image_sides(28, (16, 32), 5, "pool") == [28, 12, 4]
    assert place_counts(28, (16, 32), 5, "pool") == [24**2, 8**2]


@pytest.mark.parametrize("shrink", SHRINK)
def test_too_small_images_are_refused_in_words(shrink: str) -> None:
    with pytest.raises(ValueError, match=r"convolution 3 gets images of 4 . 4 pixels, too few"):
        image_sides(28, (4, 4, 4), 5, shrink)


def test_unknown_ways_to_shrink_are_refused() -> None:
    with pytest.raises(ValueError, match="shrink: one of 'stride', 'pool', not 'none'"):
        image_sides(28, (4,), 5, "none")
