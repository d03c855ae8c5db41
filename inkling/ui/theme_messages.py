"""The theme's messages, made once: Streamlit makes six with each rerun, a tenth of a rerun's time.

They hold what `.streamlit/config.toml` and the environment say, which stays while the server runs.
"""

from functools import cache, wraps

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session


def keep() -> None:
    """Have all sessions fill their theme's messages from those made first, from now on."""
    populate = app_session._populate_theme_msg
    if hasattr(populate, "__wrapped__"):
        return

    @cache
    def made(section: str) -> CustomThemeConfig:
        message = CustomThemeConfig()
        populate(message, section)
        return message

    @wraps(populate)
    def populate_from_made(message: CustomThemeConfig, section: str = "theme") -> None:
        message.MergeFrom(made(section))

    app_session._populate_theme_msg = populate_from_made  # type: ignore[assignment]
