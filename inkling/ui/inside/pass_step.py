"""Steps of a forward and backward pass, and the selected step, unit and weight."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.analysis.forward_backward import ForwardBackward
from inkling.analysis.hidden_layers import layer_names
from inkling.analysis.layer_values import ConvolutionValues, LayerValues
from nn.network import Network

PIXELS, SUMS, ACTIVATIONS, LOSS = "pixels", "sums", "activations", "loss"
DELTA, GRADIENT, UPDATE, AFTER, CHECK = "delta", "gradient", "update", "after", "check"
POOLING, FLATTEN, POOLING_BACK = "pooling", "flatten", "pooling back"  # of convolutions only

_OF_NO_LAYER = (PIXELS, LOSS, UPDATE, AFTER, CHECK)

FORWARD, BACKWARD, LEARNING = "Forward", "Backward", "Learning"

STEP = "inside_digit_step"
PARAMETER = "step"  # of the address
LAYER = "inside_digit_layer"  # of the weight that is updated and checked
UNITS = "inside_digit_units"  # (model, layer) -> the unit that the visitor chose
SOURCES = "inside_digit_sources"  # (model, layer) -> the input that its weight comes from


class PassStep(NamedTuple):
    """Kind of a step, and its layer from 0; the last layer for steps of no layer."""

    kind: str
    layer: int

    @property
    def key(self) -> str:
        """Name of the step in the session and in the address, such as ``sums-1``."""
        name = self.kind.replace(" ", "-")
        return name if self.kind in _OF_NO_LAYER else f"{name}-{self.layer + 1}"


def phase(kind: str) -> str:
    """Return which part of the passes a kind of step belongs to."""
    if kind in (UPDATE, AFTER, CHECK):
        return LEARNING
    return BACKWARD if is_backward(kind) else FORWARD


def pass_steps(network: Network) -> list[PassStep]:
    """Return the steps of both passes through a network, in order."""
    convolutions = len(network.convolutions)
    layers = range(len(network.weighted_layers))
    last = len(layers) - 1
    has_pooling = network.shrink == "pool"

    def forward(k: int) -> list[str]:
        pooling = [POOLING] if k < convolutions and has_pooling else []
        return [SUMS, *pooling, ACTIVATIONS, *([FLATTEN] if k == convolutions - 1 else [])]

    def backward(k: int) -> list[str]:
        pooling = [POOLING_BACK] if k < convolutions and has_pooling else []
        return [DELTA, *pooling, GRADIENT]

    return [
        PassStep(PIXELS, last),
        *(PassStep(kind, k) for k in layers for kind in forward(k)),
        PassStep(LOSS, last),
        *(PassStep(kind, k) for k in reversed(layers) for kind in backward(k)),
        *(PassStep(kind, last) for kind in (UPDATE, AFTER, CHECK)),
    ]


def step_title(step: PassStep, network: Network) -> str:
    """Return the title of a step in the list of steps."""
    name = layer_name(step.layer, network)
    output = step.layer == len(network.weighted_layers) - 1
    return {
        PIXELS: "Forward: the pixels",
        SUMS: f"Forward: {'the logits' if output else f'weighted sums of {name}'}",
        POOLING: f"Forward: max pooling of {name}",
        ACTIVATIONS: f"Forward: {'the answer' if output else f'activations of {name}'}",
        FLATTEN: "Forward: the feature maps as one row",
        LOSS: "Forward: the cost",
        DELTA: f"Backward: deltas of {name}",
        POOLING_BACK: f"Backward: max pooling of {name}",
        GRADIENT: f"Backward: gradient, {'outputs' if output else name}",
        UPDATE: "Learning: one weight, one step",
        AFTER: "Learning: the new answer",
        CHECK: "Learning: check of a gradient",
    }[step.kind]


def layer_name(layer: int, network: Network) -> str:
    """Return a layer in words; convolutions and dense layers are counted together."""
    names = layer_names(network)
    return "the outputs" if layer == len(names) - 1 else names[layer].lower()


class StepView(NamedTuple):
    """A step on one digit, with the selected unit and weight.

    Attributes
    ----------
    passes : ForwardBackward
    model_id : str
    kind : str
    layer : int
        In `passes.layers`.
    unit : int
        Of that layer.
    source : int
        Place of the selected weight among those of the unit: a pixel, a unit of the layer below, or
        a weight of a filter.
    """

    passes: ForwardBackward
    model_id: str
    kind: str
    layer: int
    unit: int
    source: int

    @property
    def values(self) -> LayerValues:
        """The values of the layer."""
        return self.passes.layers[self.layer]

    @property
    def convolution(self) -> ConvolutionValues:
        """The values of the layer, which is a convolution."""
        assert isinstance(self.values, ConvolutionValues)
        return self.values

    @property
    def is_convolution(self) -> bool:
        """Whether the layer is a convolution."""
        return isinstance(self.values, ConvolutionValues)

    @property
    def is_output(self) -> bool:
        """Whether the layer is the last."""
        return self.layer == len(self.passes.layers) - 1

    @property
    def layer_name(self) -> str:
        """The layer in words."""
        return layer_name(self.layer, self.passes.network)

    @property
    def unit_name(self) -> str:
        """The unit in words; of a convolution, its filter."""
        if self.is_convolution:
            return f"filter {self.convolution.place(self.unit)[0]}"
        return f"output {self.unit}" if self.is_output else f"unit {self.unit}"

    @property
    def source_shape(self) -> tuple[int, ...]:
        """What the sources of a unit are: (units,), (rows, columns), or (maps, rows, columns)."""
        if self.is_convolution:
            return tuple(self.values.W.shape[1:])
        if self.layer == 0:
            return tuple(self.passes.image.shape)
        return tuple(self.passes.layers[self.layer - 1].A.shape)

    @property
    def source_place(self) -> tuple[int, ...]:
        """Place of the source in `source_shape`."""
        return tuple(int(index) for index in np.unravel_index(self.source, self.source_shape))

    @property
    def weight_name(self) -> str:
        """The selected weight in words."""
        if not self.is_convolution:
            return f"from {self.source_name} to {self.unit_name}"
        channel, row, column = self.source_place
        below = f" for feature map {channel}" if self.source_shape[0] > 1 else ""
        return f"in row {row}, column {column} of {self.unit_name}{below}"

    @property
    def source_name(self) -> str:
        """Where the weight of a dense layer comes from, in words."""
        if self.layer > 0 and len(self.source_shape) == 1:
            return f"unit {self.source} of layer {self.layer}"
        *maps, row, column = self.source_place
        if maps:
            return f"row {row}, column {column} of feature map {maps[0]}"
        return f"the pixel in row {row}, column {column}"


def step_view(passes: ForwardBackward, model_id: str, step: PassStep) -> StepView:
    """Return a step with the chosen unit and weight, by default of the largest gradient."""
    layer = step.layer
    if step.kind in (UPDATE, CHECK):
        layer = min(st.session_state.get(LAYER, 0), len(passes.layers) - 1)
    place = model_id, layer
    unit = st.session_state.setdefault(UNITS, {}).get(place)
    source, unit = passes.largest_gradient(layer, unit)
    source = st.session_state.setdefault(SOURCES, {}).get(place, source)
    return StepView(passes, model_id, step.kind, layer, unit, source)


def select_unit(view: StepView, unit: int) -> None:
    """Store the visitor's unit of the step's layer."""
    st.session_state[UNITS][view.model_id, view.layer] = unit


def is_unit_selected(view: StepView) -> bool:
    """Whether the visitor selected the unit."""
    return (view.model_id, view.layer) in st.session_state[UNITS]


def is_weight_selected(view: StepView) -> bool:
    """Whether the visitor selected the weight, or the unit that it leads to."""
    return is_unit_selected(view) or (view.model_id, view.layer) in st.session_state[SOURCES]


def select_source(view: StepView, source: int) -> None:
    """Store the input of the visitor's weight."""
    st.session_state[SOURCES][view.model_id, view.layer] = source


def is_backward(kind: str) -> bool:
    """Whether a step is about deltas."""
    return kind in (DELTA, POOLING_BACK, GRADIENT, UPDATE, CHECK)
