"""Images as PNG data URLs, for `st.image` and components."""

import base64
import io

from PIL.Image import Image


def png_url(image: Image) -> str:
    """Return an image as a data URL; lightly compressed, because it is made for one visitor."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
