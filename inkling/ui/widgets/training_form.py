"""Training form: a widget for each entry of the table of settings that has one."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from digits.augment import augmentation
from inkling.lessons import glossary
from inkling.lessons.content import section
from inkling.runs.run_name import changes, nearest_recipe
from inkling.runs.settings import GROUPS, SETTINGS, SettingSpec, visible_message
from inkling.ui import services, session_keys
from inkling.ui.components.digit_grid import contact_sheet, picture_url
from inkling.ui.markdown import escape_markdown
from inkling.ui.widgets import data_choice
from inkling.ui.widgets.few_controls import FIELDS, few_controls
from inkling.ui.widgets.run_submission import settings_here, show_excess
from nn import ConfigError, TrainConfig, recipes
from nn.config import MAX_CONVOLUTIONS, REAL_RANGES, WHOLE_RANGES
from nn.losses import LOSSES
from nn.recipes import summaries
from nn.training import HasTrainTest, train_validation_split, validation_count

DEFAULT_RECIPE = "fast-97"
_FIRST_TERMS = {
    "hidden_sizes",
    "epochs",
    "learning_rate",
    "batch_size",
    "loss",
    "training_size",
}
"""Settings whose help has a term for the first time."""
PICTURED_RECIPES = {
    "fast-97": ":material/bolt: Fast",
    "conv-99": ":material/grid_on: Neighbourhoods",
    "experiment-a-16-16": ":material/compress: Too small",
    "eta-too-high": ":material/ssid_chart: Rate too high",
}
"""The recipes that are always in view, with their labels."""
_PICTURED = "pictured_recipe"
_RECIPE_HELP = "Settings with a known result. Choose one, then change what you like."
PREVIEWS = 8
UNIT_STEP = 4  # of the sliders for units
NARROWEST = 4  # units of the first hidden layer, and filters
SUGGESTED_FILTERS = (16, 48, 48, 48)  # of each convolution that is turned on
assert len(SUGGESTED_FILTERS) == MAX_CONVOLUTIONS


def training_form(
    front: DeltaGenerator, folded: DeltaGenerator, without: Collection[str] = ()
) -> TrainConfig | None:
    """Draw the form; return the config, or None after drawing why it is invalid.

    Settings without a widget are those of the chosen recipe, or of the config set by
    `use_settings`.

    Parameters
    ----------
    front, folded : DeltaGenerator
        Containers of the main settings and of the button that opens the others.
    without : collection of str
        Fields that are not asked for.
    """
    if session_keys.RECIPE not in st.session_state:
        use_settings(recipes[DEFAULT_RECIPE])
    base = _base_config()
    few = few_controls()
    with (
        folded,
        st.popover("All settings", icon=":material/tune:", width="stretch"),
        st.container(key="all_settings"),
    ):
        above = st.container()
        columns = dict(zip(GROUPS, st.columns(len(GROUPS), gap="large"), strict=True))
    with above if few else front:
        recipe = _choose_recipe()
    with front:
        show_excess(st.session_state[session_keys.FORM_BASE])
    for group, column in columns.items():
        column.header(group, anchor=False)
    in_front = {spec.field for spec in SETTINGS.values() if spec.main}
    if few:
        in_front &= {*FIELDS}
    places = {
        spec.field: front if spec.field in in_front else columns[spec.group]
        for spec in SETTINGS.values()
    }
    values = _draw_widgets(base, places, columns["Network"], without)
    with columns["Learning"]:
        st.toggle(
            "Start paused",
            key=session_keys.BEGIN_PAUSED,
            persist_state="session",
            help=(
                "The run waits before its first batch, so that you can go through it batch "
                "by batch."
            ),
        )
    settings = vars(base) | values
    _complete(settings, base)
    dataset = data_choice.load_dataset(settings["data"])
    with front:
        config = _checked(settings, dataset)
        note = None if config is None else validation_note(config, len(dataset.train.labels))
        if note is not None:
            st.caption(note)
        _show_changes(settings, recipe)
        if st.session_state[session_keys.BEGIN_PAUSED]:
            st.caption("The run begins paused. You can turn that off under **All settings**.")
    return config


def use_settings(config: TrainConfig, recipe: str | None = None) -> None:
    """Fill the form with a config; must be called before the form is drawn.

    Parameters
    ----------
    config : TrainConfig
    recipe : str, optional
        The recipe that is selected; the nearest one if left out.
    """
    st.session_state[session_keys.RECIPE] = recipe or nearest_recipe(config)
    st.session_state[session_keys.FORM_BASE] = config
    config = settings_here(config)
    first, second = (*config.hidden_sizes, 0, 0)[:2]
    st.session_state[_key("first")], st.session_state[_key("second")] = first, second
    st.session_state[_key("convolutions")] = len(config.filters)
    most = services.limits().filters
    suggested = [min(count, most) for count in SUGGESTED_FILTERS[len(config.filters) :]]
    for k, count in enumerate((*config.filters, *suggested), 1):
        st.session_state[_key(f"filters_{k}")] = count
    for spec in SETTINGS.values():
        value = getattr(config, spec.field)
        if spec.suggestion is not None and not spec.applies(vars(config)):
            value = spec.suggestion
        st.session_state[_key(spec.field)] = spec.none if value is None else value
        st.session_state.pop(_wanted(spec.field), None)


def _choose_recipe() -> str:
    """Draw the choice of a recipe: four in view, all of them in a list; return the chosen one."""
    chosen = st.session_state[session_keys.RECIPE]
    st.session_state[_PICTURED] = chosen if chosen in PICTURED_RECIPES else None
    with st.container(key="recipes", gap="xsmall"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            st.markdown("Start with", width="content", help=_RECIPE_HELP)
            with st.popover("More recipes", type="tertiary"):
                st.selectbox(
                    "Recipe",
                    list(recipes),
                    key=session_keys.RECIPE,
                    on_change=_use_chosen_recipe,
                    persist_state="session",
                )
        st.segmented_control(
            "Start with",
            list(PICTURED_RECIPES),
            format_func=PICTURED_RECIPES.__getitem__,
            key=_PICTURED,
            on_change=_use_pictured_recipe,
            width="stretch",
            label_visibility="collapsed",
        )
    st.caption(f"**{chosen}**: {summaries[chosen]}.")
    return chosen


def _use_pictured_recipe() -> None:
    recipe = st.session_state[_PICTURED] or st.session_state[session_keys.RECIPE]
    if recipe in PICTURED_RECIPES:
        use_settings(recipes[recipe], recipe)


def _use_chosen_recipe() -> None:
    recipe = st.session_state[session_keys.RECIPE]
    if recipe in recipes:
        use_settings(recipes[recipe], recipe)
    else:  # a forged message
        use_settings(st.session_state[session_keys.FORM_BASE])


def _base_config() -> TrainConfig:
    """Return the config that the form was filled with last."""
    return settings_here(st.session_state[session_keys.FORM_BASE])


def _show_changes(settings: dict[str, Any], recipe: str) -> None:
    """Draw what differs from the recipe, if anything, and the button that restores it."""
    changed = changes(settings, _recipe())
    if not changed:
        return
    with st.container(gap="xsmall"):
        st.caption(f"Changed from {recipe}: {escape_markdown(', '.join(changed))}.")
        st.button(
            f"Back to {recipe}",
            key="back_to_recipe",
            type="tertiary",
            icon=":material/undo:",
            on_click=use_settings,
            args=(recipes[recipe], recipe),
        )


def validation_note(config: TrainConfig, images: int) -> str | None:
    """Return how many of so many training images are held back, None if as many as usual."""
    count = validation_count(config, images)
    if count == TrainConfig.validation_size:
        return None
    if count == 0:
        return "There are no validation images, so the charts have no line for them."
    are = "is" if count == 1 else "are"
    return f"{count:,} of the {images:,} training images {are} set aside for validation."


def _draw_widgets(
    base: TrainConfig,
    places: Mapping[str, DeltaGenerator],
    second_layer: DeltaGenerator,
    without: Collection[str],
) -> dict[str, Any]:
    """Draw the widgets of all settings that apply; return their values by field."""
    values: dict[str, Any] = {}
    for spec in SETTINGS.values():
        draw = _DRAW.get(spec.widget or "")
        if spec.field in without:
            continue
        if spec.widget == "layers":
            values[spec.field] = _draw_layers(spec, base, places[spec.field], second_layer)
        elif draw is not None and spec.applies(vars(base) | values):
            with places[spec.field]:
                value = draw(spec, vars(base) | values)
            values[spec.field] = None if value == spec.none else value
            near_cause = places["filters"]
            if _wanted(spec.field) in st.session_state and near_cause is not places[spec.field]:
                near_cause.caption(
                    f"{spec.name}: {spec.value_label(value)}, the largest that fits. It is under "
                    "**All settings**."
                )
    return values


def _draw_convolutions(spec: SettingSpec, settings: Mapping[str, Any]) -> tuple[int, ...]:
    """Draw the choice of how many convolutions there are, and a slider for the filters of each."""
    numbers = range(MAX_CONVOLUTIONS + 1)
    _replace_unknown("convolutions", numbers, len(settings["filters"]))
    original = _recipe().filters
    count = st.segmented_control(
        _marked("Convolutions", "convolutions", len(original)),
        numbers,
        format_func=lambda number: str(number or "None"),
        required=True,
        **_persistent("convolutions"),
        width="stretch",
        help=section("help/train", "Convolutions"),
    )
    sizes = []
    for k in range(1, count + 1):
        key, label = f"filters_{k}", f"Filters of convolution {k}"
        if k <= len(original):
            label = _marked(label, key, original[k - 1])
        sizes.append(_draw_units(spec, key, label, _help(spec), NARROWEST))
    return tuple(sizes)


def _draw_layers(
    spec: SettingSpec, base: TrainConfig, front: DeltaGenerator, more: DeltaGenerator
) -> tuple[int, ...]:
    """Draw a slider for each of the first two hidden layers."""
    original_first, original_second = (*_recipe().hidden_sizes, 0, 0)[:2]
    with front:
        label = _marked(spec.name, "first", original_first)
        first = _draw_units(spec, "first", label, _help(spec), NARROWEST)
    with more:
        label = _marked("Second hidden layer", "second", original_second)
        about = "Units in a second hidden layer; 0 for none."
        second = _draw_units(spec, "second", label, about, 0)
        deeper = base.hidden_sizes[2:]
        if deeper:
            st.caption(f"The recipe has further layers: {', '.join(map(str, deeper))}.")
    return tuple(size for size in (first, second, *deeper) if size)


def _draw_units(spec: SettingSpec, key: str, label: str, help_text: str, low: int) -> int:
    """Draw the slider for the units of a layer, whose range includes the present value."""
    high, value = _slider_end(spec, key)
    step = 1 if value % UNIT_STEP or high < UNIT_STEP else UNIT_STEP
    return _draw_range(key, label, help_text, min(low, value, high), high, step)


def _draw_slider(spec: SettingSpec, settings: Mapping[str, Any]) -> int:
    low, _ = WHOLE_RANGES[spec.field]
    high, _ = _slider_end(spec, spec.field)
    return _draw_range(spec.field, _label(spec), _help(spec), low, high)


def _help(spec: SettingSpec) -> str:
    """Return the help of a setting, with a link to the glossary where a term appears first."""
    return f"{spec.help}\n\n{glossary.LINK}" if spec.field in _FIRST_TERMS else spec.help


def _slider_end(spec: SettingSpec, key: str) -> tuple[int, int]:
    """Return the end of a slider and its value, which the server's limit reduces.

    The limit may have been lowered since the form was filled. The end is not below the value.
    """
    maximum = services.limits().maximum(spec.field)
    value = st.session_state[_key(key)]
    if maximum is None:
        return max(spec.slider_end, value), value
    value = st.session_state[_key(key)] = min(value, maximum)
    return max(min(spec.slider_end, maximum), value), value


def _draw_range(key: str, label: str, help_text: str, low: int, high: int, step: int = 1) -> int:
    """Draw a slider, or the only value that this server allows."""
    if low == high:
        st.caption(f"{label}: {low}, the only value that this server allows.")
        return low
    return st.slider(label, low, high, step=step, **_persistent(key), help=help_text)


def _draw_steps(spec: SettingSpec, settings: Mapping[str, Any]) -> Any:
    """Draw a slider of the fitting choices.

    A value that does not fit is replaced by the largest that does, and comes back once it fits,
    unless the visitor has chosen another.
    """
    choices = _fitting_choices(spec, settings)
    key, wanted = _key(spec.field), _wanted(spec.field)
    if st.session_state.get(wanted) in choices:
        st.session_state[key] = st.session_state.pop(wanted)
    elif st.session_state[key] not in choices:
        st.session_state.setdefault(wanted, st.session_state[key])
        st.session_state[key] = choices[-1]
    if wanted in st.session_state:
        st.caption(
            f"{spec.name}: with the other settings, {spec.value_label(choices[-1])} is the "
            "largest possible."
        )
    if len(choices) == 1:
        return choices[0]
    return st.select_slider(
        _label(spec),
        choices,
        **_persistent(spec.field),
        on_change=lambda: st.session_state.pop(wanted, None),
        format_func=spec.value_label,
        help=_help(spec),
    )


def _draw_select(spec: SettingSpec, settings: Mapping[str, Any]) -> Any:
    choices = [spec.none if value is None else value for value in _fitting_choices(spec, settings)]
    present = settings[spec.field]
    kept = spec.none if present is None else present
    _replace_unknown(spec.field, choices, kept if kept in choices else choices[0])
    return st.selectbox(
        _label(spec),
        choices,
        format_func=lambda value: spec.value_label(None if value == spec.none else value),
        **_persistent(spec.field),
        help=_help(spec),
    )


def _label(spec: SettingSpec) -> str:
    """Return the label of a setting's widget, which says whether the value was changed."""
    original = getattr(_recipe(), spec.field)
    return _marked(spec.label or spec.name, spec.field, spec.none if original is None else original)


