"""Explanation of each step of a convolution: words, formula, and the functions that compute it."""

import math
from collections.abc import Callable

import numpy as np

from inkling.analysis.layer_values import ConvolutionValues
from inkling.charts.number_format import format_number
from inkling.ui.inside.notation import (
    index_list,
    latex_number,
    layer_input_symbol,
    subscript,
    with_shape,
)
from inkling.ui.inside.pass_step import (
    ACTIVATIONS,
    DELTA,
    FLATTEN,
    GRADIENT,
    POOLING,
    POOLING_BACK,
    SUMS,
    StepView,
)
from inkling.ui.inside.step_texts import Explanation
from nn.convolution import Conv2D, Flatten, MaxPool2D, _rows
from nn.layers import Dense

_AFTER_SUMS = {False: "the activation function", True: "pooling, with the activation function,"}


def _explain_sums(view: StepView) -> Explanation:
    values, k = view.convolution, view.layer + 1
    channels, h, w = values.X.shape
    filters, rows, columns = values.Z.shape
    f, row, column = place = values.place(view.unit)
    products = float(values.contributions(view.unit).sum())
    size = values.kernel_size
    maps = f" for each of the {channels} feature maps below" if channels > 1 else ""
    under = "the feature maps" if channels > 1 else "the image"
    every = "every place" if values.stride == 1 else "every second row and column"
    symbol = layer_input_symbol(view)
    return Explanation(
        f"**{view.unit_name.capitalize()}** is a small image of {size} × {size} weights{maps}. It "
        f"lies on {under}, and each weight is multiplied by the number under it. At **row {row}, "
        f"column {column}** the {values.W[0].size:,} products add up to {format_number(products)}, "
        f"the bias is {format_number(values.b[f])}: the sum is "
        f"**{format_number(values.Z[place])}**. Then the filter moves on, to {every}, with the "
        f"same weights. Its {rows} × {columns} sums are a map of the image: "
        f"{_AFTER_SUMS[values.has_pooling]} makes it the filter's feature map.",
        _lines(
            rf"{with_shape(subscript('Z', k), filters, rows, columns)}[f,\,r,\,s] = "
            rf"{with_shape(subscript('b', k), filters)}[f]",
            r"+ \sum_{c,\,i,\,j} "
            rf"{with_shape(subscript('W', k), *values.W.shape)}[f,\,c,\,i,\,j]",
            rf"\cdot\;{with_shape(symbol, channels, h, w)}{_index_under(values)}",
            f"{_entry(subscript('Z', k), place)} = {latex_number(values.b[f])} + "
            f"{_in_formula(products)}",
            f"= {latex_number(values.Z[place])}",
        ),
        (Conv2D._patches, Conv2D._sums),
    )


def _explain_pooling(view: StepView) -> Explanation:
    values, k = view.convolution, view.layer + 1
    place, size = values.pooled_place(view.unit), values.pool_size
    _, row, column = place
    square = values.Z.ravel()[values.square(*place)].ravel()
    _, rows, columns = values.Z.shape
    rest = ""
    if rows % size or columns % size:
        rest = " Rows and columns at the edge that do not fill a square are left out."
    map_rows, map_columns = values.pooled.shape[1:]
    return Explanation(
        f"Max pooling keeps one of every {size} × {size} sums: the largest. A map of "
        f"{rows} × {columns} becomes one of {map_rows} × {map_columns}. Where exactly in the "
        f"square the filter found its pattern is forgotten.{rest}{_left_out(values, view.unit)} "
        f"In **row {row}, column {column}** of {view.unit_name} the four sums "
        f"are {_listed(square)}, and **{format_number(values.pooled[place])}** is let through.",
        _lines(
            rf"{with_shape(subscript('M', k), *values.pooled.shape)}[f,\,r,\,s] =",
            rf"\max_{{i,\,j}}\; {with_shape(subscript('Z', k), *values.Z.shape)}"
            rf"[f,\,{size}r+i,\,{size}s+j]",
            rf"{_entry(subscript('M', k), place)} =",
            rf"\max({_list(square)}) = {latex_number(values.pooled[place])}",
        ),
        (MaxPool2D.apply, MaxPool2D._squares),
    )


