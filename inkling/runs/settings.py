"""Table of settings: one `SettingSpec` for each field of `TrainConfig`.

The training form, the axes of sweeps, the names of runs, the comparison of runs, links and the
limits of the server read it. A new field of `TrainConfig` needs an entry here and nothing else.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from data_loader import BUILTIN
from digits.augment import AUGMENTATIONS
from nn import ConfigError, TrainConfig
from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.config import SIDE, truncate_repr
from nn.convolution import image_sides
from nn.initializers import INITIALIZERS
from nn.losses import LOSSES
from nn.optimizers import OPTIMIZERS
from nn.schedules import SCHEDULES

NONE = "none"
"""In links and widgets: no hidden layer, or None, which a select box takes for no selection."""

Widget = Literal[
    "convolutions",
    "layers",
    "slider",
    "steps",
    "select",
    "number",
    "dataset",
    "augmentation",
]

Group = Literal["Network", "Learning", "Data"]
GROUPS: tuple[Group, ...] = get_args(Group)


def _value_label(value: Any) -> str:
    if isinstance(value, tuple):
        return "-".join(map(str, value)) or NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _always(settings: Mapping[str, Any]) -> bool:
    return True


def _any_choice(settings: Mapping[str, Any], choice: Any) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class SettingSpec:
    """How one field of `TrainConfig` is named, shown, chosen, written in links and limited.

    Attributes
    ----------
    field : str
    name : str
        In tables, as an axis, and in messages.
    label, help : str
        Of its widget; the label is the name if it is left out.
    widget : str or None
        Kind of its widget in the training form; None if it has none.
    main : bool
        Whether the widget is always visible instead of among all settings.
    group : {"Network", "Learning", "Data"}
        Of the widget among all settings.
    choices : tuple
        Values offered in lists: those of the widget and of a sweep.
    slider_end : int
        Usual end of a slider.
    none : str
        Stands for None in the widget.
    suggestion : object
        Value that the widget has at first where the setting does not apply; None for its own.
    applies : callable
        Settings by field -> whether this setting has an effect. It may depend on settings that
        stand above it in the table.
    fits : callable
        Settings by field, and a choice -> whether the choice can be combined with the settings that
        stand above it in the table. The form offers no other choice.
    sweep : tuple
        Choices that are selected at first in a sweep over this setting; empty if it cannot be
        swept.
    limit : {"epochs", "filters", "units"} or None
        The limit of the server that bounds it.
    value_label : callable
        Value -> text on the screen.
    describe : callable or None
        Value -> phrase in the name of a run, such as "16 units"; name and value if None.
    """

    field: str
    name: str
    label: str = ""
    help: str = ""
    widget: Widget | None = None
    main: bool = False
    group: Group = "Learning"
    choices: tuple[Any, ...] = ()
    slider_end: int = 0
    none: str = NONE
    suggestion: Any = None
    applies: Callable[[Mapping[str, Any]], bool] = _always
    fits: Callable[[Mapping[str, Any], Any], bool] = _any_choice
    sweep: tuple[Any, ...] = ()
    limit: Literal["epochs", "filters", "units"] | None = None
    value_label: Callable[[Any], str] = _value_label
    describe: Callable[[Any], str] | None = None

    def phrase(self, value: Any) -> str:
        """Return a value as part of a run's name: "16 units", "eta 0.5"."""
        if self.describe is not None:
            return self.describe(value)
        return f"{self.name[0].lower()}{self.name[1:]} {self.value_label(value)}"

    def with_choices(self, *values: Any) -> tuple[Any, ...]:
        """Return the choices and further values; numbers are sorted, None is the last."""
        further = [value for value in dict.fromkeys(values) if value not in self.choices]
        if any(isinstance(value, str) for value in further):
            return (*self.choices, *further)
        if not further:
            return self.choices
        return tuple(sorted((*self.choices, *further), key=lambda v: (v is None, v)))

    def text(self, value: Any) -> str:
        """Return a value as text for a link, which `parse` turns back into the same value."""
        if value is None:
            return NONE
        if isinstance(value, tuple):
            return "-".join(map(str, value)) or NONE
        if _TYPES[self.field] is float:  # also where the config holds 1 for 1.0
            return repr(float(value))
        return str(value).lower() if isinstance(value, bool) else str(value)

    def parse(self, text: str) -> Any:
        """Return the value of untrusted text.

        Raises
        ------
        ConfigError
            If it cannot be parsed. Its range is checked by `TrainConfig`.
        """
        kind = _TYPES[self.field]
        if text == NONE and kind in (int | None, str | None):
            return None
        pattern, described, read = _READERS[kind]
        # int() and float() accept more: digits of other scripts, 1_000, nan, surrounding spaces.
        if not re.fullmatch(pattern, text):
            raise ConfigError(f"{self.field}: {described}, not {truncate_repr(text)}")
        return read(text)


