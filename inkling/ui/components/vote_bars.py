"""Votes on a question: a bar for each answer, in each round."""

from collections.abc import Sequence

from inkling.ui.components.browser_component import browser_component

_component = browser_component(__file__, "inkling_vote_bars", '<dl class="votes"></dl>')


def vote_bars(options: Sequence[str], rounds: Sequence[Sequence[int]], *, key: str) -> None:
    """Draw the votes.

    Parameters
    ----------
    options : sequence of str
        Plain text, of whoever asked.
    rounds : sequence of sequence of int
        Votes for each option, of each round.
    key : str
    """
    _component(data={"options": list(options), "rounds": [list(r) for r in rounds]}, key=key)
