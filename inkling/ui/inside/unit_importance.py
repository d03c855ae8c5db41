"""The units: weights, importance and top images of hidden units, and the map of a layer."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from inkling.analysis import unit_importance
from inkling.analysis.unit_importance import UnitReport
from inkling.charts.digits import map_chart, response_chart
from inkling.charts.weight_images import GAP, SIDE, opaque_weight, weight_image
from inkling.data.image_ref import ImageRef
from inkling.data.unseen_images import UnseenImages
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui.browser_events import parse_index, selected_points
from inkling.ui.components.digit_grid import GridCell, GridStyle, Sheet, digit_grid
from inkling.ui.widgets import digit_picker, overflow
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
    "A unit of the first layer has one weight for each pixel, so its weights are a picture, too: "
    "blue where ink excites it, orange where ink holds it back."
)
DEEPER_WEIGHTS = section("help/inside", "Pictures of deeper units")
MEAN_ACTIVATIONS = "The unit's activation, averaged over the images of each digit."
OPEN_HINT = "Click one, and **One digit** and **What decides** will show it."
MAP = section("help/inside", "Map of a layer")
_NO_HIDDEN = (
    "This network has no hidden units: its ten outputs look at the pixels themselves. These are "
    "their weights, 0 to 9: blue says yes to ink there, orange says no."
)

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
    if len(network.dense_layers) == 1:
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
    st.subheader("How the layer sees the digits", help=MAP)
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
    hidden = network.sizes[1:-1]
    if len(hidden) == 1:
        return 0
    if st.session_state.get(_LAYER, 0) >= len(hidden):
        st.session_state[_LAYER] = 0
    return int(
        st.segmented_control(
            "Hidden layer",
            range(len(hidden)),
            default=0,
            required=True,
            format_func=lambda depth: f"{depth + 1}: {hidden[depth]:,} units",
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

    st.markdown(
        f"**{_unit_count(len(ranking))}, the most important first**",
        help=f"{IMPORTANCE} {WEIGHTS if layer.depth == 0 else DEEPER_WEIGHTS}",
    )
    pages = -(-len(ranking) // PER_PAGE)
    _unit_grid(layer, key, min(st.session_state.get(page_key, 1), pages))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = st.number_input(
            "Unit",
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
    """Draw the weights of a page of units; a click stores the unit under `key`."""

    def select(unit: int) -> None:
        st.session_state[key] = unit

    shown = layer.report.ranking[PER_PAGE * (page - 1) : PER_PAGE * page]
    columns = min(COLUMNS, len(shown))
    # The pictures scroll in their box, so that on a phone the chosen unit stays in sight.
    with st.container(
        height=GRID_HEIGHT if len(shown) > MAX_WITHOUT_SCROLLING else "content", border=False
    ):
        digit_grid(
            Sheet(
                _weight_sheet(layer.model.id, layer.depth, page, layer.network, shown, columns),
                columns,
                -(-len(shown) // columns),
                GAP / SIDE,
            ),
            [GridCell(unit, f"Unit {unit}: {_importance(layer.report, unit)}") for unit in shown],
            label="Hidden units",
            key=f"inside_units_{layer.id}",
            on_pick=select,
            selected=st.session_state[key],
            style=GridStyle(44, "var(--st-text-color)"),  # blue is a weight
        )


def _unit_count(units: int) -> str:
    return "The only unit" if units == 1 else f"{units:,} units"


def _measurement_note(layer: HiddenLayer) -> str:
    """Return on which images and units importance was measured."""
    report = layer.report
    known = int(np.isfinite(report.accuracy_drop).sum())
    rest = ""
    if known < len(report.accuracy_drop):
        rest = (
            f" For so large a network only the {known:,} units with the most influence were "
            "switched off; the others follow by their influence."
        )
    picture = "" if layer.depth == 0 else " Pictures: all weights from the pixels up, multiplied."
    return (
        f"Measured on {report.images:,} validation images, of which the whole network reads "
        f"{report.accuracy:.2%} right.{rest}{picture}"
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
    count = f"1 image {fewer} is" if images == 1 else f"{images:,} images {fewer} are"
    return f"without it, {count} read right, {abs(accuracy_drop):.2%} of all"


def _unit_details(layer: HiddenLayer, unit: int) -> None:
    """Draw weights, importance, mean activations and top images of one unit."""
    report = layer.report
    rank = int(np.flatnonzero(report.ranking == unit)[0]) + 1
    st.markdown(f"**Unit {unit}**, number {rank:,} of {len(report.ranking):,} in importance")
    picture, facts = st.columns([2, 3], gap="medium")
    with picture:
        weights = unit_importance.weight_images(layer.network, layer.depth)[:, [unit]]
        st.image(
            _weight_picture(weights, 1),
            width=200,
            alt="Its weights as a picture: blue above 0, orange below",
        )
        st.caption("Blue: ink there excites it. Orange: ink there holds it back.")
    with facts:
        importance = _importance(report, unit)
        st.markdown(f"{importance[0].upper()}{importance[1:]}.")
        st.markdown("**How it answers to each digit**", help=MEAN_ACTIVATIONS)
        st.plotly_chart(
            response_chart(report.mean_activations[unit]),
            config={"displayModeBar": False},
            key="inside_unit_response",
            alt="The unit's mean activation for each digit",
        )
    st.markdown("**The validation images that excite it most**", help=OPEN_HINT)
    # A ReLU unit with an activation of 0 is inactive.
    active = (report.top_activations[unit] > 0) | (layer.network.activation != "relu")
    places = report.top_images[unit][active][:TOP_SHOWN]
    if len(places) == 0:
        st.markdown("None does: its activation is 0 for all of them. A dead unit.")
        return
    _image_grid(layer.unseen, places, "inside_exciting", "Images that excite the unit most")


def _image_grid(unseen: UnseenImages, places: np.ndarray, key: str, label: str) -> None:
    """Draw validation images; a click picks one for the other views."""
    labels = unseen.examples.labels[places]
    digit_grid(
        unseen.examples.images[places],
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
        st.plotly_chart(
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
                st.markdown("Draw a line round some points, or click one: here are their images.")
            else:
                places = places[np.argsort(images.labels[places], kind="stable")]
                st.caption(_selection_summary(images.labels[places], count))
                _image_grid(unseen, places[:MAX_SHOWN], "inside_on_map", "Chosen images")


def _selection_summary(labels: np.ndarray, count: int) -> str:
    """Return how many images were selected, and how many of each digit."""
    digits, counts = np.unique(labels, return_counts=True)
    parts = ", ".join(f"{n} of {digit}" for digit, n in zip(digits, counts, strict=True))
    more = f" The first {MAX_SHOWN} are shown." if len(labels) > MAX_SHOWN else ""
    return f"{len(labels)} of the first {count} validation images: {parts}.{more}"


@st.cache_resource(max_entries=24, show_spinner="Switching the units off, one at a time…")
def _cached_report(
    model_id: str, first: ImageRef, depth: int, _network: Network, _images: LabelledImages
) -> UnitReport:
    return unit_importance.unit_report(_network, depth, _images)


@st.cache_resource(max_entries=64, show_spinner=False)
def _weight_sheet(
    model_id: str,
    depth: int,
    page: int,
    _network: Network,
    _units: np.ndarray,
    _columns: int,
) -> str:
    """Return the picture of a page of units, with one colour scale for all pages of a layer."""
    weights = unit_importance.weight_images(_network, depth)
    return _weight_picture(weights[:, _units], _columns, opaque_weight([weights]))


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
    A = unit_importance.hidden_activations(_network, depth, _images.images[:count])
    coordinates, shares = unit_importance.principal_map(A)
    figure = map_chart(coordinates, _images.labels[:count], shares)
    # On a touch screen Plotly's buttons always stand above the chart: the legend goes below it.
    figure.update_layout(dragmode="lasso", margin_t=36, legend={"y": -0.2, "yanchor": "top"})
    return figure
