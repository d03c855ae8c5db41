"""Links from the chapters to the places of the app that show more of their subject."""

from typing import NamedTuple

import streamlit as st


class Link(NamedTuple):
    """Link to a place of the app.

    Attributes
    ----------
    page : str
    label : str
    query : dict of str to str
        Parameters of the address.
    """

    page: str
    label: str
    query: dict[str, str]


LINKS: dict[str, tuple[Link, ...]] = {
    "unit": (Link("inside", "The units of a trained network", {"view": "units"}),),
    "blame": (Link("inside", "The blame of every unit, for a real digit", {"step": "delta-4"}),),
    "well-made": (Link("draw", "Teach a copy of a network your handwriting", {"view": "teach"}),),
    "sixteen": (Link("train", "Fix this network in the failure lab", {"view": "failures"}),),
    "128": (Link("train", "Train it for 100 epochs", {"recipe": "experiment-a-128"}),),
    "by-heart": (Link("train", "More of this in the failure lab", {"view": "failures"}),),
    "neighbours": (
        Link("inside", "What the filters find", {"view": "feature-maps"}),
        Link("mistakes", "Confidence and accuracy", {"view": "calibration"}),
    ),
}
"""Links by the key of the chapter."""


def show(key: str) -> None:
    """Draw the links of a chapter."""
    for link in LINKS.get(key, ()):
        st.page_link(
            f"pages/{link.page}.py",
            label=link.label,
            icon=":material/arrow_forward:",
            query_params=link.query,
        )
