"""The units: weights, importance and top images of hidden units, and the map of a layer.

The units of a convolution are its filters.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from inkling.analysis import hidden_layers, unit_importance
from inkling.analysis.unit_importance import UnitReport
from inkling.charts.digits import map_chart, response_chart
from inkling.charts.weight_images import gap_between, opaque_weight, weight_image
from inkling.data.image_ref import ImageRef
from inkling.data.unseen_images import UnseenImages
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui.browser_events import parse_index, selected_points
from inkling.ui.components.digit_grid import (
    GridCell,
    GridStyle,
    Sheet,
    contact_sheet,
    digit_grid,
    picture_url,
)
from inkling.ui.widgets import digit_picker, overflow
from inkling.ui.widgets.chart import chart
from nn import Network
from nn.diagnosis import is_finite
from nn.training import LabelledImages

PER_PAGE = 128  # units of which pictures are shown
MAX_WITHOUT_SCROLLING = 48  # units
GRID_HEIGHT = 430  # pixels
COLUMNS = 16  # of the sheet they come on
MAP_IMAGES = 500  # images on the map
MAX_SHOWN = 120  # of the images selected there
TOP_SHOWN = 18

IMPORTANCE = section("help/inside", "Importance of units")
WEIGHTS = (
    "A unit of the first layer has one weight for each pixel, so its weights are a "
    "picture: ink on blue pushes the unit up, ink on orange pushes it down."
)
DEEPER_WEIGHTS = section("help/inside", "Pictures of deeper units")
EXCITING_PARTS = section("help/inside", "Pictures above a convolution")
MEAN_ACTIVATIONS = "The unit's activation, averaged over the images of each digit."
MEAN_MAPS = "The mean of the filter's feature map, averaged over the images of each digit."
OPEN_HINT = "Click one, and **One digit** and **What decides** will show it."
MAP = section("help/inside", "Map of a layer")
_NO_HIDDEN = (
    "This network has no hidden units: its ten outputs look at the pixels themselves. These are "
    "their weights, 0 to 9: blue where ink speaks for the digit, orange where it speaks against it."
)

_FADING = 5  # of the ink outside the part that excites a filter
_PROBE_IMAGES = 100  # to detect an overflowed network

_LAYER = "inside_layer"
_UNIT = "inside_unit_"  # and model and layer, as for the next two
_PAGE = "inside_unit_page_"
_SELECTED_ON_MAP = "inside_mapped_"
_OPENED_IMAGE = "inside_taken"  # ImageRef of the selected image that no toast has named yet


class HiddenLayer(NamedTuple):
    """A hidden layer of a model, and the report on its units."""

    model: Model
    network: Network
    unseen: UnseenImages
    depth: int
    report: UnitReport

    @property
    def is_convolution(self) -> bool:
        """Whether its units are filters."""
        return hidden_layers.is_convolution(self.network, self.depth)

    @property
    def noun(self) -> str:
        """What one of its units is called."""
        return "filter" if self.is_convolution else "unit"

    @property
    def shows_exciting_parts(self) -> bool:
        """Whether its units are shown by what excites them: they have no weights for pixels."""
        return self.depth > 0 and bool(self.network.filters)

    @property
    def id(self) -> str:
        """Model and layer, as the end of session keys."""
        return f"{self.model.id}_{self.depth}"


@st.fragment
def show(model: Model, unseen: UnseenImages) -> None:
    """Draw the hidden units of a network, details of one of them, and the map of their layer.

    Parameters
    ----------
    model : Model
    unseen : UnseenImages
        The units are measured on these.
    """
    network = model.network
    P = network.predict_proba(unseen.examples.images[:_PROBE_IMAGES])
    if not is_finite(network, P):
        overflow.show()
        return
    if not hidden_layers.unit_counts(network):
        st.info(_NO_HIDDEN)
        st.image(
            _weight_picture(network.dense_layers[0].W, 5),
            width=480,
            alt="The weights of the ten outputs",
        )
        return
    depth = _choose_layer(network)
    report = unit_report(model, unseen, depth)
    if not is_finite(network, report.mean_activations):
        overflow.show()
        return
    layer = HiddenLayer(model, network, unseen, depth, report)
    left, right = st.columns(2, gap="large")
    with left:
        unit = _choose_unit(layer)
    with right:
        _unit_details(layer, unit)
    st.header("How the layer sees the digits", help=MAP)
    _map(layer)


def unit_report(model: Model, unseen: UnseenImages, depth: int) -> UnitReport:
    """Return the cached report on the units of a hidden layer.

    Parameters
    ----------
    model : Model
        With at least one hidden layer and finite weights.
    unseen : UnseenImages
    depth : int
        0 for the layer after the inputs.
    """
    images = unseen.examples
    return _cached_report(model.id, unseen.ref(0), depth, model.network, images)


def open_in_inside(unseen: UnseenImages) -> Callable[[int], None]:
    """Return a callback that picks the image at a place for the other views of the page.

    In the run after a pick a toast names the image.
    """
    opened: ImageRef | None = st.session_state.pop(_OPENED_IMAGE, None)
    if opened is not None:
        st.toast(f"{opened.name} is chosen: look at it under **One digit**.")

    def pick(place: int) -> None:
        ref = st.session_state[_OPENED_IMAGE] = unseen.ref(place)  # a callback can draw nothing
        digit_picker.pick_image(ref)

    return pick


def _choose_layer(network: Network) -> int:
    """Draw the choice of a hidden layer, if there are several; return its depth."""
    hidden = hidden_layers.unit_counts(network)
    if len(hidden) == 1:
        return 0

    def label(depth: int) -> str:
        if not network.filters:
            return f"{depth + 1}: {hidden[depth]:,} units"
        noun = "filters" if hidden_layers.is_convolution(network, depth) else "units"
        return f"{hidden_layers.layer_names(network)[depth]}: {hidden[depth]:,} {noun}"

    if st.session_state.get(_LAYER, 0) >= len(hidden):
        st.session_state[_LAYER] = 0
    return int(
        st.segmented_control(
            "Hidden layer",
            range(len(hidden)),
            default=0,
            required=True,
            format_func=label,
            key=_LAYER,
            persist_state="session",
        )
    )


def _choose_unit(layer: HiddenLayer) -> int:
    """Draw a page of units by importance, and a box for the number; return the chosen unit."""
    key, page_key = _UNIT + layer.id, _PAGE + layer.id
    ranking = layer.report.ranking
    if key not in st.session_state:
        st.session_state[key] = int(ranking[0])

    def show_page_of_unit() -> None:
        rank = int(np.flatnonzero(ranking == st.session_state[key])[0])
        st.session_state[page_key] = 1 + rank // PER_PAGE

    pictures = WEIGHTS if layer.depth == 0 else DEEPER_WEIGHTS
    if layer.shows_exciting_parts:
        pictures = EXCITING_PARTS
    st.markdown(
        f"**{_unit_count(layer)}, the most important first**", help=f"{IMPORTANCE} {pictures}"
    )
    pages = -(-len(ranking) // PER_PAGE)
    _unit_grid(layer, key, min(st.session_state.get(page_key, 1), pages))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = st.number_input(
            layer.noun.capitalize(),
            0,
            len(ranking) - 1,
            key=key,
            on_change=show_page_of_unit,
            persist_state="session",
            width=140,
        )
        if pages > 1:
            st.pagination(pages, key=page_key)
    st.caption(_measurement_note(layer))
    return int(unit)


def _unit_grid(layer: HiddenLayer, key: str, page: int) -> None:
    """Draw the pictures of a page of units; a click stores the unit under `key`."""

    def select(unit: int) -> None:
        st.session_state[key] = unit

    shown = layer.report.ranking[PER_PAGE * (page - 1) : PER_PAGE * page]
    columns = min(COLUMNS, len(shown))
    # The pictures scroll in their box, so that on a phone the chosen unit stays in sight.
    with st.container(
        height=GRID_HEIGHT if len(shown) > MAX_WITHOUT_SCROLLING else "content", border=False
    ):
        digit_grid(
            _sheet(layer.model.id, layer.unseen.ref(0), layer.depth, page, layer, shown, columns),
            [
                GridCell(
                    unit, f"{layer.noun.capitalize()} {unit}: {_importance(layer.report, unit)}"
                )
                for unit in shown
            ],
            label=f"Hidden {layer.noun}s",
            key=f"inside_units_{layer.id}",
            on_pick=select,
            selected=st.session_state[key],
            style=GridStyle(40, "var(--st-text-color)", 6),  # blue is a weight
        )


def _unit_count(layer: HiddenLayer) -> str:
    units = len(layer.report.ranking)
    return f"The only {layer.noun}" if units == 1 else f"{units:,} {layer.noun}s"


def _measurement_note(layer: HiddenLayer) -> str:
    """Return on which images and units importance was measured."""
    report = layer.report
    known = int(np.isfinite(report.accuracy_drop).sum())
    rest = ""
    if known < len(report.accuracy_drop):
        rest = (
            f" For so large a network only the {known:,} {layer.noun}s with the most influence "
            "were switched off; the others follow by their influence."
        )
    picture = "" if layer.depth == 0 else " Pictures: all weights from the pixels up, multiplied."
    if layer.shows_exciting_parts:
        picture = " Pictures: the mean of what excites each most."
    return (
        f"Measured on {report.images:,} {layer.unseen.noun} images. The whole network reads "
        f"{report.accuracy:.2%} of these correctly; the percentage in its name is about the 10,000 "
        f"test images.{rest}{picture}"
    )


def _importance(report: UnitReport, unit: int) -> str:
    """Return the accuracy drop without a unit in a few words."""
    accuracy_drop = report.accuracy_drop[unit]
    if np.isnan(accuracy_drop):
        return "not measured"
    images = round(abs(accuracy_drop) * report.images)
    if images == 0:
        return "nothing is lost without it"
    fewer = "fewer" if accuracy_drop > 0 else "more"
    count = f"1 image {fewer}" if images == 1 else f"{images:,} {fewer} images"
    return f"without it, the network reads {count} correctly, {abs(accuracy_drop):.2%} of all"


def _unit_details(layer: HiddenLayer, unit: int) -> None:
    """Draw weights, importance, mean activations and top images of one unit."""
    report = layer.report
    rank = int(np.flatnonzero(report.ranking == unit)[0]) + 1
    st.markdown(
        f"**{layer.noun.capitalize()} {unit}**, number {rank:,} of {len(report.ranking):,} in "
        "importance"
    )
    picture, facts = st.columns([2, 3], gap="medium")
    with picture:
        _unit_picture(layer, unit)
    with facts:
        importance = _importance(report, unit)
        st.markdown(f"{importance[0].upper()}{importance[1:]}.")
        st.markdown(
            "**Its activation for each digit**",
            help=MEAN_MAPS if layer.is_convolution else MEAN_ACTIVATIONS,
        )
        chart(
            response_chart(report.mean_activations[unit]),
            config={"displayModeBar": False},
            key="inside_unit_response",
            alt="The unit's mean activation for each digit",
        )
    st.markdown("**The validation images that excite it most**", help=OPEN_HINT)
    active = _excited(layer, unit)
    places = report.top_images[unit][active][:TOP_SHOWN]
    if len(places) == 0:
        st.markdown(f"None: its activation is 0 for all of them. This is a dead {layer.noun}.")
        return
    images = layer.unseen.examples.images[places]
    if layer.is_convolution:
        images = _fade_outside(images, report.top_corners[unit][active], report.patch_side)
        side = report.patch_side
        st.caption(
            f"The filter's largest number depends on {side} × {side} pixels: the rest is faded."
        )
    _image_grid(
        layer.unseen, places, "inside_exciting", f"Images that excite the {layer.noun} most", images
    )


def _unit_picture(layer: HiddenLayer, unit: int) -> None:
    """Draw what a unit looks for, and its weights."""
    report = layer.report
    if not layer.shows_exciting_parts:
        weights = unit_importance.weight_images(layer.network, layer.depth)[:, [unit]]
        st.image(
            _weight_picture(weights, 1),
            width=200,
            alt="Its weights as a picture: blue above 0, orange below",
        )
        st.caption("Blue: ink there pushes it up. Orange: ink there pushes it down.")
        return
    side, count = report.patch_side, int(_excited(layer, unit).sum())
    st.image(
        picture_url(_mean_patch(layer, unit), 10),
        width=200,
        alt="The mean of what excites it most",
    )
    parts = f"parts of {side} × {side} pixels" if layer.is_convolution else "images"
    st.caption(f"The mean of the {count} {parts} that excite it most.")
    incoming = unit_importance.incoming_images(layer.network, layer.depth, unit)
    if incoming is not None:
        maps = incoming.shape[1]
        st.image(
            _weight_picture(incoming, int(np.ceil(np.sqrt(maps)))),
            width=200,
            alt="Its weights as small pictures: blue above 0, orange below",
        )
        st.caption(
            f"Its weights, a picture for each of the {maps} feature maps below. Blue: large "
            "numbers there excite it. Orange: they hold it back."
        )


def _excited(layer: HiddenLayer, unit: int) -> np.ndarray:
    """Return which of its top images excite a unit, (up to 24,) bool: 0 of a ReLU is inactive."""
    return (layer.report.top_activations[unit] > 0) | (layer.network.activation != "relu")


def _mean_patch(layer: HiddenLayer, unit: int) -> np.ndarray:
    """Return the mean of what excites a unit most, (side, side) uint8; paper for a dead one."""
    patches = layer.report.top_patches(layer.unseen.examples.images, unit)[_excited(layer, unit)]
    if len(patches) == 0:
        return np.zeros(patches.shape[1:], np.uint8)
    return patches.mean(axis=0).round().astype(np.uint8)


def _fade_outside(images: np.ndarray, corners: np.ndarray, side: int) -> np.ndarray:
    """Return images (n, 28, 28) uint8 with less ink outside a square of each."""
    faded = images // _FADING
    for image, result, (row, column) in zip(images, faded, corners, strict=False):
        inside = np.s_[row : row + side, column : column + side]
        result[inside] = image[inside]
    return faded


def _image_grid(
    unseen: UnseenImages, places: np.ndarray, key: str, label: str, images: np.ndarray | None = None
) -> None:
    """Draw validation images, or other pictures of them; a click picks one for the other views."""
    labels = unseen.examples.labels[places]
    digit_grid(
        unseen.examples.images[places] if images is None else images,
        [
            GridCell(
                place,
                f"{digit}, training image {unseen.ref(int(place)).index:,}",
                str(digit),
            )
            for digit, place in zip(labels, places, strict=True)
        ],
        label=label,
        key=key,
        on_pick=open_in_inside(unseen),
        style=GridStyle(min_width=48),
    )


@st.fragment
def _map(layer: HiddenLayer) -> None:
    """Draw the map of a layer, and the images selected on it."""
    model, unseen = layer.model, layer.unseen
    images = unseen.examples
    count = min(MAP_IMAGES, len(images.labels))
    selected_key, key = _SELECTED_ON_MAP + layer.id, f"inside_map_{layer.id}"

    def store_selection() -> None:
        points = [
            parse_index(p.get("customdata"), count) for p in selected_points(st.session_state[key])
        ]
        indices = [index for index in points if index is not None]
        if indices:
            st.session_state[selected_key] = indices

    left, right = st.columns([3, 2], gap="large")
    with left:
        chart(
            _map_figure(model.id, unseen.ref(0), layer.depth, layer.network, images, count),
            config={"displaylogo": False, "modeBarButtonsToRemove": ["autoScale2d"]},
            key=key,
            on_select=store_selection,
            selection_mode=("points", "box", "lasso"),
            alt="Images as points along the two principal components of the layer's activations",
        )
    with right:
        st.markdown("**The images that you chose**", help=OPEN_HINT)
        with st.container(height=350, border=False):  # or what stands below would move
            places = np.array(st.session_state.get(selected_key, []), np.int64)
            places = places[places < count]
            if len(places) == 0:
                st.markdown("Draw a line round some points, or click one, to see their images.")
            else:
                places = places[np.argsort(images.labels[places], kind="stable")]
                st.caption(_selection_summary(images.labels[places], count))
                _image_grid(unseen, places[:MAX_SHOWN], "inside_on_map", "Chosen images")


def _selection_summary(labels: np.ndarray, count: int) -> str:
    """Return how many images were selected, and how many of each digit."""
    digits, counts = np.unique(labels, return_counts=True)
    parts = ", ".join(f"{n} labelled {digit}" for digit, n in zip(digits, counts, strict=True))
    more = f" The first {MAX_SHOWN} are shown." if len(labels) > MAX_SHOWN else ""
    return f"{len(labels)} of the first {count} validation images: {parts}.{more}"


@st.cache_resource(max_entries=24, show_spinner="Switching the units off, one at a time…")
def _cached_report(
    model_id: str, first: ImageRef, depth: int, _network: Network, _images: LabelledImages
) -> UnitReport:
    return unit_importance.unit_report(_network, depth, _images)


@st.cache_resource(max_entries=64, show_spinner=False)
def _sheet(
    model_id: str,
    first: ImageRef,
    depth: int,
    page: int,
    _layer: HiddenLayer,
    _units: np.ndarray,
    _columns: int,
) -> Sheet:
    """Return the pictures of a page of units, with one colour scale for all pages of a layer."""
    rows = -(-len(_units) // _columns)
    if _layer.shows_exciting_parts:
        patches = np.stack([_mean_patch(_layer, unit) for unit in _units])
        return Sheet(picture_url(contact_sheet(patches, _columns)), _columns, rows)
    weights = unit_importance.weight_images(_layer.network, depth)
    side = math.isqrt(len(weights))
    picture = _weight_picture(weights[:, _units], _columns, opaque_weight([weights]))
    return Sheet(picture, _columns, rows, gap_between(side) / side)


def _weight_picture(weights: np.ndarray, columns: int, limit: float | None = None) -> str:
    return weight_image(
        weights,
        opaque_weight([weights]) if limit is None else limit,
        columns,
    )


@st.cache_resource(max_entries=24, show_spinner="Drawing the map…")
def _map_figure(
    model_id: str,
    first: ImageRef,
    depth: int,
    _network: Network,
    _images: LabelledImages,
    count: int,
) -> Figure:
    A = hidden_layers.hidden_activations(_network, depth, _images.images[:count])
    A = hidden_layers.by_unit(A).reshape(-1, count).T  # (count, units), or all numbers of the maps
    coordinates, shares = unit_importance.principal_map(A)
    figure = map_chart(coordinates, _images.labels[:count], shares)
    # On a touch screen Plotly's buttons always stand above the chart: the legend goes below it.
    figure.update_layout(dragmode="lasso", margin_t=36, legend={"y": -0.2, "yanchor": "top"})
    return figure
