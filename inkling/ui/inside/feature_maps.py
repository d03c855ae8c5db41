"""Feature maps: what each filter of a convolution makes of a digit."""

import math

import numpy as np
import streamlit as st

from inkling.analysis import unit_importance
from inkling.analysis.hidden_layers import hidden_activations, layer_names
from inkling.analysis.receptive_field import receptive_field
from inkling.charts.number_format import format_number
from inkling.charts.weight_images import gap_between, opaque_weight, weight_image
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui.components.digit_grid import GridCell, GridStyle, Sheet, digit_grid, picture_url
from inkling.ui.components.pixel_map import pixel_map, signed_image_url
from inkling.ui.components.readout import Readout
from inkling.ui.inside.layout import create_pair
from inkling.ui.widgets import network_choice, overflow
from inkling.ui.widgets.digit_picker import PickedImage
from nn import Network
from nn.diagnosis import is_finite

NO_CONVOLUTIONS = (
    "This network has no filters, so it has no feature maps: each unit of its first layer looks at "
    "all pixels at once. Choose a convolutional network above, or train one."
)
MAX_WITHOUT_SCROLLING = 48  # maps
GRID_HEIGHT = 430  # pixels
COLUMNS = 8  # of the sheets they come on
_FADING = 5  # of the ink that a number does not depend on

_LAYER = "inside_map_layer"
_FILTER = "inside_map_filter_"  # and model and layer, as for the next
_PLACE = "inside_map_place_"


@st.fragment
def show(model: Model, digit: PickedImage | None) -> None:
    """Draw the feature maps of a digit, and one of them with its filter.

    Parameters
    ----------
    model : Model
    digit : PickedImage or None
    """
    network = model.network
    if not network.filters:
        st.info(NO_CONVOLUTIONS)
        network_choice.ask_builtin_network()
        return
    if digit is None:
        st.info("Choose a digit to see its feature maps.")
        return
    if not is_finite(network, network.predict_proba(digit.image[None])):
        overflow.show()
        return
    depth = _choose_convolution(network)
    maps = _maps(model.id, digit.image.tobytes(), depth, network)
    with st.container(key="inside_maps"):
        left, right = st.columns(2, gap="large")
    with left:
        chosen = _choose_filter(model, network, depth, maps)
    with right:
        _one_map(model, network, depth, chosen, maps[chosen], digit.image)


def _choose_convolution(network: Network) -> int:
    """Draw the choice of a convolution, if there are several; return its depth."""
    count = len(network.filters)
    if count == 1:
        return 0
    if st.session_state.get(_LAYER, 0) >= count:
        st.session_state[_LAYER] = 0
    names = layer_names(network)
    return int(
        st.segmented_control(
            "Convolution",
            range(count),
            default=0,
            required=True,
            format_func=lambda depth: f"{names[depth]}: {_count(network.filters[depth])}",
            key=_LAYER,
            persist_state="session",
        )
    )


def _count(filters: int) -> str:
    return "1 filter" if filters == 1 else f"{filters} filters"


def _choose_filter(model: Model, network: Network, depth: int, maps: np.ndarray) -> int:
    """Draw all feature maps and, of the first convolution, all filters; return the chosen one.

    Until one is chosen, it is that of the largest number.
    """
    key = f"{_FILTER}{model.id}_{depth}"
    filters, side, _ = maps.shape
    strongest = int(maps.reshape(filters, -1).max(axis=1).argmax())
    chosen = min(st.session_state.get(key, strongest), filters - 1)

    def select(filter_number: int) -> None:
        st.session_state[key] = filter_number

    grids = {f"**Feature maps**, {side} × {side} each": (maps, "Feature map of filter")}
    if depth == 0:
        size = network.kernel_size
        weights = network.convolutions[0].W[:, 0]
        grids = {f"**Filters**, {size} × {size} each": (weights, "Filter"), **grids}
    for place, (heading, (images, name)) in enumerate(grids.items()):
        st.markdown(heading, help=section("help/inside", "Feature maps"))
        scrolls = filters > MAX_WITHOUT_SCROLLING
        with st.container(height=GRID_HEIGHT if scrolls else "content", border=False):
            digit_grid(
                _sheet(images),
                [GridCell(k, f"{name} {k}") for k in range(filters)],
                label=heading.split("**")[1],
                key=f"inside_map_grid_{place}_{model.id}_{depth}",
                on_pick=select,
                selected=chosen,
                style=GridStyle(40, "var(--st-text-color)", 6),  # blue is a number above 0
            )
    is_default = "" if key in st.session_state else " Open is the map with the largest number."
    st.caption(f"Blue is above 0, orange below. Click one to look closer.{is_default}")
    return chosen


