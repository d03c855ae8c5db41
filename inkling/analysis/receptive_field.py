"""Receptive field: the pixels that one value of a feature map depends on."""

from typing import NamedTuple

from nn.convolution import Conv2D, MaxPool2D
from nn.network import Network


class ReceptiveField(NamedTuple):
    """A rectangle of pixels.

    Attributes
    ----------
    row, column : int
        Of its first pixel.
    rows, columns : int
    """

    row: int
    column: int
    rows: int
    columns: int


def receptive_field(
    network: Network, convolution: int, row: int, column: int, *, pooled: bool = False
) -> ReceptiveField:
    """Return the pixels that a place of a feature map depends on.

    Parameters
    ----------
    network : Network
        With convolutions.
    convolution : int
        From 0.
    row, column : int
        In the sums of the convolution.
    pooled : bool
        Whether they are those after the convolution's max pooling instead.

    Notes
    -----
    n rows of a convolution's sums depend on (n - 1) stride + kernel_size rows of its input, the
    first of them on row stride * first; max pooling is the same with its size for both.
    """
    convolutions = 0
    windows = []  # (stride, size) from the pixels up to the place
    for layer in network.layers:
        if isinstance(layer, Conv2D):
            if convolutions > convolution:
                break
            windows.append((layer.stride, layer.W.shape[-1]))
            convolutions += 1
        elif isinstance(layer, MaxPool2D) and (convolutions <= convolution or pooled):
            windows.append((layer.size, layer.size))
    rows = columns = 1
    for stride, size in reversed(windows):
        row, column = row * stride, column * stride
        rows, columns = ((n - 1) * stride + size for n in (rows, columns))
    return ReceptiveField(row, column, rows, columns)
