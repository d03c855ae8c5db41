"""Architecture of a network: its name, and how many parameters and multiplications it has."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from nn.convolution import image_sides, place_counts


class LayerSize(NamedTuple):
    """Size of a layer with weights.

    Attributes
    ----------
    inputs, units : int
        Of a dense layer. A filter of a convolution is a unit, and the numbers of a patch are its
        inputs.
    places : int
        At which each filter is applied; 1 for a dense layer.
    """

    inputs: int
    units: int
    places: int = 1


@dataclass(frozen=True)
class Architecture:
    """Layers of a network; as a text their usual short form.

    "784-128-10" has 784 inputs and dense layers of 128 and 10 units. In "784-16C5S2-128-10" a
    convolution of 16 filters of 5 x 5 weights comes first, with a stride of 2; in
    "784-16C5-P2-128-10" max pooling of 2 x 2 follows it.

    Parameters
    ----------
    sizes, filters, kernel_size, shrink
        As in `nn.network.Network`.
    """

    sizes: tuple[int, ...]
    filters: tuple[int, ...] = ()
    kernel_size: int = 5
    shrink: str = "stride"

    def __str__(self) -> str:
        inputs, *units = self.sizes
        after = "-P2" if self.shrink == "pool" else "S2"
        convolutions = (f"{count}C{self.kernel_size}{after}" for count in self.filters)
        return "-".join(map(str, (inputs, *convolutions, *units)))

    @property
    def description(self) -> str:
        """The layers in words, such as "784 pixels → 128 hidden units → 10 outputs"."""
        inputs, *hidden, outputs = self.sizes
        size = f"{self.kernel_size} × {self.kernel_size}"
        shrink = "max pooling" if self.shrink == "pool" else "stride 2"
        return " → ".join(
            (
                f"{inputs} pixels",
                *(f"{count} filters of {size} ({shrink})" for count in self.filters),
                *(f"{units:,} hidden units" for units in hidden),
                f"{outputs} outputs",
            )
        )

    @property
    def summary(self) -> str:
        """The hidden layers in a few words, such as "8 and 40 filters, 128 hidden units"."""
        layers = (_listed(self.filters, "filter"), _listed(self.sizes[1:-1], "hidden unit"))
        return ", ".join(filter(None, layers)) or "no hidden layer"

    @property
    def depth(self) -> int:
        """Number of layers with weights."""
        return len(self.filters) + len(self.sizes) - 1

    @property
    def layer_sizes(self) -> Iterator[LayerSize]:
        """Size of each layer with weights, from the inputs up."""
        features = self.sizes[0]
        if self.filters:
            convolutions = math.isqrt(features), self.filters, self.kernel_size, self.shrink
            features = self.filters[-1] * image_sides(*convolutions)[-1] ** 2
            counts = zip(pairwise((1, *self.filters)), place_counts(*convolutions), strict=True)
            for (channels, filters), places in counts:
                yield LayerSize(channels * self.kernel_size**2, filters, places)
        for inputs, units in pairwise((features, *self.sizes[1:])):
            yield LayerSize(inputs, units)

    @property
    def parameters(self) -> int:
        """Number of weights and biases."""
        return sum((layer.inputs + 1) * layer.units for layer in self.layer_sizes)

    @property
    def multiplications(self) -> int:
        """Number of multiplications by a weight for the answer to one image."""
        return sum(layer.inputs * layer.units * layer.places for layer in self.layer_sizes)


def _listed(counts: tuple[int, ...], noun: str) -> str:
    """Return the counts of several layers with their noun, "" if there are none."""
    if not counts:
        return ""
    *first, last = (f"{count:,}" for count in counts)
    numbers = f"{', '.join(first)} and {last}" if first else last
    return f"{numbers} {noun}{'' if counts == (1,) else 's'}"
