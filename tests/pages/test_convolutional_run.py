"""Every view that reads a network or a run opens one with convolutions."""

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from data_loader import Dataset
from inkling.runs.run import Run
from inkling.runs.store import RunStore
from inkling.ui import session_keys
from inkling.ui.train import one_run
from nn import TrainConfig
from tests.pages.driver import open_page

VIEWS: dict[str, tuple[str, dict[str, str]]] = {  # page, values of the session
    **{
        name: ("train", {session_keys.RUN_DETAILS: name})
        for name in (one_run.LAYERS, one_run.TIME_MACHINE, one_run.EXPORT)
    },
    "Kept runs": ("train", {session_keys.TRAIN_VIEW: "Kept runs"}),
    **{
        name: ("mistakes", {session_keys.MISTAKES_VIEW: name})
        for name in ("Triage", "Two models", "Biography", "Calibration", "Beat the network")
    },
    **{
        name: ("draw", {session_keys.DRAW_VIEW: name})
        for name in ("Just the answer", "Why this answer?", "A second model", "Teach it")
    },
    "Explore": ("explore", {}),
    "Learn": ("learn", {}),
    "Teacher": ("teacher", {}),
}


@pytest.fixture
def stroke() -> SimpleNamespace:
    """A state of the canvas with one stroke."""
    canvas = np.zeros((330, 330, 4), np.uint8)
    canvas[80:250, 150:175, 3] = 255
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG")
    return SimpleNamespace(objects={"objects": ["a stroke"]}, png=file.getvalue())


@pytest.mark.parametrize("view", VIEWS)
def test_view_opens_a_network_with_convolutions(
    app: AppTest,
    small: Dataset,
    trained: Callable[..., Run],
    tmp_path: Path,
    stroke: SimpleNamespace,
    view: str,
) -> None:
    config = TrainConfig(filters=(4, 5), shrink="pool", hidden_sizes=(6,), epochs=1)
    run = trained(config, small, steps=4, name="with filters", visitor_id="a" * 32)
    RunStore(tmp_path / "runs").save(run)
    page, values = VIEWS[view]
    app.session_state[session_keys.NEWEST_MODEL] = "pretrained"  # it is chosen only once
    for key in (session_keys.MODEL, session_keys.SHOWN_RUN):
        app.session_state[key] = run.info.id
    app.session_state[session_keys.STROKES] = [stroke]
    for key, value in values.items():
        app.session_state[key] = value
    open_page(app, page)
    assert not [error.value for error in app.error]
