"""Steps of a forward and backward pass, and the selected step, unit and weight."""

from typing import NamedTuple

import streamlit as st

from inkling.analysis.forward_backward import ForwardBackward

PIXELS, SUMS, ACTIVATIONS, LOSS = "pixels", "sums", "activations", "loss"
DELTA, GRADIENT, UPDATE, AFTER, CHECK = "delta", "gradient", "update", "after", "check"

STEP = "inside_digit_step"
LAYER = "inside_digit_layer"  # of the weight that is updated and checked
UNITS = "inside_digit_units"  # (model, layer) -> the unit that the visitor chose
SOURCES = "inside_digit_sources"  # (model, layer) -> the input that its weight comes from


class PassStep(NamedTuple):
    """Kind of a step, and its layer from 0; the last layer for steps of no layer."""

    kind: str
    layer: int

    @property
    def key(self) -> str:
        """Key of the step in the session."""
        return f"{self.kind} {self.layer}"


def pass_steps(layers: int) -> list[PassStep]:
    """Return the steps of both passes through a network, in order."""
    last = layers - 1
    forward = [PassStep(kind, k) for k in range(layers) for kind in (SUMS, ACTIVATIONS)]
    backward = [PassStep(kind, k) for k in reversed(range(layers)) for kind in (DELTA, GRADIENT)]
    learning = [PassStep(kind, last) for kind in (UPDATE, AFTER, CHECK)]
    return [PassStep(PIXELS, last), *forward, PassStep(LOSS, last), *backward, *learning]


def step_title(step: PassStep, layers: int) -> str:
    """Return the title of a step in the list of steps."""
    name = layer_name(step.layer, layers)
    output = step.layer == layers - 1
    return {
        PIXELS: "Forward: the pixels",
        SUMS: f"Forward: {'the logits' if output else f'weighted sums of {name}'}",
        ACTIVATIONS: f"Forward: {'the answer' if output else f'activations of {name}'}",
        LOSS: "Forward: the loss",
        DELTA: f"Backward: deltas of {name}",
        GRADIENT: f"Backward: gradient, {'outputs' if output else name}",
        UPDATE: "Learning: one weight, one step",
        AFTER: "Learning: the new answer",
        CHECK: "Check: the gradient once more",
    }[step.kind]


def layer_name(layer: int, layers: int) -> str:
    """Return a layer in words."""
    return "the outputs" if layer == layers - 1 else f"layer {layer + 1}"


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
        Input of the selected weight: a pixel, or a unit of the layer below.
    """

    passes: ForwardBackward
    model_id: str
    kind: str
    layer: int
    unit: int
    source: int

    @property
    def is_output(self) -> bool:
        """Whether the layer is the last."""
        return self.layer == len(self.passes.layers) - 1

    @property
    def layer_name(self) -> str:
        """The layer in words."""
        return layer_name(self.layer, len(self.passes.layers))

    @property
    def unit_name(self) -> str:
        """The unit in words."""
        return f"output {self.unit}" if self.is_output else f"unit {self.unit}"

    @property
    def source_name(self) -> str:
        """The source of the weight in words."""
        if self.layer > 0:
            return f"unit {self.source} of layer {self.layer}"
        row, column = divmod(self.source, self.passes.image.shape[1])
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


def select_source(view: StepView, source: int) -> None:
    """Store the input of the visitor's weight."""
    st.session_state[SOURCES][view.model_id, view.layer] = source


def is_backward(kind: str) -> bool:
    """Whether a step is about deltas."""
    return kind in (DELTA, GRADIENT, UPDATE, CHECK)
