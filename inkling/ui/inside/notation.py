"""Numbers and symbols in formulas, as text and in LaTeX."""

from collections.abc import Iterable

from inkling.charts.number_format import format_number
from inkling.ui.inside.pass_step import StepView


def format_factor(value: float) -> str:
    """Return a number as a factor: in brackets if negative."""
    return f"({format_number(value)})" if value < 0 else format_number(value)


def latex_number(value: float) -> str:
    """Return a number with four digits in LaTeX."""
    mantissa, e, exponent = f"{value + 0.0:.4g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa


def with_shape(symbol: str, *shape: int) -> str:
    """Return a symbol in LaTeX with its shape below."""
    return rf"\underset{{({index_list(shape)})}}{{{symbol}}}"


def index_list(numbers: Iterable[int]) -> str:
    """Return whole numbers in LaTeX with commas between them."""
    return r",\,".join(map(str, numbers))


def subscript(symbol: str, k: int) -> str:
    """Return a symbol in LaTeX with a layer number from 1 as subscript."""
    return f"{symbol}_{{{k}}}"


def layer_input_symbol(view: StepView) -> str:
    """Return the symbol of a layer's input."""
    return "X" if view.layer == 0 else subscript("A", view.layer)
