"""Numbers and symbols as people write them, and in LaTeX."""

# ruff: noqa: RUF001 - minus and times are written as people write them

from typing import Any, NamedTuple

import numpy as np

from inkling.charts import inside
from inkling.ui.inside.scene import Scene


class Reading(NamedTuple):
    """What is said of each of many places: words, and after each word a number.

    Attributes
    ----------
    words : tuple of str
    numbers : tuple of ndarray, (n,)
        As many as there are words.
    end : str
        What follows the last number.
    """

    words: tuple[str, ...]
    numbers: tuple[np.ndarray, ...]
    end: str = ""

    def written(self) -> dict[str, Any]:
        """Return it for a component, which puts words and numbers together where it is needed."""
        numbers = [[number(value, 3) for value in values.tolist()] for values in self.numbers]
        return {"words": self.words, "numbers": numbers, "end": self.end}


def number(value: float, digits: int = 4) -> str:
    """Write a number with so many digits, a power of ten as people write it."""
    value += 0.0  # minus 0 becomes 0
    mantissa, e, exponent = f"{value:.{digits}g}".partition("e")
    text = mantissa.replace("-", "−")
    if not e:
        return text
    return f"{text} × {inside.power_of_ten(int(exponent))}"


def factor(value: float) -> str:
    """Write a number that stands after another sign."""
    return f"({number(value)})" if value < 0 else number(value)


def tex(value: float) -> str:
    """Write a number with four digits in LaTeX."""
    mantissa, e, exponent = f"{value + 0.0:.4g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa


def shaped(symbol: str, *shape: int) -> str:
    """Return a symbol in LaTeX with its shape below."""
    sizes = r",\,".join(map(str, shape))
    return rf"\underset{{({sizes})}}{{{symbol}}}"


def of(symbol: str, k: int) -> str:
    """Return a symbol in LaTeX with the number of its layer, from 1."""
    return f"{symbol}_{{{k}}}"


def below(scene: Scene) -> str:
    """Return the symbol of what comes into a layer."""
    return "X" if scene.layer == 0 else of("A", scene.layer)
