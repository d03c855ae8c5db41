"""Charts with a bar for each digit."""

import numpy as np

from inkling.charts.digits import count_chart


def test_counts_are_written_out() -> None:
    axis = count_chart(np.full(10, 10_000)).layout.yaxis
    assert axis.tickformat == ","  # 10,000, not 10k
