"""Explanation of each step: words, formula, and the functions that compute it."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from inkling.charts.number_format import format_number, percent
from inkling.ui.inside.notation import format_factor as factor
from inkling.ui.inside.notation import (
    index_list,
    latex_number,
    layer_input_symbol,
    subscript,
    with_shape,
)
from inkling.ui.inside.pass_step import (
    ACTIVATIONS,
    AFTER,
    CHECK,
    DELTA,
    GRADIENT,
    LOSS,
    PIXELS,
    SUMS,
    UPDATE,
    StepView,
)
from nn.gradient_check import gradient_check
from nn.historical import NormalizedSigmoid
from nn.layers import Dense
from nn.network import Network
from nn.optimizers import SGD


class Explanation(NamedTuple):
    """A step in words, as a formula in LaTeX, and the functions of `nn` that compute it."""

    words: str
    formula: str
    code: tuple[Callable[..., Any], ...]


def _explain_pixels(view: StepView) -> Explanation:
    scale = view.passes.network.input_scale
    usual = np.isclose(scale, 1 / 255)
    how = (
        "divided by 255, so that they lie between 0 and 1"
        if usual
        else f"times {format_number(scale)}"
    )
    factor = r"\tfrac{1}{255}" if usual else latex_number(scale)
    height, width = view.passes.image.shape
    if view.passes.network.filters:
        taken = f"as an image, {how}. Its filters look at neighbours together."
        shape: tuple[int, ...] = (1, height, width)
    else:
        taken = f"as one long row of numbers, {how}. It does not know which of them are neighbours."
        shape = 1, height * width
    return Explanation(
        f"The image is {height} × {width} pixels, from 0 for paper to 255 for ink. The network "
        f"takes them {taken}",
        rf"{with_shape('X', *shape)} = {factor}\;" + with_shape(r"\text{pixels}", height, width),
        (Network.inputs,),
    )


def _explain_sums(view: StepView) -> Explanation:
    values = view.passes.layers[view.layer]
    inputs, units = values.W.shape
    products = float(view.passes.contributions(view.layer, view.unit).sum())
    if view.layer == 0:
        incoming = "pixel"
    elif len(view.source_shape) > 1:
        incoming = "number of the feature maps"
    else:
        incoming = f"activation of layer {view.layer}"
    kind = " The sums of the outputs are called logits." if view.is_output else ""
    k = view.layer + 1
    return Explanation(
        f"Each unit of {view.layer_name} has a weight for every {incoming}. It multiplies the "
        f"two, adds up all products, and adds its bias.{kind} For **{view.unit_name}** the "
        f"{inputs:,} products add up to {format_number(products)}, the bias is "
        f"{format_number(values.b[view.unit])}: the sum is "
        f"**{format_number(values.Z[view.unit])}**.",
        f"{with_shape(subscript('Z', k), 1, units)} = "
        f"{with_shape(layer_input_symbol(view), 1, inputs)}\\;"
        f"{with_shape(subscript('W', k), inputs, units)} + {with_shape(subscript('b', k), units)}",
        (Dense.apply,),
    )


def _explain_activations(view: StepView) -> Explanation:
    values, network = view.passes.layers[view.layer], view.passes.network
    name = network.output if view.is_output else network.activation
    units, k = len(values.b), view.layer + 1
    words = values.activation.description
    if view.is_output:
        P = view.passes.probabilities
        answer, share = P.argmax(), percent(float(P.max()))
        if name == "sigmoid":
            words += (
                " Each output is a score of its own, and the largest one is the answer. The "
                f"network answers **{answer}**; of the sum of all scores that is {share}."
            )
        else:
            words += f" The network answers **{answer}**, with {share}."
    else:
        if name == "relu":
            words += f" {np.count_nonzero(values.A)} of {units} units are on."
        words += (
            " Without such a bend, all layers together could do no more than one. "
            f"**{view.unit_name.capitalize()}** turns {format_number(values.Z[view.unit])} into "
            f"{format_number(values.A[view.unit])}."
        )
    return Explanation(
        words,
        f"{with_shape(subscript('A', k), 1, units)} = "
        f"{values.activation.formula.format(z=subscript('Z', k))}",
        (type(values.activation).apply,),
    )


def _explain_loss(view: StepView) -> Explanation:
    passes, k = view.passes, len(view.passes.layers)
    A, label = passes.layers[-1].A, passes.label
    formula = passes.loss.formula.format(
        A=with_shape(subscript("A", k), 1, len(A)), Y=with_shape("Y", 1, len(A)), label=label
    )
    return Explanation(
        "The cost, also called loss, is one number for how wrong that is. The label is "
        f"**{label}**, and the network's output for the {label} is {format_number(A[label])}. "
        f"{passes.loss.description}",
        f"L = {formula} = {latex_number(passes.loss_value)}",
        (type(passes.loss).value,),
    )


def _explain_delta(view: StepView) -> Explanation:
    passes, k = view.passes, view.layer + 1
    values, units = passes.layers[view.layer], len(passes.layers[view.layer].b)
    delta = with_shape(rf"\delta_{{{k}}}", 1, units)
    own = f"For **{view.unit_name}** it is {format_number(values.delta[view.unit])}."
    if view.is_output:
        meaning = (
            "Now back. The delta of a unit says how fast the cost grows if the unit's sum grows. "
        )
        loss, activation = passes.loss, values.activation
        slope = activation.slope.format(A=subscript("A", k))
        formula = loss.delta_formula.format(
            A=with_shape(subscript("A", k), 1, units),
            Y=with_shape("Y", 1, units),
            times_slope=f"{activation.slope_product} {slope}",
        )
        words = loss.delta_description.format(label=passes.label)
        if isinstance(activation, NormalizedSigmoid):
            words += (
                " The experiment that this network reproduces leaves out the division by the sum."
            )
        code: tuple[Callable[..., Any], ...] = (type(loss).backward,)
        if "{times_slope}" in loss.delta_formula:
            code += (type(activation).gradient,)
        return Explanation(f"{meaning}{words} {own}", f"{delta} = {formula}", code)
    above = len(passes.layers[view.layer + 1].b)
    delta_above = with_shape(rf"\delta_{{{k + 1}}}", 1, above)
    weights = with_shape(rf"W_{{{k + 1}}}^\top", above, units)
    slope = with_shape(values.activation.slope.format(A=subscript("A", k)), 1, units)
    return Explanation(
        f"Each unit of layer {k} gets its share of the deltas above it, in proportion to "
        "the weights that connect them. What comes back is multiplied by the slope of its "
        f"activation: {values.activation.flat}. {own}",
        rf"{delta} = \big({delta_above}\;{weights}\big) {values.activation.slope_product} {slope}",
        (
            Dense.input_gradient,
            type(values.activation).gradient,
        ),
    )


def _explain_gradient(view: StepView) -> Explanation:
    values = view.passes.layers[view.layer]
    inputs, units = values.W.shape
    k, source, unit = view.layer + 1, view.source, view.unit
    incoming = with_shape(rf"{layer_input_symbol(view)}^\top", inputs, 1)
    delta = with_shape(rf"\delta_{{{k}}}", 1, units)
    return Explanation(
        "The gradient of a weight says how fast the cost grows if the weight grows: what came in "
        "through it, times the delta of the unit that it leads to. From "
        f"**{view.source_name}** to **{view.unit_name}**: {format_number(values.X[source])} × "
        f"{factor(values.delta[unit])} = **{format_number(values.dW[source, unit])}**.",
        rf"{with_shape(subscript('dW', k), inputs, units)} = {incoming}\;{delta},"
        rf"\quad {subscript('db', k)} = \delta_{{{k}}}",
        (Dense.parameter_gradients,),
    )


def _explain_update(view: StepView) -> Explanation:
    parameters = len(view.passes.network.theta)
    return Explanation(
        f"Each of the {parameters:,} weights and biases, together θ, moves a little against "
        "its gradient: down where the cost would grow, up where it would fall. The "
        "learning rate η says how far. Plain gradient descent does this with the mean "
        "gradient of a batch; here, with the gradient of this one digit. Momentum and Adam "
        "also remember earlier steps.",
        rf"{SGD.formula}, \quad \theta, \nabla L \in \mathbb{{R}}^{{{parameters}}}",
        (SGD.step,),
    )


def _explain_after(view: StepView) -> Explanation:
    sizes = view.passes.network.sizes
    outputs = with_shape(subscript("A", len(view.passes.layers)), 1, sizes[-1])
    return Explanation(
        "All weights have taken their step, and the same digit goes through the network again. "
        "The answer is better if the learning rate is small; with a large one the step goes too "
        "far. For other digits the answer may be worse now: that is why training uses many.",
        rf"{SGD.formula}, \quad {outputs} = f\big({with_shape('X', 1, sizes[0])};\,\theta\big)",
        (SGD.step, Network.activations),
    )


def _explain_check(view: StepView) -> Explanation:
    k, shape = view.layer + 1, view.values.W.shape
    slope = r"\tfrac{\partial L}{\partial w}"
    place: tuple[int, ...] = view.source, view.unit
    if view.is_convolution:
        place = view.convolution.place(view.unit)[0], *view.source_place

    def entry_of(symbol: str) -> str:
        return rf"{with_shape(subscript(symbol, k), *shape)}[{index_list(place)}]"

    return Explanation(
        "Is the gradient right? Move the weight a little up and a little down, leave all "
        "the others as they are, and see how the cost changes. That is slow, two passes "
        "for every weight, but it does not depend on backpropagation: where both agree, "
        f"you can trust both. The weight is one of the {view.values.W.size:,} numbers of W "
        f"in {view.layer_name}, and so its gradient is one number, too.",
        r"\begin{gathered}"
        rf"{with_shape('w', 1)} = {entry_of('W')} \\[4pt]"
        rf"{with_shape(slope, 1)} = {entry_of('dW')} \\[6pt]"
        rf"{slope} \approx \frac{{L(w + \varepsilon) - L(w - \varepsilon)}}{{2\,\varepsilon}}"
        r"\end{gathered}",
        (gradient_check,),
    )


EXPLAIN: dict[str, Callable[[StepView], Explanation]] = {
    PIXELS: _explain_pixels,
    SUMS: _explain_sums,
    ACTIVATIONS: _explain_activations,
    LOSS: _explain_loss,
    DELTA: _explain_delta,
    GRADIENT: _explain_gradient,
    UPDATE: _explain_update,
    AFTER: _explain_after,
    CHECK: _explain_check,
}
"""Function that explains each kind of step."""
