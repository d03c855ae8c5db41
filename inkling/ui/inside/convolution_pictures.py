"""Pictures of the values of each step of a convolution, and the controls that select a place."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st

from inkling.analysis.layer_values import ConvolutionValues
from inkling.analysis.receptive_field import receptive_field
from inkling.charts.number_format import format_number
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.number_grids import NumberGrid, number_grids
from inkling.ui.components.pixel_map import pixel_map, signed_image_url
from inkling.ui.components.readout import Readout
from inkling.ui.components.unit_bars import unit_bars
from inkling.ui.inside.layout import create_pair
from inkling.ui.inside.pass_step import (
    ACTIVATIONS,
    DELTA,
    FLATTEN,
    GRADIENT,
    POOLING,
    POOLING_BACK,
    SUMS,
    StepView,
    is_unit_selected,
    select_source,
    select_unit,
)
from inkling.ui.inside.step_pictures import box, pick_filter, pick_weight

_KEY = "inside_digit_"
_PICK = "Click a place to follow it. Point at a place, or use the arrow keys, to read its number."
_FIELD = (
    "The pixels that this number depends on. It follows from the sizes of the filters and from the "
    "steps between their places, up to this layer."
)


class _Maps(NamedTuple):
    """Which maps of a convolution a step is about: its sums, or what pooling left.

    Attributes
    ----------
    pooled : bool
    place : (int, int, int)
        The selected filter, row and column.
    shape : (int, int, int)
    unit : callable
        Row and column of the selected filter -> unit.
    """

    pooled: bool
    place: tuple[int, int, int]
    shape: tuple[int, ...]
    unit: Callable[[int, int], int]


def _sums(view: StepView) -> _Maps:
    values = view.convolution
    f, row, column = values.place(view.unit)
    return _Maps(False, (f, row, column), values.Z.shape, lambda r, c: values.unit(f, r, c))


def _pooled(view: StepView) -> _Maps:
    """Return the maps after pooling, whose places stand for the sum that was let through."""
    values = view.convolution
    f, row, column = values.pooled_place(view.unit)
    return _Maps(True, (f, row, column), values.A.shape, lambda r, c: values.winning_unit(f, r, c))


def _pick_place(view: StepView, maps: _Maps) -> None:
    """Draw boxes for a filter, a row and a column of its feature map."""
    _, row, column = maps.place
    _, rows, columns = maps.shape
    with st.container(horizontal=True):
        pick_filter(view)
        box(
            f"Row, 0 to {rows - 1}",
            rows - 1,
            f"{_KEY}place_row_box",
            row,
            lambda r: select_unit(view, maps.unit(r, column)),
        )
        box(
            f"Column, 0 to {columns - 1}",
            columns - 1,
            f"{_KEY}place_column_box",
            column,
            lambda c: select_unit(view, maps.unit(row, c)),
        )
    if not is_unit_selected(view):
        st.caption(
            "Until you choose a place, you see the one that learning from this digit changes most."
        )


def _draw_map(
    view: StepView,
    maps: _Maps,
    values: np.ndarray,
    name: str,
    *,
    frame: tuple[int, int, int, int] | None = None,
) -> None:
    """Draw one feature map with the selected place; a click selects another."""
    f, row, column = maps.place
    _, rows, columns = maps.shape
    pixel_map(
        signed_image_url(values[f]),
        (rows, columns),
        Readout(("",), (values[f].ravel(),)),
        label=f"{name}, a number for each place, blue above 0 and orange below",
        key=f"{_KEY}map_{name.lower().replace(' ', '_')}",
        chosen=None if frame else row * columns + column,
        frame=frame,
        on_pick=lambda place: select_unit(view, maps.unit(*divmod(place, columns))),
    )


def _draw_field(view: StepView, maps: _Maps) -> None:
    """Draw the digit with the receptive field of the selected place."""
    passes = view.passes
    _, row, column = maps.place
    field = receptive_field(passes.network, view.layer, row, column, pooled=maps.pooled)
    pixel_map(
        picture_url(passes.image),
        passes.image.shape,
        Readout(("",), (passes.image.ravel(),), " in the file"),
        label="The digit, with the pixels that this place depends on in a frame",
        key=f"{_KEY}map_field",
        frame=field,
        hint=f"This number depends on {field.rows} × {field.columns} pixels: rows {field.row} to "
        f"{field.row + field.rows - 1}, columns {field.column} to "
        f"{field.column + field.columns - 1}.",
    )


def _draw_sums(view: StepView) -> None:
    values, maps = view.convolution, _sums(view)
    contributions = values.contributions(view.unit)
    channels, size = values.W.shape[1], values.kernel_size
    channel, cell = divmod(view.source, size * size)
    what = "**The patch, the filter and their products**"
    if channels > 1:
        what = f"**Feature map {channel}: the patch, the weights and their products**"
    part = slice(channel * size * size, (channel + 1) * size * size)
    patch, weights = values.inputs_of(view.unit)[part], values.weights_of(view.unit)[part]
    st.markdown(what, help="Click one to look at its weight: the gradient and the check use it.")
    _draw_products(
        view,
        ("Patch", patch),
        ("Filter", weights),
        ("Products", contributions[part]),
        (size, size),
        chosen=cell,
        on_pick=lambda cell: select_source(view, channel * size * size + cell),
    )
    if channels > 1:
        st.markdown(f"**What each feature map below adds to the {format_number(_sum(view))}**")
        unit_bars(
            contributions.reshape(channels, -1).sum(axis=1),
            name="feature map",
            label="What each feature map below adds to the sum",
            key=f"{_KEY}bars_channels",
            chosen=channel,
            on_pick=lambda c: select_source(view, c * size * size + cell),
        )
    _pick_place(view, maps)
    left, right = create_pair(
        "sums", ("Its receptive field", f"The sums of {view.unit_name}"), (_FIELD, _PICK)
    )
    with left:
        _draw_field(view, maps)
    with right:
        _draw_map(view, maps, values.Z, "Sums")


def _sum(view: StepView) -> float:
    return float(view.convolution.Z.ravel()[view.unit])


def _draw_products(
    view: StepView,
    one: tuple[str, np.ndarray],
    other: tuple[str, np.ndarray],
    products: tuple[str, np.ndarray],
    shape: tuple[int, int],
    *,
    chosen: int | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Draw two tables of numbers and their products side by side."""
    total = format_number(float(products[1].sum()))
    number_grids(
        [
            NumberGrid(one[0], one[1].reshape(shape)),
            NumberGrid(other[0], other[1].reshape(shape), "×"),
            NumberGrid(f"{products[0]}: {total}", products[1].reshape(shape), "="),
        ],
        Readout(("", " × ", " = "), (one[1].ravel(), other[1].ravel(), products[1].ravel())),
        label=f"{one[0]}, {other[0].lower()} and {products[0].lower()}",
        key=f"{_KEY}products",
        chosen=chosen,
        on_pick=on_pick,
    )


