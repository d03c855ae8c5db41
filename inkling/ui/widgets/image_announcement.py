"""Tells screen readers which image was opened from a list, on every page that has one."""

from inkling.data.image_ref import ImageRef
from inkling.ui import services
from inkling.ui.components.announcement import announcement


def announce_image(ref: ImageRef, *answers: int, name: str = "") -> None:
    """Announce the opened image, where it is drawn; at most once on a page.

    Parameters
    ----------
    ref : ImageRef
    answers : int
        Of the networks that read it, in their order.
    name : str
        What the page calls the image, if it is not the name of the reference.
    """
    kinds = ["answer"] if len(answers) == 1 else ["first answer", "second answer"][: len(answers)]
    words = [f"label {ref.label(services.datasets())}"]
    words += [f"{kind} {answer}" for kind, answer in zip(kinds, answers, strict=True)]
    announcement(f"{name or ref.name} is open: {', '.join(words)}.", key="opened_announcement")
