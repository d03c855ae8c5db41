"""Colours that occur together can be distinguished, also without seeing red or green."""

import re
import tomllib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from inkling.charts.style import DIGIT_COLOURS, HIGHLIGHT, NEGATIVE, NEUTRAL, POSITIVE, red

CONFIG = Path(__file__).parents[3] / ".streamlit" / "config.toml"
MISTAKE = "#{:02x}{:02x}{:02x}".format(*map(int, re.findall(r"\d+", red(1))[:3]))

TOGETHER = {
    "digits": DIGIT_COLOURS,
    "curves of a run": (HIGHLIGHT, NEUTRAL),
    "right and wrong": (HIGHLIGHT, MISTAKE, NEUTRAL),
    "weights": (POSITIVE, NEGATIVE, NEUTRAL),
}
APART = 15
"""Colour difference (CIE 1976) that is seen at a glance; 2 is just noticeable side by side."""

VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
"""Linear RGB as it is seen: Machado, Oliveira and Fernandes, 2009, at full severity."""

XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
"""Linear sRGB to CIE XYZ."""


def linear(colour: str) -> np.ndarray:
    """Return a colour as linear RGB, (3,), 0 to 1."""
    encoded = np.array([*bytes.fromhex(colour[1:])]) / 255
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """Return linear RGB, (3,), as CIE L*a*b*, (3,)."""
    xyz = XYZ @ rgb.clip(0, 1) / (XYZ @ np.ones(3))
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as in WCAG."""
    low, high = sorted(float(XYZ[1] @ linear(colour)) for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("colours", TOGETHER.values(), ids=TOGETHER)
def test_colours_that_occur_together_are_apart(colours: tuple[str, ...], vision: str) -> None:
    seen = {colour: lab(VISION[vision] @ linear(colour)) for colour in colours}
    distances = {
        pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in combinations(seen, 2)
    }
    assert {pair: distance for pair, distance in distances.items() if distance < APART} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_visible_on_the_page(theme: str) -> None:
    page = tomllib.loads(CONFIG.read_text())["theme"][theme]["backgroundColor"]
    colours = {colour for together in TOGETHER.values() for colour in together}
    assert {colour for colour in colours if contrast(colour, page) < 2} == set()
