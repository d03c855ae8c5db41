"""Intermediate images and figures of the steps from a drawing to 28 x 28, any step skipped."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from digits.drawing import (
    BOX_SIZE,
    IMAGE_SIZE,
    WORKING_SIDE,
    crop_to_ink,
    drawing_stages,
    place_in_middle,
    resample,
    stroke_width,
)
from digits.ink import is_mnist_image
from nn import Network


@dataclass(frozen=True)
class DrawingStep:
    """A step from a drawing to the network's input.

    Attributes
    ----------
    key : str
        Argument of `digits.drawing.drawing_stages` that switches it.
    stage : str
        Name of the image that it returns.
    title, why : str
        Name and purpose, as shown on the screen.
    """

    key: str
    stage: str
    title: str
    why: str


STEPS = (
    DrawingStep(
        "ink",
        "ink",
        "Ink",
        "Separates ink from paper and removes specks. This matters for photos, which have "
        "light and shade. On this canvas nearly everything is clear already.",
    ),
    DrawingStep(
        "crop",
        "cropped",
        "Crop",
        "MNIST's makers cut away the empty paper, so no digit lay in a corner. The network "
        "never saw a small one at the edge.",
    ),
    DrawingStep(
        "even",
        "evened",
        "Stroke width",
        "Strokes are thickened or thinned until they are about as wide as in MNIST. This "
        "step is Inkling's addition.",
    ),
    DrawingStep(
        "scale",
        "boxed",
        "Scale",
        "In MNIST the longer side of each digit measures 20 pixels. Without this step the "
        "digit stays as large as you drew it, with the whole sheet 28 pixels wide.",
    ),
    DrawingStep(
        "centre",
        "centred",
        "Centre of mass",
        "The point on which the ink would balance, the blue cross, moves to the middle. A "
        "7 or a 9 is top-heavy and sits lower than its outline would.",
    ),
)
"""In order of application."""


@dataclass(frozen=True, eq=False)
class PreparedDrawing:
    """Intermediate images of a drawing, and the network's input.

    Attributes
    ----------
    pictures : dict of str to ndarray, (h, w) float32, 0 paper .. 1 ink
        Output of each step, by its key; for a skipped step its input.
    facts : dict of str to str
        Effect of each step in a few words and numbers, by its key.
    image : ndarray, (28, 28) uint8
        Input of the network; read-only.
    centre_of_mass : (float, float)
        Row and column of the centre of mass of `image`.
    """

    pictures: dict[str, np.ndarray]
    facts: dict[str, str]
    image: np.ndarray
    centre_of_mass: tuple[float, float]


def prepare(rgba: np.ndarray, skipped: Collection[str] = ()) -> PreparedDrawing:
    """Apply the steps that are not skipped.

    Parameters
    ----------
    rgba : ndarray, (h, w, 4) uint8
    skipped : collection of str
        Keys of steps.

    Raises
    ------
    EmptyDrawing
        If there is no ink; without the first step, if nothing is dark.
    """
    stages = drawing_stages(rgba, **dict.fromkeys(skipped, False))
    if is_mnist_image(rgba):
        skipped = {*skipped, "crop", "even", "scale"}
    pictures = {step.key: stages[step.stage] for step in STEPS}
    image = as_bytes(stages["centred"])
    return PreparedDrawing(
        pictures, _facts(stages, skipped), image, _centre_of_mass(stages["centred"])
    )


def predictions_without_each(rgba: np.ndarray, network: Network) -> dict[str, np.ndarray | None]:
    """Return the probabilities (10,) without each step alone, by its key; None without ink."""
    answers: dict[str, np.ndarray | None] = {}
    for step in STEPS:
        try:
            stages = drawing_stages(rgba, **{step.key: False})
        except ValueError:
            answers[step.key] = None
        else:
            answers[step.key] = network.predict_proba(as_bytes(stages["centred"])[None])[0]
    return answers


def as_bytes(picture: np.ndarray) -> np.ndarray:
    """Return a picture, 0 paper .. 1 ink, as (h, w) uint8; read-only."""
    image = np.rint(255 * picture).astype(np.uint8)
    image.setflags(write=False)
    return image


def _facts(stages: dict[str, np.ndarray], skipped: Collection[str]) -> dict[str, str]:
    """Return the effect of each step, by its key."""
    sheet, cropped, evened, boxed = (stages[name] for name in ("ink", "cropped", "evened", "boxed"))
    height, width = sheet.shape
    ink = f"ink on {float(sheet.mean()):.0%} of {width} × {height} pixels"
    if "ink" in skipped:
        ink = f"{width} × {height} pixels, as dark as they are"
    crop = f"all {width} × {height} pixels"
    if "crop" not in skipped:
        crop = f"{cropped.shape[1]} × {cropped.shape[0]} of {width} × {height} pixels"

    # Pixels of the 28 for each pixel of `cropped` enlarged for evening, and of the result
    enlarged = WORKING_SIDE / max(cropped.shape)
    if "scale" in skipped:
        before = after = IMAGE_SIZE / (max(sheet.shape) * enlarged)
    else:
        inked = evened if "crop" in skipped else crop_to_ink(evened)
        before, after = BOX_SIZE / WORKING_SIDE, BOX_SIZE / max(inked.shape)
    shape = [max(1, round(n * enlarged)) for n in cropped.shape]
    drawn = before * float(stroke_width(resample(cropped, shape)))
    even = f"{drawn:.1f} pixels of the 28"
    if "even" not in skipped:
        width_after = f"{after * float(stroke_width(evened)):.1f} pixels of the 28"
        even = f"still {even}" if even == width_after else f"from {drawn:.1f} to {width_after}"

    longer = max(crop_to_ink(boxed).shape)
    scale = f"longer side from {max(crop_to_ink(cropped).shape)} to {longer} pixels"
    (top, left), (row, column) = (
        _centre_of_mass(place_in_middle(boxed)),
        _centre_of_mass(stages["centred"]),
    )
    centre = f"column {column:.1f}, row {row:.1f}"
    if "centre" not in skipped:
        centre = f"from column {left:.1f}, row {top:.1f} to {column:.1f}, {row:.1f}"
    return {"ink": ink, "crop": crop, "even": even, "scale": scale, "centre": centre}


def _centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    """Return row and column of the centre of mass of an image, counted from 0."""
    total = float(image.sum())
    rows, columns = np.indices(image.shape)
    return float((image * rows).sum()) / total, float((image * columns).sum()) / total