def _marked(label: str, key: str, original: Any) -> str:
    """Return a label, with a mark if its widget has another value than the recipe."""
    return label if st.session_state[_key(key)] == original else f"{label} (changed)"


def _recipe() -> TrainConfig:
    """Return the chosen recipe within the limits of this server."""
    return settings_here(recipes[st.session_state[session_keys.RECIPE]])


def _fitting_choices(spec: SettingSpec, settings: Mapping[str, Any]) -> list[Any]:
    """Return the choices, with the present one, that can be combined with the settings above."""
    choices = spec.with_choices(settings[spec.field])
    return [choice for choice in choices if spec.fits(settings, choice)]


def _replace_unknown(key: str, choices: Collection[Any], present: Any) -> None:
    """Replace a value that is no choice: Streamlit takes any text that a message names."""
    if st.session_state[_key(key)] not in choices:
        st.session_state[_key(key)] = present


def _draw_number(spec: SettingSpec, settings: Mapping[str, Any]) -> Any:
    bounds = (WHOLE_RANGES | REAL_RANGES)[spec.field]
    whole = spec.field in WHOLE_RANGES
    low, high, step = (*bounds, 1) if whole else (*map(float, bounds), 0.01)
    return st.number_input(
        _label(spec),
        min_value=low,
        max_value=high,
        step=step,
        format=None if whole else "%g",
        **_persistent(spec.field),
        help=_help(spec),
    )


