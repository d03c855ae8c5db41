"""Numbers and symbols as people write them, and in LaTeX."""

from inkling.charts.number_format import format_number
from inkling.ui.inside.pass_step import StepView


def format_factor(value: float) -> str:
    """Write a number that stands after another sign."""
    return f"({format_number(value)})" if value < 0 else format_number(value)


def latex_number(value: float) -> str:
    """Write a number with four digits in LaTeX."""
    mantissa, e, exponent = f"{value + 0.0:.4g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else mantissa


def with_shape(symbol: str, *shape: int) -> str:
    """Return a symbol in LaTeX with its shape below."""
    sizes = r",\,".join(map(str, shape))
    return rf"\underset{{({sizes})}}{{{symbol}}}"


def subscript(symbol: str, k: int) -> str:
    """Return a symbol in LaTeX with the number of its layer, from 1."""
    return f"{symbol}_{{{k}}}"


def layer_input_symbol(view: StepView) -> str:
    """Return the symbol of what comes into a layer."""
    return "X" if view.layer == 0 else subscript("A", view.layer)
