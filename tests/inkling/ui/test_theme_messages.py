"""The theme's messages are made once, and stay as Streamlit makes them."""

from collections.abc import Iterator

import pytest
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from inkling.ui import theme_messages

SECTIONS = ("theme", "theme.light", "theme.dark", "theme.sidebar", "theme.nothing")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    populate = app_session._populate_theme_msg
    yield
    app_session._populate_theme_msg = populate


def messages() -> list[CustomThemeConfig]:
    made = []
    for section in SECTIONS:
        message = CustomThemeConfig()
        app_session._populate_theme_msg(message, section)
        made.append(message)
    return made


def test_messages_are_streamlits_and_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"theme": {"primaryColor": "#1f5fbf", "base": "dark"}, "theme.light": {"font": "x"}}
    asked = []

    def options_of(section: str) -> dict[str, str]:
        asked.append(section)
        return options.get(section, {})

    monkeypatch.setattr(app_session.config, "get_options_for_section", options_of)
    before = messages()
    assert before[0].primary_color == "#1f5fbf"
    theme_messages.keep()
    theme_messages.keep()  # once is enough
    asked.clear()
    assert messages() == before
    assert messages() == before
    assert sorted(asked) == sorted(SECTIONS)
