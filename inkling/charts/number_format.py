"""Percentages, significant digits, powers of ten and times as text."""

from datetime import datetime


def percent(share: float) -> str:
    """Return a probability in whole percent; "over 99%" instead of 100%.

    No answer is certain: a probability of 1 is one that was rounded to the type of the weights.
    """
    return "over 99%" if share >= 0.995 else f"{share:.0%}"


def format_number(value: float, digits: int = 4) -> str:
    """Return a number with so many significant digits; the exponent as a superscript."""
    value += 0.0  # minus 0 becomes 0
    mantissa, e, exponent = f"{value:.{digits}g}".partition("e")
    text = mantissa.replace("-", "−")
    if not e:
        return text
    return f"{text} × {power_of_ten(int(exponent))}"


def local_time(seconds: float) -> str:
    """Return the date and the minute of seconds since 1970, in the server's time zone."""
    return datetime.fromtimestamp(seconds).strftime("%d %b %Y, %H:%M")


def power_of_ten(exponent: int) -> str:
    """Return a power of ten with a superscript exponent, such as 10⁻⁶."""
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
