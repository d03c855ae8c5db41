"""Text and numbers that a component shows for the item under the pointer."""

from typing import Any, NamedTuple

import numpy as np

from inkling.charts.number_format import format_number


class Readout(NamedTuple):
    """Text for each of n items: ``labels[0] values[0] labels[1] values[1] ... suffix``.

    Attributes
    ----------
    labels : tuple of str
        The text before each number.
    values : tuple of ndarray, (n,)
        As many as there are labels.
    suffix : str
        The text after the last number.
    names_place : bool
        Whether a picture's row and column come first.
    """

    labels: tuple[str, ...]
    values: tuple[np.ndarray, ...]
    suffix: str = ""
    names_place: bool = True

    def component_data(self) -> dict[str, Any]:
        """Return the parts, numbers with three digits, for JavaScript to join when needed."""
        values = [[format_number(value, 3) for value in column.tolist()] for column in self.values]
        return {
            "labels": self.labels,
            "values": values,
            "suffix": self.suffix,
            "names_place": self.names_place,
        }