def _draw_dataset(spec: SettingSpec, settings: Mapping[str, Any]) -> str:
    """Draw the choice of a data set if there are several."""
    datasets = services.datasets()
    if len(datasets.names) == 1:
        return settings["data"]
    _replace_unknown(spec.field, datasets.names, settings["data"])
    return st.selectbox(
        _label(spec),
        list(datasets.names),
        format_func=datasets.label,
        **_persistent(spec.field),
        help=f"{data_choice.BUILTIN} {spec.help}",
    )


def _draw_augmentation(spec: SettingSpec, settings: Mapping[str, Any]) -> Any:
    """Draw the choice of a distortion; below it a digit and distorted copies of it."""
    name = _draw_select(spec, settings)
    distort = augmentation(None if name == spec.none else name)
    if distort is None:
        return name
    data = st.session_state[_key("data")]
    digit = data_choice.load_dataset(data).train.images[:1]
    changed = distort(digit.repeat(PREVIEWS, axis=0), np.random.default_rng(0))
    st.caption("A digit, and versions of it that the network may see instead:")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(picture_url(digit[0], 2), width=48, alt="the digit as it is")
        st.markdown("→", width="content")
        sheet = contact_sheet(changed, PREVIEWS // 2)
        st.image(picture_url(sheet, 2), width=24 * PREVIEWS, alt="the digit distorted in many ways")
    return name


_DRAW: dict[str, Callable[[SettingSpec, Mapping[str, Any]], Any]] = {
    "convolutions": _draw_convolutions,
    "slider": _draw_slider,
    "steps": _draw_steps,
    "select": _draw_select,
    "number": _draw_number,
    "dataset": _draw_dataset,
    "augmentation": _draw_augmentation,
}
"""Functions that draw a widget of a kind and return its value; `_draw_layers` is apart."""


def _complete(settings: dict[str, Any], base: TrainConfig) -> None:
    """Change settings that the widgets do not show so that they suit those that they show."""
    loss = LOSSES[settings["loss"]]
    if settings["output"] not in loss.outputs:
        settings["output"] = loss.outputs[0]
    if settings["optimizer"] != "sgd":
        settings["update_order"] = "together"
    for spec in SETTINGS.values():
        if not spec.applies(settings) and spec.applies(vars(base)):
            settings[spec.field] = getattr(TrainConfig, spec.field)


def _checked(settings: dict[str, Any], dataset: HasTrainTest) -> TrainConfig | None:
    """Return the config with these settings, or None after drawing why they are invalid."""
    try:
        config = settings_here(TrainConfig(**settings))
        train_validation_split(dataset, config)
    except ConfigError as error:
        st.error(escape_markdown(visible_message(error)))
        return None
    return config


def _key(field: str) -> str:
    return session_keys.FORM_FIELD + field


def _wanted(field: str) -> str:
    """Return the key of the value that a setting had before others left no room for it."""
    return f"{_key(field)}_wanted"


def _persistent(field: str) -> dict[str, Any]:
    """Return arguments that keep a widget's value while other pages are open."""
    return {"key": _key(field), "persist_state": "session"}