def _sizes(text: str) -> tuple[int, ...]:
    return () if text == NONE else tuple(int(size) for size in text.split("-"))


_TYPES: dict[str, Any] = {field.name: field.type for field in fields(TrainConfig)}
_WHOLE = (r"-?[0-9]+", "a whole number", int)
_NAME = (r"(?s).*", "a name", str)
_READERS: dict[Any, tuple[str, str, Callable[[str], Any]]] = {
    tuple[int, ...]: (rf"{NONE}|[0-9]+(-[0-9]+)*", f"sizes as in '128-64', or '{NONE}'", _sizes),
    int: _WHOLE,
    int | None: _WHOLE,
    float: (r"-?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?", "a number", float),
    bool: (r"true|false", "'true' or 'false'", lambda text: text == "true"),
    str: _NAME,
    str | None: _NAME,
}
"""For each type of a field: regular expression, description for messages, and parser."""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _describe_units(sizes: tuple[int, ...]) -> str:
    if len(sizes) == 1:
        return _count(sizes[0], "unit")
    return f"{_value_label(sizes)} units" if sizes else "no hidden layer"


def _describe_filters(filters: tuple[int, ...]) -> str:
    if len(filters) == 1:
        return _count(filters[0], "filter")
    return f"{_value_label(filters)} filters" if filters else "no convolution"


def _describe_training_size(size: int | None) -> str:
    return "all training images" if size is None else _count(size, "training image")


def _label_in(registry: Mapping[str, Any]) -> Callable[[str], str]:
    """Return a function from a name to the label of its entry in a registry of `nn`."""
    return lambda name: getattr(registry.get(name), "label", str(name))


def _formulas(registry: Mapping[str, Any], **symbols: str) -> str:
    """Return a Markdown list of the formulas in a registry of `nn`, without the historical ones.

    Parameters
    ----------
    registry : mapping of str to Any
    symbols
        LaTeX by placeholder, where the formulas have placeholders.
    """
    entries = (registry[name] for name in _current(registry))
    lines = (
        f"- {each.label}: ${each.formula.format(**symbols) if symbols else each.formula}$"
        for each in entries
    )
    return "\n\n" + "\n".join(lines)


