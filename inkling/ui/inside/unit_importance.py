"""The units: what each hidden unit looks for, how much it matters, and how a layer sees digits."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from plotly.graph_objects import Figure

from data_loader import Dataset
from inkling.analysis import unit_importance
from inkling.analysis.overflow import is_finite
from inkling.analysis.unit_importance import UnitReport
from inkling.charts.digits import map_chart, response_chart
from inkling.charts.weight_images import GAP, SIDE, opaque_weight, weight_image
from inkling.data import held_out
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui import session_keys
from inkling.ui.browser_events import parse_index, selected_points
from inkling.ui.components.digit_grid import GridCell, GridStyle, Sheet, digit_grid
from inkling.ui.widgets import overflow
from inkling.ui.widgets.digit_picker import DATA
from nn import Network
from nn.training import LabelledImages

PER_PAGE = 128  # units of which pictures are shown
MAX_WITHOUT_SCROLLING = 48  # units that need no box to scroll in
GRID_HEIGHT = 430  # pixels
COLUMNS = 16  # of the sheet they come on
MAP_IMAGES = 500  # images on the map
MAX_SHOWN = 120  # of the images chosen there
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

_PROBE_IMAGES = 100  # images that show whether a network's answers are numbers

_LAYER = "inside_layer"
_UNIT = "inside_unit_"  # and model and layer, as for the next two
_PAGE = "inside_unit_page_"
_SELECTED_ON_MAP = "inside_mapped_"
_OPENED_IMAGE = "inside_taken"  # a training image that was picked, and of which it was not yet said


@st.fragment
def show(model: Model, dataset: Dataset) -> None:
    """Draw the hidden units of a network, one of them closely, and the map of their layer.

    Parameters
    ----------
    model : Model
    dataset : Dataset
        On whose validation images the units are looked at.
    """
    network = model.network
    held_back = held_out.validation_images(dataset)
    P = network.predict_proba(held_back.images[:_PROBE_IMAGES])
    if not is_finite(network, P):
        overflow.show()
        return
    if len(network.layers) == 1:
        st.info(_NO_HIDDEN)
        st.image(
            _weight_picture(network.layers[0].W, 5), width=480, alt="The weights of the ten outputs"
        )
        return
    depth = _choose_layer(network)
    report = unit_report(model, dataset, depth)
    if not is_finite(network, report.mean_activations):
        overflow.show()
        return
    left, right = st.columns(2, gap="large")
    with left:
        unit = _choose_unit(model, network, depth, report)
    with right:
        _unit_details(network, dataset, depth, report, unit)
    st.subheader("How the layer sees the digits", help=MAP)
    _map(model, dataset, depth)


def unit_report(model: Model, dataset: Dataset, depth: int) -> UnitReport:
    """Return what is known of the units of a hidden layer; computed once, then shared.

    Parameters
    ----------
    model : Model
        With at least one hidden layer, and weights that are numbers.
    dataset : Dataset
    depth : int
        0 for the layer after the inputs.
    """
    return _cached_report(model.id, dataset.source, depth, model.network, dataset)


def open_in_inside(dataset: Dataset) -> Callable[[int], None]:
    """Return what a grid of validation images does when one is picked: other views will show it.

    Once something was picked, it is said in a note that goes by.

    Parameters
    ----------
    dataset : Dataset
        The function takes the place of an image among its validation images.
    """
    taken = st.session_state.pop(_OPENED_IMAGE, None)
    if taken is not None:
        st.toast(f"Training image {taken:,} is chosen: look at it under **One digit**.")

    def pick(place: int) -> None:
        index = _training_index(dataset, place)
        st.session_state[session_keys.DIGIT_SOURCE] = DATA
        st.session_state[session_keys.DIGIT_SPLIT] = "train"
        st.session_state[session_keys.DIGIT_INDEX] = index
        st.session_state[_OPENED_IMAGE] = index  # a callback can draw nothing itself

    return pick


def _training_index(dataset: Dataset, place: int) -> int:
    held_back = len(held_out.validation_images(dataset).labels)
    return len(dataset.train.labels) - held_back + place


def _choose_layer(network: Network) -> int:
    """Let the hidden layer be chosen where there are several."""
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


def _choose_unit(model: Model, network: Network, depth: int, report: UnitReport) -> int:
    """Draw the units as pictures, the most important first; return the one that is chosen."""
    place = f"{model.id}_{depth}"
    key, page_key = _UNIT + place, _PAGE + place
    count = len(report.ranking)
    if key not in st.session_state:
        st.session_state[key] = int(report.ranking[0])

    def pick(unit: int) -> None:
        st.session_state[key] = unit

    def turn() -> None:
        rank = int(np.flatnonzero(report.ranking == st.session_state[key])[0])
        st.session_state[page_key] = 1 + rank // PER_PAGE

    st.markdown(
        f"**{_unit_count(count)}, the most important first**",
        help=f"{IMPORTANCE} {WEIGHTS if depth == 0 else DEEPER_WEIGHTS}",
    )
    pages = -(-count // PER_PAGE)
    page = min(st.session_state.get(page_key, 1), pages)
    shown = report.ranking[PER_PAGE * (page - 1) : PER_PAGE * page]
    columns = min(COLUMNS, len(shown))
    # The pictures scroll in their box, so that on a phone the chosen unit stays in sight.
    with st.container(
        height=GRID_HEIGHT if len(shown) > MAX_WITHOUT_SCROLLING else "content", border=False
    ):
        digit_grid(
            Sheet(
                _weight_sheet(model.id, depth, page, network, shown, columns),
                columns,
                -(-len(shown) // columns),
                GAP / SIDE,
            ),
            [GridCell(unit, f"Unit {unit}: {_importance(report, unit)}") for unit in shown],
            label="Hidden units",
            key=f"inside_units_{place}",
            on_pick=pick,
            selected=st.session_state[key],
            style=GridStyle(44, "var(--st-text-color)"),  # blue is a weight
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = st.number_input(
            "Unit",
            0,
            count - 1,
            key=key,
            on_change=turn,
            persist_state="session",
            width=140,
        )
        if pages > 1:
            st.pagination(pages, key=page_key)
    st.caption(_measurement_note(network, depth, report))
    return int(unit)


def _unit_count(units: int) -> str:
    return "The only unit" if units == 1 else f"{units:,} units"


def _measurement_note(network: Network, depth: int, report: UnitReport) -> str:
    """Say on what importance was measured."""
    known = int(np.isfinite(report.accuracy_drop).sum())
    rest = ""
    if known < len(report.accuracy_drop):
        rest = (
            f" For so large a network only the {known:,} units with the most influence were "
            "switched off; the others follow by their influence."
        )
    picture = "" if depth == 0 else " Pictures: all weights from the pixels up, multiplied."
    return (
        f"Measured on {report.images:,} validation images, of which the whole network reads "
        f"{report.accuracy:.2%} right.{rest}{picture}"
    )


def _importance(report: UnitReport, unit: int) -> str:
    """Say what is lost without a unit, in a few words."""
    accuracy_drop = report.accuracy_drop[unit]
    if np.isnan(accuracy_drop):
        return "not measured"
    images = round(abs(accuracy_drop) * report.images)
    if images == 0:
        return "nothing is lost without it"
    fewer = "fewer" if accuracy_drop > 0 else "more"
    said = f"1 image {fewer} is" if images == 1 else f"{images:,} images {fewer} are"
    return f"without it, {said} read right, {abs(accuracy_drop):.2%} of all"


def _unit_details(
    network: Network, dataset: Dataset, depth: int, report: UnitReport, unit: int
) -> None:
    """Draw one unit closely."""
    rank = int(np.flatnonzero(report.ranking == unit)[0]) + 1
    st.markdown(f"**Unit {unit}**, number {rank:,} of {len(report.ranking):,} in importance")
    picture, facts = st.columns([2, 3], gap="medium")
    with picture:
        weights = unit_importance.weight_images(network, depth)[:, [unit]]
        st.image(
            _weight_picture(weights, 1),
            width=200,
            alt="Its weights as a picture: blue above 0, orange below",
        )
        st.caption("Blue: ink there excites it. Orange: ink there holds it back.")
    with facts:
        worth = _importance(report, unit)
        st.markdown(f"{worth[0].upper()}{worth[1:]}.")
        st.markdown("**How it answers to each digit**", help=MEAN_ACTIVATIONS)
        st.plotly_chart(
            response_chart(report.mean_activations[unit]),
            config={"displayModeBar": False},
            key="inside_unit_response",
            alt="The unit's mean activation for each digit",
        )
    st.markdown("**The validation images that excite it most**", help=OPEN_HINT)
    held_back = held_out.validation_images(dataset)
    # A ReLU that is 0 is not excited at all.
    excited = (report.top_activations[unit] > 0) | (network.activation != "relu")
    places = report.top_images[unit][excited][:TOP_SHOWN]
    if len(places) == 0:
        st.markdown("None does: its activation is 0 for all of them. A dead unit.")
        return
    _image_grid(dataset, held_back, places, "inside_exciting", "Images that excite the unit most")


def _image_grid(
    dataset: Dataset, held_back: LabelledImages, places: np.ndarray, key: str, label: str
) -> None:
    """Draw validation images; a click takes one along to other views."""
    labels = held_back.labels[places]
    digit_grid(
        held_back.images[places],
        [
            GridCell(
                place,
                f"{digit}, training image {_training_index(dataset, int(place)):,}",
                str(digit),
            )
            for digit, place in zip(labels, places, strict=True)
        ],
        label=label,
        key=key,
        on_pick=open_in_inside(dataset),
        style=GridStyle(min_width=48),
    )


@st.fragment
def _map(model: Model, dataset: Dataset, depth: int) -> None:
    """Draw the map of a layer, and the images that were chosen on it."""
    held_back = held_out.validation_images(dataset)
    count = min(MAP_IMAGES, len(held_back.labels))
    place = f"{model.id}_{depth}"
    kept, key = _SELECTED_ON_MAP + place, f"inside_map_{place}"

    def chosen() -> None:
        said = [
            parse_index(p.get("customdata"), count) for p in selected_points(st.session_state[key])
        ]
        indices = [index for index in said if index is not None]
        if indices:
            st.session_state[kept] = indices

    left, right = st.columns([3, 2], gap="large")
    with left:
        st.plotly_chart(
            _map_figure(model.id, dataset.source, depth, model.network, held_back, count),
            config={"displaylogo": False, "modeBarButtonsToRemove": ["autoScale2d"]},
            key=key,
            on_select=chosen,
            selection_mode=("points", "box", "lasso"),
            alt="Images as points along the two principal components of the layer's activations",
        )
    with right:
        st.markdown("**The images that you chose**", help=OPEN_HINT)
        with st.container(height=350, border=False):  # or what stands below would move
            places = np.array(st.session_state.get(kept, []), np.int64)
            places = places[places < count]
            if len(places) == 0:
                st.markdown("Draw a line round some points, or click one: here are their images.")
            else:
                places = places[np.argsort(held_back.labels[places], kind="stable")]
                st.caption(_selection_summary(held_back.labels[places], count))
                _image_grid(
                    dataset, held_back, places[:MAX_SHOWN], "inside_on_map", "Chosen images"
                )


def _selection_summary(labels: np.ndarray, count: int) -> str:
    """Say how many of so many images were chosen, and how many of each digit."""
    digits, counts = np.unique(labels, return_counts=True)
    parts = ", ".join(f"{n} of {digit}" for digit, n in zip(digits, counts, strict=True))
    more = f" The first {MAX_SHOWN} are shown." if len(labels) > MAX_SHOWN else ""
    return f"{len(labels)} of the first {count} validation images: {parts}.{more}"


@st.cache_resource(max_entries=24, show_spinner="Switching the units off, one at a time…")
def _cached_report(
    model_id: str, source: str, depth: int, _network: Network, _dataset: Dataset
) -> UnitReport:
    held_back = held_out.validation_images(_dataset)
    return unit_importance.unit_report(_network, depth, held_back)


@st.cache_resource(max_entries=64, show_spinner=False)
def _weight_sheet(
    model_id: str,
    depth: int,
    page: int,
    _network: Network,
    _units: np.ndarray,
    _columns: int,
) -> str:
    """Return the picture of a page of units; colours mean the same on all pages of a layer."""
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
    model_id: str, source: str, depth: int, _network: Network, _images: LabelledImages, count: int
) -> Figure:
    A = unit_importance.hidden_activations(_network, depth, _images.images[:count])
    coordinates, shares = unit_importance.principal_map(A)
    figure = map_chart(coordinates, _images.labels[:count], shares)
    # On a touch screen Plotly's buttons always stand above the chart: the legend goes below it.
    figure.update_layout(dragmode="lasso", margin_t=36, legend={"y": -0.2, "yanchor": "top"})
    return figure