def _draw_pooling(view: StepView) -> None:
    values, maps = view.convolution, _pooled(view)
    _, row, column = place = maps.place
    size = values.pool_size
    _pick_place(view, maps)
    left, right = create_pair("pooling", ("The sums", "What passes"), (None, _PICK))
    with left:
        _draw_map(
            view,
            _sums(view),
            values.Z,
            "Sums",
            frame=(size * row, size * column, size, size),
        )
    with right:
        _draw_map(view, maps, values.pooled, "Largest sums")
    st.markdown("**The square, the largest in a frame**")
    square = values.Z.ravel()[values.square(*place)]
    number_grids(
        [NumberGrid("Sums", square, marked=int(values.winner[place]))],
        Readout(("",), (square.ravel(),)),
        label="The four sums of the square",
        key=f"{_KEY}square",
    )


def _draw_activations(view: StepView) -> None:
    values, maps = view.convolution, _pooled(view)
    _pick_place(view, maps)
    before = "What passes" if values.has_pooling else "The sums"
    left, right = create_pair("activations", (before, "After the activation"), (None, _PICK))
    with left:
        _draw_map(view, maps, values.pooled, "Sums")
    with right:
        _draw_map(view, maps, values.A, "Activations")
    st.markdown("**Its receptive field**", help=_FIELD)
    _draw_field(view, maps)


def _draw_flatten(view: StepView) -> None:
    values, maps = view.convolution, _pooled(view)
    f, row, column = maps.place
    _, rows, columns = maps.shape
    _pick_place(view, maps)
    st.markdown(f"**Feature map of {view.unit_name}**", help=_PICK)
    _draw_map(view, maps, values.A, "Activations")
    first = f * rows * columns
    st.markdown(f"**Numbers {first:,} to {first + rows * columns - 1:,} of the row**")
    numbers = values.A[f].ravel()
    unit_bars(
        numbers,
        name="number of the row",
        first=first,
        label="The numbers of the feature map, one after another",
        key=f"{_KEY}bars_flat",
        chosen=row * columns + column,
        on_pick=lambda place: select_unit(view, maps.unit(*divmod(place, columns))),
    )


