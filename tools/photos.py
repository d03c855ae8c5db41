"""Seeded photos of one digit: paper, board or table, pens, light, and what lies around the digit.

Half of the digits are images that are handed in, enlarged; the other half are strokes of
`digits.strokes`. `KINDS` names the kinds of photo.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from digits.strokes import FORMS, trace

Grey = NDArray[np.float32]
RGB = NDArray[np.float32]
RGBA = NDArray[np.uint8]

SUPERSAMPLING = 3
POSITIONS = 120  # of the pen along a digit
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
PAPERS = ((252, 252, 250), (244, 240, 228), (225, 228, 232), (235, 225, 205))
PENS = ((25, 25, 30), (20, 40, 140), (150, 25, 35), (60, 60, 65))
PENCIL = (120, 120, 125)
TABLES = ((60, 40, 28), (120, 82, 50), (176, 136, 96), (200, 170, 130), (30, 30, 34), (70, 90, 80))
SKIN = ((214, 160, 130), (120, 78, 56), (236, 190, 165))


class Photo(NamedTuple):
    """A photo (h, w, 4) uint8 and the digit in it."""

    rgba: RGBA
    label: int


@dataclass(frozen=True, eq=False)
class Digit:
    """A digit to be written: an image (28, 28) uint8, or strokes in a box of about 100 x 100."""

    label: int
    image: NDArray[np.uint8] | None
    path: str = ""

    def written(self, height: float, pen: float, turned: float = 0) -> Grey:
        """Return the digit, cropped: 0 paper .. 1 ink.

        Parameters
        ----------
        height : float
            Of its longer side, in pixels.
        pen : float
            The stroke's width as a share of `height`; images keep their own.
        turned : float
            Degrees.
        """
        if self.image is None:
            sheet = drawn(self.path, height, pen)
        else:
            sheet = enlarged(self.image, height)
        if turned:
            sheet = sheet.rotate(turned, Image.Resampling.BICUBIC, expand=True)
        return (np.asarray(sheet.crop(sheet.getbbox())) / 255).astype(np.float32)


def enlarged(image: NDArray[np.uint8], height: float) -> Image.Image:
    """Return an image whose longer side is enlarged to `height`, with a sharp outline."""
    sheet = Image.fromarray(image)
    sheet = sheet.crop(sheet.getbbox())
    factor = height / max(sheet.size)
    size = [max(1, round(n * factor)) for n in sheet.size]
    if factor < 2:
        return sheet.resize(size, Image.Resampling.BICUBIC)
    # With a margin, so that the resampled outline is round at the border, too
    wide = Image.new("L", (sheet.width + 4, sheet.height + 4))
    wide.paste(sheet, (2, 2))
    size = [round(n * factor) for n in wide.size]
    sharp = max(1.3, factor / 3)
    return wide.resize(size, Image.Resampling.BICUBIC).point(
        lambda v: int(np.clip((v - 110) * sharp + 128, 0, 255))
    )


def drawn(path: str, height: float, pen: float) -> Image.Image:
    """Return the strokes of a path, `height` on the longer side, of a pen with a share of it."""
    points, starts = _points(path)
    low, high = points.min(axis=0), points.max(axis=0)
    width = pen * height * SUPERSAMPLING
    scale = (height * SUPERSAMPLING - width) / (high - low).max()
    points = (points - low) * scale + width / 2
    size = [int(np.ceil(n)) for n in (high - low) * scale + width]
    sheet = Image.new("L", size)
    draw = ImageDraw.Draw(sheet)
    for stroke in np.split(points, starts):
        draw.line([tuple(p) for p in stroke], 255, max(1, round(width)))
        for x, y in stroke:
            draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return sheet.reduce(SUPERSAMPLING)


def _points(path: str) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the points of a path, (n, 2), and where its second and later strokes begin."""
    way = trace(path, POSITIONS)
    return way.matrix @ way.points, np.flatnonzero(~way.down) + 1


def render_photos(
    kind: str,
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    count: int,
    seed: int = 0,
) -> Iterator[Photo]:
    """Yield photos of a kind; the first n of a seed do not depend on `count`.

    Parameters
    ----------
    kind : str
        A key of `KINDS`.
    images, labels : ndarray, (n, 28, 28) uint8 and (n,)
        Every other photo shows one of these, and all do in the kinds of `OF_IMAGES`.
    count, seed : int
    """
    for number in range(count):
        rng = np.random.default_rng([seed, number, *kind.encode()])
        chosen = int(rng.integers(len(images)))
        if number % 2 and kind not in OF_IMAGES:
            form = FORMS[int(rng.integers(len(FORMS)))]
            digit = Digit(form.digit, None, form.path)
        else:
            digit = Digit(int(labels[chosen]), images[chosen])
        yield Photo(KINDS[kind](digit, rng), digit.label)