def _explain_activations(view: StepView) -> Explanation:
    values, k = view.convolution, view.layer + 1
    _, row, column = place = values.pooled_place(view.unit)
    words = values.activation.description
    if view.passes.network.activation == "relu":
        words += (
            f" In the {len(values.A)} feature maps, {np.count_nonzero(values.A):,} of "
            f"{values.A.size:,} numbers are above 0."
        )
    before = subscript("M" if values.has_pooling else "Z", k)
    return Explanation(
        f"{words} Without such a bend in the curve, all layers together could do no more "
        f"than one. In **row {row}, column {column}** of {view.unit_name} it turns "
        f"{format_number(values.pooled[place])} into **{format_number(values.A[place])}**.",
        _lines(
            f"{with_shape(subscript('A', k), *values.A.shape)} = "
            f"{values.activation.formula.format(z=before)}",
            f"{_entry(subscript('A', k), place)} = "
            f"{values.activation.formula.format(z=_in_formula(values.pooled[place]))} = "
            f"{latex_number(values.A[place])}",
        ),
        (type(values.activation).apply,),
    )


def _explain_flatten(view: StepView) -> Explanation:
    values, k = view.convolution, view.layer + 1
    f, row, column = place = values.pooled_place(view.unit)
    maps, rows, columns = values.A.shape
    index = int(np.ravel_multi_index(place, values.A.shape))
    return Explanation(
        f"The layers that follow are dense: they take one row of numbers. The {maps} feature maps "
        f"of {rows} × {columns} become a row of {values.A.size:,}, map after map, row after row. "
        f"No number changes. The one in row {row}, column {column} of feature map {f} is **number "
        f"{index:,}** of the row.",
        _lines(
            rf"{with_shape(subscript('x', k), 1, values.A.size)}"
            rf"[{rows * columns}f + {columns}r + s] =",
            rf"{with_shape(subscript('A', k), *values.A.shape)}[f,\,r,\,s]",
            rf"{subscript('x', k)}[{index}] = {_entry(subscript('A', k), place)} = "
            f"{latex_number(values.A[place])}",
        ),
        (Flatten.apply, _rows),
    )


def _explain_delta(view: StepView) -> Explanation:
    values, k = view.convolution, view.layer + 1
    above = view.passes.layers[view.layer + 1]
    _, row, column = place = values.pooled_place(view.unit)
    sent = float(view.passes.backpropagated(view.layer, view.unit).sum())
    if isinstance(above, ConvolutionValues):
        count = math.prod(map(len, above.places_over(row, column)))
        places = "one place" if count == 1 else f"{count} places"
        blame = (
            f"Each filter of the next convolution lay on row {row}, column {column} of the feature "
            f"map at {places}. The number there has a share in the delta of each, by the weight "
            "that lay on it."
            if count
            else "No filter of the next convolution reaches this place at the edge, so the number "
            "there has no effect on the cost."
        )
        i, j = (rf"\tfrac{{{axis}}}{{{above.stride}}}" for axis in ("r - i", "s - j"))
        if above.stride == 1:
            i, j = "r - i", "s - j"
        formula = (
            rf"{subscript('dA', k)}[c,\,r,\,s] = \sum_{{f,\,i,\,j}} "
            rf"{with_shape(subscript('W', k + 1), *above.W.shape)}[f,\,c,\,i,\,j] \\[4pt] \cdot\;"
            rf"{with_shape(_delta(k + 1), *above.Z.shape)}[f,\,{i},\,{j}]"
        )
        code: Callable[..., object] = Conv2D.input_gradient
    else:
        blame = (
            f"Every number of a feature map has a share in the deltas of layer {k + 1}, by "
            "the weights that lead there."
        )
        inputs, units = above.W.shape
        formula = (
            rf"{subscript('dA', k)} = {with_shape(_delta(k + 1), 1, units)}\;"
            rf"{with_shape(_transposed(k + 1), units, inputs)}"
        )
        code = Dense.input_gradient
    delta = _delta_symbol(values, k)
    return Explanation(
        f"{blame}{_left_out(values, view.unit)} **Row {row}, column {column}** of "
        f"{view.unit_name} gets back {format_number(sent)}. That is multiplied by the slope of its "
        f"activation: {values.activation.flat}. The result, its delta, is "
        f"**{format_number(values.pooled_delta[place])}**.",
        _lines(
            formula,
            rf"{with_shape(delta, *values.A.shape)} = {subscript('dA', k)} "
            rf"{values.activation.slope_product} "
            f"{values.activation.slope.format(A=subscript('A', k))}",
            f"{_entry(delta, place)} = {latex_number(values.pooled_delta[place])}",
        ),
        (code, type(values.activation).gradient),
    )