def _current(registry: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names in a registry without the historical variants."""
    return tuple(name for name in registry if not getattr(registry[name], "historical", False))


_DATA = {"mnist": "MNIST", "builtin": BUILTIN, "both": f"MNIST and {BUILTIN.lower()}"}


def _has_convolutions(settings: Mapping[str, Any]) -> bool:
    return bool(settings["filters"])


def _kernel_fits(settings: Mapping[str, Any], size: int) -> bool:
    """Return whether filters of this size fit into what each convolution leaves of the image."""
    try:
        image_sides(SIDE, settings["filters"], size, settings["shrink"])
    except ValueError:
        return False
    return True


_KERNEL_SIZES = (2, 3, 4, 5, 6, 7, 9, 11)


def _shrink_fits(settings: Mapping[str, Any], shrink: str) -> bool:
    """Return whether filters of any size can be combined with this way to shrink the image."""
    return any(_kernel_fits({**settings, "shrink": shrink}, size) for size in _KERNEL_SIZES)


_SHRINK = {"stride": "Stride of 2", "pool": "Max pooling"}

SPECS = (
    SettingSpec(
        field="filters",
        name="Filters",
        help="A filter is a small image of weights. It moves over the whole image, and its sum at "
        "each place says how well it fits there. So a shape is found wherever it is. These sums, "
        "after the activation function, are its feature map; the next convolution looks at all "
        "feature maps at once. More filters find more shapes, and take longer.",
        widget="convolutions",
        group="Network",
        main=True,
        choices=((), (4,), (8,), (16,), (32,), (4, 8), (8, 16), (16, 32), (16, 48), (32, 64)),
        slider_end=64,
        sweep=((), (8,), (16,), (8, 16)),
        limit="filters",
        describe=_describe_filters,
    ),
    SettingSpec(
        field="shrink",
        name="Shrinking",
        label="How the image shrinks",
        help="Each convolution halves the rows and columns of the image. **Stride of 2**: "
        "its filters move by two pixels. **Max pooling**: they move by one pixel, and "
        "only the largest of each square of four sums remains. That takes about "
        "three times as long.",
        widget="select",
        group="Network",
        choices=tuple(_SHRINK),
        applies=_has_convolutions,
        fits=_shrink_fits,
        sweep=tuple(_SHRINK),
        value_label=_SHRINK.__getitem__,
        describe=lambda shrink: "max pooling" if shrink == "pool" else "a stride of 2",
    ),
    SettingSpec(
        field="kernel_size",
        name="Filter size",
        help="Rows and columns of each filter, in pixels. A larger filter sees more of the image "
        "at once and takes longer; 5 × 5 suits handwritten digits. Each convolution leaves less "
        "of the image, so the more there are, the smaller their filters have to be.",
        widget="steps",
        group="Network",
        choices=_KERNEL_SIZES,
        applies=_has_convolutions,
        fits=_kernel_fits,
        sweep=(3, 5, 7),
        value_label=lambda size: f"{size} × {size}",
    ),
    SettingSpec(
        field="hidden_sizes",
        name="Hidden size",
        help="Units in the hidden layer. A unit is also called a neuron. Each looks at all "
        "784 pixels, or at all feature maps of the last convolution. More units can "
        "tell more shapes apart, and take longer. 128 works well.",
        widget="layers",
        group="Network",
        main=True,
        choices=(
            *((), (4,), (8,), (16,), (32,), (64,), (128,), (256,), (512,)),
            *((16, 16), (64, 64), (128, 64)),
        ),
        slider_end=512,
        sweep=((16,), (32,), (64,), (128,)),
        limit="units",
        describe=_describe_units,
    ),
    SettingSpec(
        field="epochs",
        name="Epochs",
        help=(
            "An epoch is one pass over all training images. More epochs take longer and "
            "usually raise the accuracy, up to a point. Two are enough to begin with."
        ),
        widget="slider",
        main=True,
        choices=(1, 2, 3, 5, 10, 20, 50),
        slider_end=100,
        sweep=(1, 2, 5),
        limit="epochs",
        describe=lambda epochs: _count(epochs, "epoch"),
    ),
    SettingSpec(
        field="learning_rate",
        name="Learning rate",
        label="Eta (learning rate)",
        help="How far each step goes down the slope of the cost (η in formulas). Too "
        "small: the network learns slowly. Too large: the cost jumps about, or the "
        "numbers overflow. 0.15 works well with the standard settings.",
        widget="steps",
        main=True,
        choices=(
            *(0.0001, 0.0002, 0.0005, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.0075),
            *(0.01, 0.015, 0.02, 0.03, 0.05, 0.07, 0.075),
            *(0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75),
            *(1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 20.0, 50.0, 100.0),
        ),
        sweep=(0.02, 0.05, 0.15, 0.5),
    ),
    SettingSpec(
        field="data",
        name="Training data",
        label="Digits to learn from",
        help=(
            "The data set the network learns from. The Mistakes page shows how well it "
            "reads the other one."
        ),
        widget="dataset",
        group="Data",
        choices=tuple(_DATA),
        value_label=_DATA.__getitem__,
        describe=lambda data: _DATA[data].replace(BUILTIN, BUILTIN.lower()),
    ),
    SettingSpec(
        field="augmentation",
        name="Distortion",
        label="Distort the images",
        help="Changes each image at random every time the network learns from it "
        "(augmentation). The network then needs more epochs and reads new digits "
        "better. Blur, noise, a veil of light and other stroke widths teach it to read "
        "poor pictures.",
        widget="augmentation",
        group="Data",
        choices=(None, *AUGMENTATIONS),
        sweep=(None, "affine", "elastic"),
        value_label=lambda name: AUGMENTATIONS[name].label if name else "None",
        describe=lambda name: f"{name or 'no'} distortion",
    ),
    SettingSpec(
        field="batch_size",
        name="Batch size",
        help=(
            "The images the network learns from in one step are a batch. Small batches "
            "make more steps in an epoch, large ones compute more images a second. 100 "
            "works well."
        ),
        widget="steps",
        choices=(1, 5, 10, 20, 50, 100, 200, 250, 500, 1_000, 2_000, 5_000, 10_000, 60_000),
        sweep=(20, 100, 500),
        value_label=lambda size: f"{size:,}",
    ),
    SettingSpec(
        field="activation",
        name="Activation",
        help=(
            "The function that turns a hidden unit's weighted sum z into its output. ReLU "
            "works well."
        )
        + _formulas(HIDDEN_ACTIVATIONS, z="z"),
        widget="select",
        group="Network",
        choices=_current(HIDDEN_ACTIVATIONS),
        sweep=("relu", "tanh", "sigmoid"),
        value_label=_label_in(HIDDEN_ACTIVATIONS),
    ),
    SettingSpec(
        field="loss",
        name="Loss",
        help=(
            "How each wrong answer A is scored, given the target Y. The cost is the mean "
            "over images."
        )
        + _formulas(LOSSES, A="A", Y="Y", label=r"\text{digit}"),
        widget="select",
        choices=tuple(LOSSES),
        value_label=_label_in(LOSSES),
    ),
    SettingSpec(
        field="optimizer",
        name="Optimiser",
        help="How the gradient becomes a step. Adam needs a small learning rate, about 0.001."
        + _formulas(OPTIMIZERS),
        widget="select",
        choices=tuple(OPTIMIZERS),
        sweep=tuple(OPTIMIZERS),
        value_label=_label_in(OPTIMIZERS),
    ),
    SettingSpec(
        field="schedule",
        name="Schedule",
        help="The factor on the learning rate when a share t of the run is done."
        + _formulas(SCHEDULES),
        widget="select",
        choices=tuple(SCHEDULES),
        sweep=tuple(SCHEDULES),
        value_label=_label_in(SCHEDULES),
    ),
    SettingSpec(
        field="averaging",
        name="Weight averaging",
        help="The run ends with the mean of the weights of its last steps. These often "
        "read new digits a little better than the last weights alone.",
        widget="select",
        choices=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
        sweep=(0.0, 0.2, 0.4),
        value_label=lambda share: f"Last {share:.0%}" if share else "Off",
        describe=lambda share: f"last {share:.0%} averaged" if share else "no averaging",
    ),
    SettingSpec(
        field="initialization",
        name="Initialisation",
        help=(
            "How the random weights between n units and m units are spread at the start. "
            "He suits ReLU, Xavier suits tanh."
        )
        + _formulas(INITIALIZERS),
        widget="select",
        group="Network",
        choices=tuple(INITIALIZERS),
        sweep=tuple(INITIALIZERS),
        value_label=_label_in(INITIALIZERS),
    ),
    SettingSpec(
        field="initial_scale",
        name="Initial spread",
        label="s, the spread of the first weights",
        help="The standard deviation of the first weights. 0 makes all weights zero.",
        widget="number",
        group="Network",
        applies=lambda settings: settings["initialization"] == "normal",
        suggestion=0.01,
    ),
    SettingSpec(
        field="training_size",
        name="Training images",
        help="How many images the network learns from. Validation images are never among them.",
        widget="select",
        group="Data",
        choices=(100, 300, 1_000, 3_000, 10_000, 30_000, None),
        none="All",
        sweep=(300, 1_000, 3_000, 10_000),
        value_label=lambda size: "All" if size is None else f"{size:,}",
        describe=_describe_training_size,
    ),
    SettingSpec(
        field="seed",
        name="Seed",
        help="Fixes the random numbers, so that the same seed gives the same run.",
        widget="number",
        choices=tuple(range(10)),
        sweep=(0, 1, 2),
    ),
    SettingSpec(
        field="output",
        name="Output activation",
        value_label=_label_in(OUTPUT_ACTIVATIONS),
    ),
    SettingSpec(field="initial_bias", name="Initial bias"),
    SettingSpec(
        field="input_scale",
        name="Input scale",
        value_label=lambda scale: "1/255" if scale == 1 / 255 else f"{scale:g}",
    ),
    SettingSpec(field="dtype", name="Number type", describe=str),
    SettingSpec(
        field="validation_size",
        name="Validation images",
        value_label=lambda size: f"{size:,}",
        describe=lambda size: _count(size, "validation image"),
    ),
    SettingSpec(
        field="shuffled_labels",
        name="Shuffled labels",
        describe=lambda shuffled: "shuffled labels" if shuffled else "labels as they are",
    ),
    SettingSpec(
        field="test_each_epoch",
        name="Test in each epoch",
        describe=lambda each: "a test in each epoch" if each else "one test at the end",
    ),
    SettingSpec(
        field="sampling",
        name="Sampling",
        value_label=lambda name: name.replace("-", " "),
    ),
    SettingSpec(
        field="update_order",
        name="Update order",
        value_label=lambda name: name.replace("-", " "),
    ),
)

SETTINGS: dict[str, SettingSpec] = {spec.field: spec for spec in SPECS}
"""The specs by field, in the order of the training form."""


def visible_message(error: ConfigError) -> str:
    """Return the message of an error with the names of settings in place of their fields."""
    message = str(error)
    head = re.match(r"(\w+)( with \w+ '[^']*')?:", message)
    if head is None:
        return message
    if head[1] not in SETTINGS:  # a recipe, in a link
        return head[1].capitalize() + message[head.end(1) :]
    rest = _FIELD_WITH_VALUE.sub(
        lambda found: SETTINGS[found[1]].name.lower(), message[head.end(1) :]
    )
    return SETTINGS[head[1]].name + rest


def visible_file_message(error: Exception) -> str:
    """Return the message about a file that was refused, the settings in it by their names."""
    cause = error.__cause__
    if not isinstance(cause, ConfigError):
        return str(error)
    return str(error).replace(str(cause), visible_message(cause))


_FIELD_WITH_VALUE = re.compile(rf"\b({'|'.join(SETTINGS)})(?= ')")
