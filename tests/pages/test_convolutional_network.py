"""A network with convolutions on every page and view, from its training on."""

import pytest
from streamlit.testing.v1 import AppTest

from inkling.runs.run import RunInfo
from inkling.ui import services, session_keys
from nn import TrainConfig
from tests.pages.driver import button, open_page, text, train


@pytest.fixture
def trained(app: AppTest) -> AppTest:
    """The app with a convolutional network that was trained on the Train page, and answers."""
    app.run()
    app.button_group(key="form_convolutions").set_value(2).run()
    for k, filters in ((1, 4), (2, 8)):
        app.slider(key=f"form_filters_{k}").set_value(filters)
    app.select_slider(key="form_learning_rate").set_value(0.02)
    app.slider(key="form_epochs").set_value(1).run()
    train(app)
    [info] = services.run_store().runs()
    assert isinstance(info, RunInfo)
    assert info.config == TrainConfig(filters=(4, 8), learning_rate=0.02, epochs=1)
    return app


@pytest.mark.parametrize("page", ["draw", "inside", "mistakes"])
def test_every_view_works_for_a_network_with_convolutions(trained: AppTest, page: str) -> None:
    app = open_page(trained, page)
    model = app.selectbox(key=session_keys.MODEL)
    assert "4 and 8 filters, 128 hidden units" in model.options[model.index or 0]
    for view in app.button_group(key=f"{page}_view").options:
        app.button_group(key=f"{page}_view").set_value(view).run()
        assert not app.error, view


def test_details_of_a_run_with_convolutions(trained: AppTest) -> None:
    for details in ("Layers", "Time machine", "Export"):
        trained.button_group(key=session_keys.RUN_DETAILS).set_value(details).run()
        assert not trained.error, details
    names = [element.proto.label for element in trained.get("download_button")]
    assert names[-3:] == ["Download network", "Download ONNX file", "Download NumPy program"]
    assert "filters=4-8" in text(trained) or any("filters=4-8" in c.value for c in trained.code)


def test_kept_run_with_convolutions_is_found_by_its_layers(trained: AppTest) -> None:
    app = open_page(trained, "train", "Saved runs")
    app.text_input(key=session_keys.RUN_SEARCH).set_value("4c5s2").run()
    assert "4 and 8 filters, 128 hidden units" in text(app)
    assert button(app, "Open")