# What is written


def on_sheet(
    digit: Digit,
    rng: np.random.Generator,
    shape: tuple[int, int] = (480, 400),
    size: tuple[float, float] = (0.35, 0.7),
    pen: tuple[float, float] = (0.05, 0.12),
    turned: float = 4,
    margin: float = 0.06,
) -> Grey:
    """Return ink on a sheet, `shape` from 0 paper to 1 ink.

    Parameters
    ----------
    digit : Digit
    rng : numpy.random.Generator
    shape : (int, int)
        Height and width in pixels.
    size : (float, float)
        Smallest and largest share of the shorter side that the digit takes.
    pen : (float, float)
        Smallest and largest width as a share of the digit.
    turned : float
        Largest turn in degrees.
    margin : float
        Of the shorter side, at least, between the digit and the border.
    """
    short = min(shape)
    ink = digit.written(short * rng.uniform(*size), rng.uniform(*pen), rng.uniform(-turned, turned))
    sheet = np.zeros(shape, np.float32)
    edge = int(margin * short)
    ink = ink[: shape[0] - 2 * edge, : shape[1] - 2 * edge]
    # Nearer to the middle than to the border
    top, left = (
        int(edge + rng.beta(2, 2) * (n - 2 * edge - m))
        for n, m in zip(shape, ink.shape, strict=True)
    )
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return sheet


def painted(
    ink: Grey, paper: tuple[int, ...] | RGB = WHITE, colour: tuple[int, ...] = BLACK
) -> RGB:
    """Return a sheet, (h, w, 3) in 0..255, with ink in a colour on paper of another."""
    ground = np.asarray(paper, np.float32)
    return ground + ink[..., None] * (np.asarray(colour, np.float32) - ground)