def _draw_delta(view: StepView) -> None:
    passes, values, maps = view.passes, view.convolution, _pooled(view)
    above = passes.layers[view.layer + 1]
    _pick_place(view, maps)
    sent = passes.backpropagated(view.layer, view.unit)
    if isinstance(above, ConvolutionValues):
        by_filter = sent.reshape(len(sent), -1).sum(axis=1)
        st.markdown("**What comes back from each filter above**")
        unit_bars(
            by_filter,
            name="filter",
            label="What each filter above sends back",
            key=f"{_KEY}bars_sent_back",
        )
        strongest = int(np.abs(by_filter).argmax())
        _draw_sending_places(view, above, sent, strongest)
    else:
        index = int(np.ravel_multi_index(maps.place, maps.shape))
        st.markdown("**What comes back from each unit above**")
        unit_bars(
            sent,
            name="digit" if view.layer + 2 == len(passes.layers) else "unit",
            label="What each unit above sends back",
            key=f"{_KEY}bars_sent_back",
            readout=Readout(("delta ", " × weight ", " = "), (above.delta, above.W[index], sent)),
        )
    st.markdown(f"**The deltas of {view.unit_name}**", help=_PICK)
    _draw_map(view, maps, values.pooled_delta, "Deltas")


def _draw_sending_places(
    view: StepView, above: ConvolutionValues, sent: np.ndarray, f: int
) -> None:
    """Draw delta, weight and product at the places of a filter that have the number under it."""
    channel, row, column = view.convolution.pooled_place(view.unit)
    stride = above.stride
    at_rows, at_columns = above.places_over(row, column)
    if not at_rows or not at_columns:
        return
    places = np.ix_(at_rows, at_columns)
    offsets = np.ix_([row - r * stride for r in at_rows], [column - c * stride for c in at_columns])
    st.markdown(
        f"**From filter {f}**, the strongest, at {_span('row', at_rows)}, "
        f"{_span('column', at_columns)}"
    )
    _draw_products(
        view,
        ("Deltas", above.delta[f][places]),
        ("Weights", above.W[f, channel][offsets]),
        ("Products", sent[f][places]),
        (len(at_rows), len(at_columns)),
    )


def _span(noun: str, places: list[int]) -> str:
    first, last = places[0], places[-1]
    return f"{noun} {first}" if first == last else f"{noun}s {first} to {last}"


def _draw_pooling_back(view: StepView) -> None:
    values, maps = view.convolution, _pooled(view)
    _, row, column = place = maps.place
    size = values.pool_size
    _pick_place(view, maps)
    left, right = create_pair("pooling_back", ("What comes back", "Where it goes"), (_PICK, None))
    with left:
        _draw_map(view, maps, values.pooled_delta, "Deltas of the largest sums")
    with right:
        _draw_map(
            view,
            _sums(view),
            values.delta,
            "Deltas",
            frame=(size * row, size * column, size, size),
        )
    st.markdown("**The square: its sums, and what each gets**")
    units, winner = values.square(*place), int(values.winner[place])
    sums, deltas = values.Z.ravel()[units], values.delta.ravel()[units]
    number_grids(
        [
            NumberGrid("Sums", sums, marked=winner),
            NumberGrid("Deltas", deltas, "→", marked=winner),
        ],
        Readout(("sum ", ", delta "), (sums.ravel(), deltas.ravel())),
        label="The four sums of the square and their deltas",
        key=f"{_KEY}square",
    )


def _draw_gradient(view: StepView) -> None:
    values = view.convolution
    f, _, _ = values.place(view.unit)
    pick_weight(view)
    channel, _, _ = view.source_place
    size = values.kernel_size
    under, deltas = values.inputs_under(view.source), values.delta[f]
    st.markdown("**At every place: the number under the weight, the delta, their product**")
    _draw_products(
        view,
        ("Under the weight", under),
        ("Deltas", deltas),
        ("Products", under * deltas),
        (deltas.shape[0], deltas.shape[1]),
    )
    below = f" for feature map {channel}" if values.W.shape[1] > 1 else ""
    st.markdown(f"**Gradient of each weight of {view.unit_name}{below}**", help=_PICK)
    gradients, weights = values.dW[f, channel], values.W[f, channel]
    pixel_map(
        signed_image_url(gradients),
        (size, size),
        Readout(("weight ", ", gradient "), (weights.ravel(), gradients.ravel())),
        label=f"The gradient of each weight of {view.unit_name}, blue above 0 and orange below",
        key=f"{_KEY}map_gradient",
        chosen=view.source % (size * size),
        on_pick=lambda cell: select_source(view, channel * size * size + cell),
    )


DRAW: dict[str, Callable[[StepView], None]] = {
    SUMS: _draw_sums,
    POOLING: _draw_pooling,
    ACTIVATIONS: _draw_activations,
    FLATTEN: _draw_flatten,
    DELTA: _draw_delta,
    POOLING_BACK: _draw_pooling_back,
    GRADIENT: _draw_gradient,
}
"""Function that draws each kind of step of a convolution."""
