"""The layout that all charts share."""

from inkling.charts.style import LEGEND_ABOVE, figure, line_figure


def test_figure_has_the_template_fixed_axes_and_given_options() -> None:
    layout = figure([], {"title": "x"}, {"fixedrange": False}, margin={"l": 1}).layout
    assert layout.template.layout.dragmode is False
    assert (layout.xaxis.fixedrange, layout.yaxis.fixedrange) == (True, False)
    assert layout.margin.to_plotly_json() == {"l": 1, "r": 8, "t": 8, "b": 8}


def test_line_figure_can_be_zoomed_and_has_a_legend_above() -> None:
    layout = line_figure([], {}, {}).layout
    assert (layout.dragmode, layout.hovermode, layout.showlegend) == ("zoom", "x unified", True)
    assert layout.legend.to_plotly_json() == LEGEND_ABOVE
    assert layout.margin.t > 8