def pick(rng: np.random.Generator, colours: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    """Return one of some colours."""
    return colours[int(rng.integers(len(colours)))]


# How it is photographed


def lit(rgb: RGB, rng: np.random.Generator, fall: float = 0.25) -> RGB:
    """Let the light fall off to one side, and a little to the border."""
    height, width = rgb.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    slope = (x * np.cos(angle) + y * np.sin(angle)) / 1.5
    light = 1 - fall * rng.uniform(0.3, 1) * (0.5 + 0.5 * slope) - 0.08 * (x * x + y * y)
    return rgb * light[..., None]


def opaque(rgb: RGB) -> RGBA:
    """Return a picture without transparency, (h, w, 4) uint8."""
    rgba = np.full((*rgb.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = np.clip(np.rint(rgb), 0, 255)
    return rgba


def taken(rgb: RGB, rng: np.random.Generator, blur: float = 0.8, noise: float = 4) -> RGBA:
    """Photograph a scene: a blurred lens, a noisy sensor, and a JPEG file."""
    picture = Image.fromarray(opaque(rgb)[..., :3])
    picture = picture.filter(ImageFilter.GaussianBlur(blur * rng.uniform(0.5, 1.5)))
    deviations = rng.normal(0, noise * rng.uniform(0.3, 1), (*rgb.shape[:2], 1))
    noisy = Image.fromarray(opaque(np.asarray(picture) + deviations.astype(np.float32))[..., :3])
    buffer = io.BytesIO()
    noisy.save(buffer, "JPEG", quality=int(rng.integers(70, 95)))
    return np.asarray(Image.open(buffer).convert("RGBA"))


def grain(rng: np.random.Generator, shape: tuple[int, ...], colour: tuple[int, ...]) -> RGB:
    """Return a table's top: a colour with the grain of wood along one side."""
    across = rng.normal(0, 1, shape[0])
    kernel = np.ones(5) / 5
    streaks = np.convolve(across, kernel, "same")[:, None] * rng.uniform(2, 9)
    top = np.asarray(colour, np.float32) + streaks[..., None] + rng.normal(0, 2, (*shape[:2], 1))
    return np.broadcast_to(top, (*shape[:2], 3)).astype(np.float32)


def half_plane(
    shape: tuple[int, ...], angle: float, distance: float, soft: float = 1
) -> NDArray[np.float32]:
    """Return 1 beyond a straight edge and 0 before it.

    The edge lies `distance` pixels inward from the border's farthest point in the direction
    `angle`, in radians; `soft` is its width in pixels.
    """
    height, width = shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    way = x * np.cos(angle) + y * np.sin(angle)
    return np.clip((way - way.max() + distance) / soft + 0.5, 0, 1).astype(np.float32)


def over(rgb: RGB, mask: Grey, colour: tuple[int, ...] | RGB) -> RGB:
    """Lay a colour, or a picture, over a scene where a mask is 1."""
    return rgb + mask[..., None] * (np.asarray(colour, np.float32) - rgb)


def drawn_mask(shape: tuple[int, ...], draw: Callable[[ImageDraw.ImageDraw], object]) -> Grey:
    """Return what a function draws with the value 255, from 0 to 1, smooth at the outline."""
    sheet = Image.new("L", (2 * shape[1], 2 * shape[0]))
    draw(ImageDraw.Draw(sheet))
    return (np.asarray(sheet.reduce(2)) / 255).astype(np.float32)


def side_angle(rng: np.random.Generator, most: float = 3) -> float:
    """Return the direction of one of the four sides, turned by up to `most` degrees."""
    return float(rng.integers(4) * np.pi / 2 + np.radians(rng.uniform(-most, most)))


# The kinds


def paper_photo(digit: Digit, rng: np.random.Generator, **options: Any) -> RGB:
    """Return a sheet of paper with a digit, unevenly lit."""
    ink = on_sheet(digit, rng, **options)
    return lit(painted(ink, pick(rng, PAPERS), pick(rng, PENS)), rng)


def plain(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Black on white, or white on black, without noise."""
    colours = [WHITE, BLACK] if rng.random() < 0.7 else [BLACK, WHITE]
    return opaque(painted(on_sheet(digit, rng), *colours))


def pen_on_paper(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A pen on paper."""
    return taken(paper_photo(digit, rng), rng)


def pencil(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A pencil on paper."""
    ink = on_sheet(digit, rng, pen=(0.03, 0.07))
    ink *= np.clip(rng.normal(0.85, 0.15, ink.shape), 0, 1).astype(np.float32)
    return taken(lit(painted(ink, pick(rng, PAPERS), PENCIL), rng), rng)


def ruled(
    digit: Digit,
    rng: np.random.Generator,
    squares: bool,
    colour: tuple[int, ...] = PENS[1],
    **options: Any,
) -> RGBA:
    """Paper with faint lines, or squares, about as far apart as half of the digit's height."""
    shape = (480, 400)
    ink = on_sheet(digit, rng, shape, **options)
    tall = np.ptp(np.flatnonzero(ink.max(axis=1) > 0.5)) + 1
    step = max(8.0, tall * rng.uniform(0.4, 0.6))
    angle = np.radians(rng.uniform(-3, 3))
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    lines = np.zeros(shape, np.float32)
    for way in (y * np.cos(angle) + x * np.sin(angle), x * np.cos(angle) - y * np.sin(angle)):
        from_line = np.abs((way + rng.uniform(0, step)) % step - step / 2)
        wide = rng.uniform(0.5, 0.9) + 0.01 * step
        lines = np.maximum(lines, np.clip(wide + 0.5 - from_line, 0, 1))
        if not squares:
            break
    paper = painted(lines * rng.uniform(0.35, 0.65), PAPERS[0], (120, 140, 190))
    return taken(lit(painted(ink, paper, colour), rng), rng, blur=0.6)


def lined(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Lined paper."""
    return ruled(digit, rng, False, pick(rng, PENS))


def squared(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Squared paper."""
    return ruled(digit, rng, True, pick(rng, PENS))


def squared_small(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A digit over about two squares of squared paper."""
    return ruled(digit, rng, True, pick(rng, PENS), size=(0.1, 0.25), pen=(0.08, 0.14))


def squared_pencil(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A pencil on squared paper."""
    return ruled(digit, rng, True, (90, 90, 95), size=(0.2, 0.5), pen=(0.07, 0.12))


def whiteboard(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A marker on a whiteboard that reflects a lamp."""
    ink = on_sheet(digit, rng)
    y, x = np.mgrid[-1 : 1 : ink.shape[0] * 1j, -1 : 1 : ink.shape[1] * 1j].astype(np.float32)
    spot = np.exp(-((x - rng.uniform(-1, 1)) ** 2 + (y - rng.uniform(-1, 1)) ** 2) / 0.3)
    colour = pick(rng, ((20, 20, 25), (20, 60, 160), (190, 30, 35), (20, 120, 60)))
    return taken(lit(painted(ink, (215, 220, 224), colour) + 25 * spot[..., None], rng), rng)


def blackboard(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Chalk on a blackboard."""
    ink = on_sheet(digit, rng, pen=(0.06, 0.12))
    ink *= np.clip(rng.normal(0.85, 0.12, ink.shape), 0, 1).astype(np.float32)
    board = pick(rng, ((35, 60, 48), (40, 42, 45), (25, 28, 30)))
    return taken(lit(painted(ink, board, (225, 225, 215)), rng), rng)


def shadow(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A soft shadow over part of the sheet."""
    rgb = paper_photo(digit, rng)
    short = min(rgb.shape[:2])
    mask = half_plane(
        rgb.shape,
        rng.uniform(0, 2 * np.pi),
        short * rng.uniform(0.3, 0.9),
        short * rng.uniform(0.1, 0.3),
    )
    return taken(rgb * (1 - rng.uniform(0.2, 0.4) * mask[..., None]), rng)


def small(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A digit that takes a small part of the photo."""
    return taken(paper_photo(digit, rng, size=(0.08, 0.2), pen=(0.08, 0.12)), rng)


def tilted(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A digit that was written or photographed askew."""
    return taken(paper_photo(digit, rng, turned=14), rng)


def thin(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A fine pen and a large digit."""
    return taken(paper_photo(digit, rng, size=(0.5, 0.8), pen=(0.012, 0.025)), rng, blur=0.5)


def scan(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Paper from a scanner, with dust."""
    rgb = painted(on_sheet(digit, rng), pick(rng, PAPERS), pick(rng, PENS))
    for _ in range(int(rng.integers(3, 15))):
        y, x = (int(rng.integers(n - 2)) for n in rgb.shape[:2])
        rgb[y : y + 2, x : x + 2] = 90
    return taken(rgb, rng, blur=0.4, noise=2)


def mnist_image(digit: Digit, rng: np.random.Generator) -> RGBA:
    """An image of MNIST as a file, light on dark or dark on light."""
    assert digit.image is not None
    grey = digit.image if rng.random() < 0.5 else 255 - digit.image
    return opaque(np.repeat(grey[..., None], 3, axis=2).astype(np.float32))


def table_edge(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A table at one or two sides of the photo."""
    rgb = paper_photo(digit, rng, margin=0.24, size=(0.3, 0.5))
    top = grain(rng, rgb.shape, pick(rng, TABLES))
    for _ in range(int(rng.integers(1, 3))):
        distance = min(rgb.shape[:2]) * float(np.exp(rng.uniform(np.log(0.01), np.log(0.2))))
        rgb = over(rgb, half_plane(rgb.shape, side_angle(rng), distance), top)
    return taken(lit(rgb, rng, 0.1), rng)


def clean_strip(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Black on white without noise, with a black strip of one to some pixels at a side."""
    side = int(rng.choice([100, 200, 400]))
    ink = on_sheet(digit, rng, (side, side), size=(0.4, 0.7), turned=0)
    wide = int(rng.integers(1, max(2, side // 15)))
    for _ in range(int(rng.integers(1, 3))):
        which = int(rng.integers(4))
        side_up = np.rot90(ink, which)  # a view
        side_up[:wide] = 1
    return opaque(painted(ink))


def table_corner(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A dark corner of the photo."""
    rgb = paper_photo(digit, rng, margin=0.15, size=(0.3, 0.55))
    angle = np.pi / 4 + rng.integers(4) * np.pi / 2 + rng.uniform(-0.4, 0.4)
    distance = min(rgb.shape[:2]) * rng.uniform(0.08, 0.28)
    mask = half_plane(rgb.shape, angle, distance)
    return taken(over(rgb, mask, grain(rng, rgb.shape, pick(rng, TABLES))), rng)


def sheet_on_table(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A whole sheet on a table, of which much or little is to be seen."""
    rgb = paper_photo(digit, rng, margin=0.1, size=(0.35, 0.7), pen=(0.06, 0.12))
    height, width = rgb.shape[:2]
    border = rng.uniform(0.06, 0.4)
    shape = (round(height * (1 + 2 * border)), round(width * (1 + 2 * border)))
    colour = pick(rng, TABLES)
    scene = Image.fromarray(opaque(grain(rng, shape, colour))[..., :3])
    sheet = Image.fromarray(opaque(rgb)).rotate(
        rng.uniform(-8, 8), Image.Resampling.BICUBIC, expand=True
    )
    at = [
        int((n - m) / 2 + rng.uniform(-0.4, 0.4) * (n - m))
        for n, m in zip(scene.size, sheet.size, strict=True)
    ]
    scene.paste(sheet, (at[0], at[1]), sheet)
    return taken(lit(np.asarray(scene, np.float32), rng, 0.15), rng)


def finger(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A finger that reaches into the photo from a side or a corner."""
    rgb = paper_photo(digit, rng, margin=0.22, size=(0.3, 0.5))
    height, width = rgb.shape[:2]
    short = min(height, width)
    wide = short * rng.uniform(0.1, 0.2)
    reach = short * rng.uniform(0.08, 0.18)
    angle = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(angle), np.sin(angle)])
    to_border = min(
        width / 2 / max(abs(direction[0]), 1e-6), height / 2 / max(abs(direction[1]), 1e-6)
    )
    tip = np.array([width / 2, height / 2]) + direction * (to_border - reach + wide / 2)
    foot = tip + direction * short

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.line([tuple(2 * tip), tuple(2 * foot)], 255, round(2 * wide))
        x, y = 2 * tip
        pen.ellipse((x - wide, y - wide, x + wide, y + wide), fill=255)

    return taken(over(rgb, drawn_mask(rgb.shape, draw), pick(rng, SKIN)), rng)


def box(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A box around the digit, drawn with the same pen."""
    ink = on_sheet(digit, rng, size=(0.25, 0.5), margin=0.2)
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.5) for axis in (1, 0))
    gap = np.ptp(rows) * rng.uniform(0.12, 0.35, 4)
    corners = (columns[0] - gap[0], rows[0] - gap[1], columns[-1] + gap[2], rows[-1] + gap[3])
    wide = round(2 * max(1.5, np.ptp(rows) * rng.uniform(0.01, 0.06)))
    edges = [2 * float(corner) for corner in corners]
    frame = drawn_mask(ink.shape, lambda pen: pen.rectangle(edges, outline=255, width=wide))
    ink = np.maximum(ink, frame)
    if rng.random() < 0.4:
        return opaque(painted(ink))
    return taken(lit(painted(ink, pick(rng, PAPERS), pick(rng, PENS)), rng), rng)


def line_under(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A line under the digit that does not reach the border, or reaches it."""
    ink = on_sheet(digit, rng, size=(0.3, 0.55), margin=0.15)
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.5) for axis in (1, 0))
    y = rows[-1] + np.ptp(rows) * rng.uniform(0.1, 0.25)
    beyond = np.ptp(rows) * rng.uniform(0.2, 0.6, 2) + (rng.random() < 0.3) * ink.shape[1]
    ends = [(columns[0] - beyond[0], y), (columns[-1] + beyond[1], y + rng.uniform(-6, 6))]
    wide = round(2 * max(1.5, np.ptp(rows) * rng.uniform(0.02, 0.08)))
    line = [(2 * float(a), 2 * float(b)) for a, b in ends]
    ink = np.maximum(ink, drawn_mask(ink.shape, lambda pen: pen.line(line, 255, wide)))
    if rng.random() < 0.4:
        return opaque(painted(ink))
    return taken(lit(painted(ink, pick(rng, PAPERS), pick(rng, PENS)), rng), rng)


def picture_frame(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A frame along the border of a clean picture, at it or a little within."""
    ink = on_sheet(digit, rng, size=(0.3, 0.6), margin=0.15)
    within = int(rng.integers(0, 12))
    wide = int(rng.integers(1, 14))
    height, width = ink.shape
    inner = np.s_[within + wide : height - within - wide, within + wide : width - within - wide]
    frame = np.zeros_like(ink)
    frame[within : height - within, within : width - within] = 1
    frame[inner] = 0
    return opaque(painted(np.maximum(ink, frame)))


def transparent_surroundings(digit: Digit, rng: np.random.Generator) -> RGBA:
    """An opaque sheet with a transparent margin, rounded, oval or turned."""
    ink = on_sheet(digit, rng, size=(0.35, 0.6), margin=0.2)
    rgba = opaque(painted(ink, pick(rng, PAPERS), pick(rng, PENS)))
    height, width = ink.shape
    margin = 2 * rng.uniform(0.005, 0.1) * width
    edges = (margin, margin, 2 * width - margin, 2 * height - margin)
    shape = int(rng.integers(3))
    if shape == 0:
        alpha = drawn_mask(ink.shape, lambda pen: pen.rectangle(edges, fill=255))
    elif shape == 1:
        alpha = drawn_mask(ink.shape, lambda pen: pen.rounded_rectangle(edges, 80, fill=255))
    else:
        alpha = drawn_mask(ink.shape, lambda pen: pen.ellipse(edges, fill=255))
    rgba[..., 3] = np.rint(255 * alpha)
    # Programs leave black or white under what is transparent
    rgba[alpha == 0, :3] = 0 if rng.random() < 0.5 else 255
    return rgba


def half_transparent(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A sheet that is as transparent everywhere."""
    rgba = opaque(painted(on_sheet(digit, rng), pick(rng, PAPERS), pick(rng, PENS)))
    rgba[..., 3] = rng.integers(40, 250)
    return rgba


def transparent_ink(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Ink of one colour on a transparent ground, with or without a margin."""
    ink = on_sheet(digit, rng, size=(0.4, 0.9), margin=0.0)
    if rng.random() < 0.5:
        ink = cropped(ink, rng, 0.03)
    rgba = opaque(painted(np.ones_like(ink), colour=pick(rng, (*PENS, WHITE))))
    rgba[..., 3] = np.rint(255 * ink)
    return rgba


def cropped(ink: Grey, rng: np.random.Generator, most: float) -> Grey:
    """Cut a sheet down to the ink, with margins of up to `most` of the longer side."""
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.5) for axis in (1, 0))
    gap = np.round(max(np.ptp(rows), np.ptp(columns)) * rng.uniform(0, most, 4)).astype(int)
    return ink[
        max(rows[0] - gap[0], 0) : rows[-1] + 1 + gap[1],
        max(columns[0] - gap[2], 0) : columns[-1] + 1 + gap[3],
    ]


def tight_crop(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A clean picture that was cut down to the digit."""
    ink = cropped(on_sheet(digit, rng, pen=(0.06, 0.14)), rng, 0.06)
    colours = [WHITE, BLACK] if rng.random() < 0.7 else [BLACK, WHITE]
    return opaque(painted(ink, *colours))


def tight_photo(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A photo that was cut down to the digit."""
    ink = cropped(on_sheet(digit, rng, pen=(0.06, 0.14)), rng, 0.06)
    return taken(lit(painted(ink, pick(rng, PAPERS), pick(rng, PENS)), rng), rng)


def thick(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A thick pen on a large digit, with a small margin."""
    ink = on_sheet(digit, rng, (400, 400), size=(0.75, 0.98), pen=(0.15, 0.22), margin=0.01)
    if digit.image is not None:
        blurred = Image.fromarray(np.uint8(255 * ink)).filter(ImageFilter.GaussianBlur(8))
        ink = np.clip((np.asarray(blurred, np.float32) / 255 - 0.3) * 8 + 0.5, 0, 1)
    if rng.random() < 0.5:
        return opaque(painted(ink))
    return taken(lit(painted(ink, pick(rng, PAPERS), pick(rng, PENS)), rng), rng)


def thick_tight_crop(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Thick dark ink, cut down to the digit: about half of the picture is ink."""
    ink = on_sheet(digit, rng, (400, 400), size=(0.75, 0.98), pen=(0.15, 0.22), margin=0.01)
    return opaque(painted(cropped(ink, rng, 0.04)))


def cropped_image(digit: Digit, rng: np.random.Generator) -> RGBA:
    """An image of MNIST cut down to its ink, with a margin of up to 3 pixels, maybe enlarged."""
    assert digit.image is not None
    sheet = Image.fromarray(digit.image)
    left, top, right, bottom = sheet.getbbox() or (0, 0, 28, 28)
    margin = int(rng.integers(0, 4))
    sheet = sheet.crop((left - margin, top - margin, right + margin, bottom + margin))
    factor = int(rng.choice([1, 2, 5, 10]))
    sheet = sheet.resize((sheet.width * factor, sheet.height * factor), Image.Resampling.BICUBIC)
    ink = (np.asarray(sheet) / 255).astype(np.float32)
    if rng.random() < 0.3:
        rgba = opaque(painted(np.ones_like(ink)))
        rgba[..., 3] = np.rint(255 * ink)
        return rgba
    return opaque(painted(ink, *([WHITE, BLACK] if rng.random() < 0.7 else [BLACK, WHITE])))


def tiny_crop(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A photo of 28 x 28 pixels that is no image of MNIST: a digit of any size, or cut tightly."""
    ink = on_sheet(digit, rng, (280, 280), size=(0.45, 0.98), pen=(0.08, 0.13), margin=0)
    ink = np.asarray(Image.fromarray(ink).resize((28, 28), Image.Resampling.BOX))
    return opaque(lit(painted(ink, pick(rng, PAPERS), pick(rng, PENS)), rng))


def tiny_tight_crop(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A digit that fills 28 x 28 pixels from border to border."""
    ink = cropped(on_sheet(digit, rng, (400, 400), size=(0.8, 0.9), pen=(0.08, 0.13)), rng, 0.02)
    side = max(ink.shape)
    square = np.zeros((side, side), np.float32)
    top, left = ((side - n) // 2 for n in ink.shape)
    square[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    tiny = np.asarray(Image.fromarray(square).resize((28, 28), Image.Resampling.BOX))
    return opaque(painted(tiny, pick(rng, PAPERS), pick(rng, PENS)))


def fold(digit: Digit, rng: np.random.Generator) -> RGBA:
    """A fold across the sheet, or the sharp edge of a shadow."""
    rgb = paper_photo(digit, rng)
    angle, distance = rng.uniform(0, 2 * np.pi), min(rgb.shape[:2]) * rng.uniform(0.15, 0.9)
    if rng.random() < 0.5:
        mask = half_plane(rgb.shape, angle, distance, 3)
        return taken(rgb * (1 - rng.uniform(0.1, 0.3) * mask[..., None]), rng)
    line = half_plane(rgb.shape, angle, distance) - half_plane(rgb.shape, angle, distance - 3)
    return taken(rgb * (1 - rng.uniform(0.05, 0.2) * line[..., None]), rng)


def page(digit: Digit, rng: np.random.Generator) -> RGBA:
    """Punch holes at a side and a page number at the foot."""
    rgb = paper_photo(digit, rng, margin=0.15, size=(0.35, 0.55))
    height, width = rgb.shape[:2]

    def draw(pen: ImageDraw.ImageDraw) -> None:
        for y in (0.3, 0.7):
            pen.ellipse((16, 2 * y * height - 14, 44, 2 * y * height + 14), fill=255)
        pen.text((width, 2 * height - 40), str(rng.integers(10, 99)), fill=255)

    return taken(over(rgb, drawn_mask(rgb.shape, draw), (60, 50, 45)), rng)


KINDS: dict[str, Callable[[Digit, np.random.Generator], RGBA]] = {
    "plain": plain,
    "pen on paper": pen_on_paper,
    "pencil": pencil,
    "lined paper": lined,
    "squared paper": squared,
    "small digit on squared paper": squared_small,
    "pencil on squared paper": squared_pencil,
    "whiteboard": whiteboard,
    "blackboard": blackboard,
    "shadow": shadow,
    "small digit": small,
    "tilted": tilted,
    "thin pen": thin,
    "scan": scan,
    "page with holes and number": page,
    "image of MNIST": mnist_image,
    "table at a side": table_edge,
    "strip at a side": clean_strip,
    "corner of a table": table_corner,
    "sheet on a table": sheet_on_table,
    "finger": finger,
    "box around": box,
    "line under": line_under,
    "frame at the border": picture_frame,
    "fold or edge of a shadow": fold,
    "transparent surroundings": transparent_surroundings,
    "half transparent": half_transparent,
    "ink on transparent ground": transparent_ink,
    "tight crop": tight_crop,
    "tight crop of a photo": tight_photo,
    "thick pen": thick,
    "tight crop of thick ink": thick_tight_crop,
    "tight crop of an image of MNIST": cropped_image,
    "photo of 28 x 28": tiny_crop,
    "tight crop of 28 x 28": tiny_tight_crop,
}
"""A photo of each kind, given a digit and random numbers."""

OF_IMAGES = ("image of MNIST", "tight crop of an image of MNIST")
