"""Images as PNG data URLs, for `st.image` and components."""

import base64
import io

from PIL.Image import Image


def png_url(image: Image, compress_level: int = 1) -> str:
    """Return an image as a data URL; lightly compressed, because it is made for one visitor."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=compress_level)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
