"""What is done by hand in three chapters: weights of a unit, a ball on a curve, blame."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import streamlit as st

from inkling.charts import by_hand as charts
from inkling.charts import style
from inkling.lessons.content import section
from inkling.lessons.story import by_hand
from inkling.lessons.story.by_hand import BLAME_INPUT, BLAME_NETWORK, BLAME_TARGET
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.learn import progress
from inkling.ui.learn.layout import ChapterLayout
from inkling.ui.widgets.chart import chart

_STATIC = style.CONFIG | {"displayModeBar": False}
_TRAIL = "story_trail"  # weights at which the ball was
_ANSWERS = ("w1", "w2", "v1", "v2")
_NAMES = dict(zip(_ANSWERS, ("w₁", "w₂", "v₁", "v₂"), strict=True))
_RULES = {
    "v1": "the error × the output of its hidden unit, h₁",
    "v2": "the error × the output of its hidden unit, h₂",
    "w1": "the error × v₁ × the slope of the unit × the input",
    "w2": "the error × v₂ × the slope of the unit × the input",
}
_UNIT_SLIDERS = (
    ("left", "Left weight", 1.0),
    ("middle", "Middle weight", 1.0),
    ("right", "Right weight", 1.0),
    ("bias", "Bias", 0.0),
)
_SLIDER = 146  # pixels: two beside each other on a phone
_OUT_OF_SIGHT = 6.0  # from the bottom of the valley


def _show_unit(layout: ChapterLayout, *, started: bool) -> None:
    """Draw three pictures and, once it has started, sliders for a unit and its outputs for them."""
    *weights, bias = (start for _, _, start in _UNIT_SLIDERS)
    with layout.after:
        controls = st.container()
    if started:
        _show_task("unit", layout)
        with controls, st.container(horizontal=True):
            *weights, bias = (
                st.slider(
                    label, -3.0, 3.0, start, 0.5, format="%g", key=f"story_{key}", width=_SLIDER
                )
                for key, label, start in _UNIT_SLIDERS
            )
    with layout.figure:
        for name, pixels in by_hand.UNIT_PICTURES.items():
            total = by_hand.unit_sum(pixels, weights, bias)
            output = by_hand.unit_output(pixels, weights, bias)
            correct = (output > 0.5) == (name == by_hand.WANTED_PICTURE)
            picture = np.array([[255 * pixel for pixel in pixels]], np.uint8)
            products = " + ".join(
                f"{pixel:g} × {_signed(weight)}"
                for pixel, weight in zip(pixels, weights, strict=True)
            )
            sign = ":green[✓]" if correct else ":red[✗]"
            shown = f"**{output:g}** {sign}" if started else "**?**"
            with st.container(border=True, key=f"learn_picture_{name.split()[-1]}"):
                st.markdown(f"**{name}**")
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.image(picture_url(picture, 28), width=84, alt=name)
                    st.markdown(f"Output: {shown}", width="content")
                result = _signed(total) if started else "?"
                st.caption(f"{products} + {_signed(bias)} = {result}")
    if by_hand.finds_middle(weights, bias):
        # Below the sliders, so that they stay under the finger
        controls.success("Done: your unit finds ink in the middle.")
        progress.finish("unit")


def _show_valley(layout: ChapterLayout) -> None:
    """Draw a ball on a curve, and buttons for its steps."""
    trail: list[float] = st.session_state.setdefault(_TRAIL, [by_hand.START_WEIGHT])
    _show_task("eta", layout)
    with layout.text:
        rate = st.slider("Learning rate of the ball", 0.05, 1.2, 0.1, 0.05, key="story_ball_rate")
        with st.container(horizontal=True):
            for label, steps in (("Step", 1), ("Ten steps", 10)):
                st.button(label, key=f"story_ball_{steps}", on_click=_roll, args=(rate, steps))
            st.button("Reset", key="story_ball_reset", on_click=_roll, args=(rate, 0))
        weight, number = trail[-1], len(trail) - 1
        st.caption(
            f"{number} step{'s' * (number != 1)}. Weight {_signed(round(weight, 3))}, "
            f"cost {by_hand.valley_cost(weight):.3g}, "
            f"gradient {_signed(round(by_hand.valley_slope(weight), 3))}"
            + (". The ball has left the valley." if _is_out(weight) else "")
        )
        chart(
            charts.valley_chart(trail),
            config=_STATIC,
            key="story_valley",
            alt="The cost as a curve over the weight, and the ball on it",
        )


def _roll(rate: float, steps: int) -> None:
    """Move the ball by a number of steps; 0 puts it back to the start."""
    trail: list[float] = st.session_state[_TRAIL]
    if not steps:
        trail[:] = [by_hand.START_WEIGHT]
    for _ in range(steps):
        if not _is_out(trail[-1]):
            trail.append(by_hand.step_downhill(trail[-1], rate))


def _is_out(weight: float) -> bool:
    return abs(weight - by_hand.BEST_WEIGHT) > _OUT_OF_SIGHT


def _show_blame(layout: ChapterLayout, *, started: bool) -> None:
    """Draw a network of four weights and, once it has started, fields for their gradients."""
    gradient = BLAME_NETWORK.gradient(BLAME_INPUT, BLAME_TARGET)._asdict()
    found = []
    if started:
        _show_task("blame", layout)
        with layout.after:
            found = _ask_gradients(gradient)
    with layout.figure:
        solved = len(found) == len(gradient)
        after = solved and st.toggle("Take a step with learning rate 0.05", key="story_blame_step")
        network = BLAME_NETWORK
        if after:
            network = network.after_step(BLAME_INPUT, BLAME_TARGET, by_hand.BLAME_LEARNING_RATE)
        shown = [_signed(gradient[name]) if name in found else "?" for name in _ANSWERS]
        st.plotly_chart(
            charts.small_network_chart(network, BLAME_INPUT, shown),
            config=_STATIC,
            key="story_small_network",
            alt="A network with one input, two hidden units, one output and four weights",
        )
        st.markdown(
            f"Output {network.output(BLAME_INPUT):.3g}, target {BLAME_TARGET:g}, "
            f"cost **{network.cost(BLAME_INPUT, BLAME_TARGET):.3g}**"
        )
    if solved:
        progress.finish("blame")


def _ask_gradients(gradient: dict[str, float]) -> list[str]:
    """Draw fields for gradients; return the names of those that are correct."""
    found = []
    columns = dict(zip(_RULES, st.columns(2) * 2, strict=True))
    for name, rule in _RULES.items():
        with columns[name]:
            number = st.number_input(
                f"Gradient of {_NAMES[name]}",
                value=None,
                step=1.0,
                format="%g",
                key=f"story_blame_{name}",
                help=f"It is {rule}.",
            )
            if number is None:
                continue
            if abs(number - gradient[name]) < 0.005:
                found.append(name)
                st.markdown(":green[✓] Correct")
            else:
                st.markdown(f":red[✗] It is {rule}.")
    return found


def _show_task(key: str, layout: ChapterLayout) -> None:
    """Draw what a chapter asks the visitor to do by hand."""
    layout.text.markdown("**Your turn.** " + section(f"chapters/{key}", "Task"))


def _signed(number: float) -> str:
    return f"{number:g}".replace("-", "\N{MINUS SIGN}")


class DrawByHand(Protocol):
    """Draws what is done by hand in a chapter."""

    def __call__(self, layout: ChapterLayout, *, started: bool) -> None:
        """Draw the figure and, once a prediction is made, what to do with it."""


BY_HAND: dict[str, DrawByHand] = {"unit": _show_unit, "blame": _show_blame}
"""Functions that draw what is done by hand, by the key of a chapter without Run."""

BEFORE_PREDICTION: dict[str, Callable[[ChapterLayout], None]] = {"eta": _show_valley}
"""Functions that draw what to play with before the prediction, by the key of a chapter with Run."""