def _explain_pooling_back(view: StepView) -> Explanation:
    values, k = view.convolution, view.layer + 1
    _, row, column = place = values.pooled_place(view.unit)
    winner = values.place(values.winning_unit(*place))
    size = values.pool_size
    return Explanation(
        "Only the largest sum of a square was let through, so only that one had an effect on the "
        "cost. The gradient goes back to it alone, and the other three get 0. The "
        f"{format_number(values.pooled_delta[place])} of row {row}, column {column} of "
        f"{view.unit_name} goes to the sum in **row {winner[1]}, column {winner[2]}**."
        f"{_left_out(values, view.unit)}",
        _lines(
            rf"{with_shape(_delta(k), *values.Z.shape)}[f,\,{size}r+i,\,{size}s+j] =",
            rf"\begin{{cases}} {_delta_symbol(values, k)}[f,\,r,\,s] & "
            r"\text{if it was let through} \\ 0 & \text{if not} \end{cases}",
        ),
        (MaxPool2D.forward, MaxPool2D.backward),
    )


def _explain_gradient(view: StepView) -> Explanation:
    values, k = view.convolution, view.layer + 1
    f, _, _ = values.place(view.unit)
    _, rows, columns = values.Z.shape
    gradient = values.gradients_of(view.unit)[view.source]
    symbol = layer_input_symbol(view)
    delta = _delta(k)
    return Explanation(
        f"A weight of a filter worked at all {rows} × {columns} places, so its gradient is a sum "
        "over all of them: the number under the weight there, times the delta of that place. For "
        f"the weight **{view.weight_name}** that makes **{format_number(gradient)}**. The gradient "
        f"of the bias is the sum of the filter's deltas, {format_number(values.delta[f].sum())}.",
        _lines(
            rf"{with_shape(subscript('dW', k), *values.W.shape)}[f,\,c,\,i,\,j] =",
            rf"\sum_{{r,\,s}} {with_shape(delta, *values.Z.shape)}[f,\,r,\,s]",
            rf"\cdot\;{with_shape(symbol, *values.X.shape)}{_index_under(values)}",
            rf"{subscript('db', k)}[f] = \sum_{{r,\,s}} {delta}[f,\,r,\,s]",
            f"{_entry(subscript('dW', k), (f, *view.source_place))} = {latex_number(gradient)}",
        ),
        (Conv2D.parameter_gradients,),
    )


def _left_out(values: ConvolutionValues, unit: int) -> str:
    """Return why the page shows another place than that of the selected sum, if it does."""
    if not values.is_left_out(unit):
        return ""
    _, row, column = values.place(unit)
    return (
        f" The sum that was selected, in row {row}, column {column}, is one of those left out at "
        "the edge: here is the nearest square."
    )


def _delta(k: int) -> str:
    return rf"\delta_{{{k}}}"


def _transposed(k: int) -> str:
    return rf"W_{{{k}}}^\top"


def _delta_symbol(values: ConvolutionValues, k: int) -> str:
    """Return the symbol of the gradient below the activation: of the maxima, or of the sums."""
    return subscript("dM", k) if values.has_pooling else _delta(k)


def _index_under(values: ConvolutionValues) -> str:
    """Return the index of the input under a weight, in LaTeX."""
    stride = "" if values.stride == 1 else values.stride
    return rf"[c,\,{stride}r+i,\,{stride}s+j]"


def _entry(symbol: str, place: tuple[int, ...]) -> str:
    """Return an entry of an array in LaTeX."""
    return f"{symbol}[{index_list(place)}]"


def _in_formula(value: float) -> str:
    """Return a number in LaTeX to stand for a symbol."""
    return f"({latex_number(value)})" if value < 0 else latex_number(value)


def _list(values: np.ndarray) -> str:
    """Return numbers in LaTeX with commas between them."""
    return r",\,".join(map(latex_number, values.tolist()))


def _listed(values: np.ndarray) -> str:
    *first, last = map(format_number, values.tolist())
    return f"{', '.join(first)} and {last}"


def _lines(*lines: str) -> str:
    """Return formulas in LaTeX below one another."""
    return r"\begin{gathered}" + r" \\[4pt] ".join(lines) + r"\end{gathered}"


EXPLAIN: dict[str, Callable[[StepView], Explanation]] = {
    SUMS: _explain_sums,
    POOLING: _explain_pooling,
    ACTIVATIONS: _explain_activations,
    FLATTEN: _explain_flatten,
    DELTA: _explain_delta,
    POOLING_BACK: _explain_pooling_back,
    GRADIENT: _explain_gradient,
}
"""Function that explains each kind of step of a convolution."""
