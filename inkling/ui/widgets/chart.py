"""A chart with its data as a table on demand."""

from typing import Any

import streamlit as st
from plotly.graph_objects import Figure

from inkling.charts.data_table import data_table
from inkling.ui.components.chart_tap import chart_tap
from inkling.ui.markdown import escape_markdown


def chart(figure: Figure, *, key: str, alt: str, **options: Any) -> Any:
    """Draw a chart, and below it a button for its table, which is made once the button is pressed.

    Parameters
    ----------
    figure : Figure
    key : str
    alt : str
        What a screen reader says instead of the chart.
    **options
        Of `st.plotly_chart`, whose answer is returned.
    """
    with st.container(gap=None):
        drawn = st.plotly_chart(figure, key=key, alt=alt, **options)
        if "on_select" in options:
            chart_tap(key=f"tap_on_{key}")
        table = st.popover(
            "Show as a table", key=f"table_of_{key}", type="tertiary", on_change="rerun"
        )
        if table.open:
            table.table(
                {
                    escape_markdown(title): [escape_markdown(cell) for cell in column]
                    for title, column in data_table(figure).items()
                },
                width="content",
                alt=alt,
            )
    return drawn