def _one_map(
    model: Model, network: Network, depth: int, chosen: int, A: np.ndarray, image: np.ndarray
) -> None:
    """Draw one feature map, its filter, and the pixels that one of its numbers depends on."""
    rows, columns = A.shape
    key = f"{_PLACE}{model.id}_{depth}"
    kept: int | None = st.session_state.get(key)
    place = int(A.argmax()) if kept is None else kept
    row, column = divmod(place, columns)

    def pick(place: int) -> None:
        st.session_state[key] = place

    def show_largest() -> None:
        st.session_state.pop(key, None)

    st.markdown(f"**Filter {chosen} of convolution {depth + 1}**")
    map_column, seen_column = create_pair("feature_map")
    with map_column:
        pixel_map(
            signed_image_url(A),
            (rows, columns),
            Readout(("",), (A.ravel(),)),
            label=f"Feature map of filter {chosen}",
            key="inside_map_one",
            chosen=place,
            on_pick=pick,
        )
    seen = receptive_field(network, depth, row, column, pooled=True)
    with seen_column:
        faded = image // _FADING
        part = np.s_[seen.row : seen.row + seen.rows, seen.column : seen.column + seen.columns]
        faded[part] = image[part]
        st.image(
            picture_url(faded, 8),
            width=200,
            alt="The digit; what the chosen number depends on is dark",
        )
        st.caption(
            f"The number at row {row}, column {column} of the map depends on {seen.rows} × "
            f"{seen.columns} pixels: the rest is faded."
        )
        st.button(
            "Largest number",
            on_click=show_largest,
            disabled=kept is None,
            help="Choose the place of the map with the largest number.",
        )
    incoming = unit_importance.incoming_images(network, depth, chosen)
    if incoming is None:
        return
    maps = incoming.shape[1]
    if depth > 0:
        st.markdown(f"**Its weights**, a picture for each of the {maps} feature maps below")
    else:
        st.markdown("**Its weights**")
    st.image(
        weight_image(incoming, opaque_weight([incoming]), min(maps, COLUMNS)),
        width=200 if depth == 0 else 400,
        alt="The weights of the filter: blue above 0, orange below",
    )
    st.caption(
        "At each place the products of weights and numbers below are added up, with the bias "
        f"{format_number(float(network.convolutions[depth].b[chosen]), 3)}."
    )


def _sheet(images: np.ndarray) -> Sheet:
    """Return weights or maps (n, side, side) as one image, with one colour scale."""
    count, side, _ = images.shape
    columns = min(COLUMNS, count)
    picture = weight_image(images.reshape(count, -1).T, opaque_weight([images]), columns)
    return Sheet(picture, columns, math.ceil(count / columns), gap_between(side) / side)


@st.cache_resource(max_entries=128, show_spinner=False)
def _maps(model_id: str, pixels: bytes, depth: int, _network: Network) -> np.ndarray:
    """Return the feature maps (filters, rows, columns) of a digit."""
    image = np.frombuffer(pixels, np.uint8).reshape(1, 28, 28)
    with np.errstate(over="ignore", invalid="ignore"):
        maps = hidden_activations(_network, depth, image)[..., 0]
    maps.setflags(write=False)
    return maps
