"""Input from people who mean harm, and what must hold whatever they send.

A door is a place where something comes in from outside. For each there is a function that invents
input, mostly valid input that was tampered with; attacks that are known by name; and a property:
whatever comes in is accepted and well-formed, or refused by the one documented exception, in a
sentence a person can act on. The tests knock at each door a few times, with Hypothesis as the
source of chance; ``python -m benchmarks hostile`` knocks a hundred thousand times.
"""

import ast
import base64
import copy
import csv
import gzip
import html
import io
import itertools
import json
import math
import os
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import numpy as np
import requests
import urllib3
from PIL import Image, PngImagePlugin

import data_loader
from data_loader import DataError, Dataset, DownloadFailed, Split, download_mnist, load_mnist
from digits.augment import AUGMENTATIONS
from digits.drawing import EmptyDrawing, drawing_to_image
from digits.idx import IdxError, idx_bytes, read_bytes, read_idx
from inkling.analysis.verdicts import Verdicts, verdicts_as_csv
from inkling.data import user_drawings
from inkling.data.canvas_state import canvas_state
from inkling.data.pictures import PictureError, read_picture
from inkling.exports.config_link import config_from_query, link_query
from inkling.exports.numpy_program import numpy_program
from inkling.exports.run_script import run_script
from inkling.lessons.story.progress import Progress
from inkling.runs.checkpoint_file import (
    Checkpoint,
    CheckpointInfo,
    checkpoint_bytes,
    checkpoint_from_bytes,
    fingerprint_of,
    read_checkpoint_info,
)
from inkling.runs.run import Event, RunIdentity, finished_run
from inkling.runs.run_file import (
    MAX_NAME,
    MAX_NOTES,
    SUFFIX,
    RunError,
    clean,
    read_info,
    run_bytes,
    run_from_bytes,
    run_path,
)
from inkling.runs.snapshots import Snapshots
from inkling.server import visitor_files
from inkling.server.limits import LimitError, Limits
from inkling.ui.browser_events import get_key, parse_index, selected_points
from inkling.ui.markdown import JOINER, escape_markdown
from nn import ConfigError, ModelError, TrainConfig, Trainer
from nn.storage import model_bytes, model_from_bytes
from nn.training import Recorder

MIB = 2**20
LONGEST_SENTENCE = 400  # characters, without what the sender named
VISITOR_ID = "0123456789abcdef" * 2


# Sentences


def check_sentence(error: Exception, named: str = "") -> None:
    """Fail unless an error is a short sentence for people.

    Parameters
    ----------
    error : Exception
    named : str
        What the sender named, such as a file: it may stand in the sentence, however long it is.
    """
    text = str(error).replace(named, "It") if named else str(error)
    assert 10 < len(text) <= LONGEST_SENTENCE, text[:1_000]
    field = isinstance(error, ConfigError) and re.match(r"[A-Za-z_]+( with loss '.*')?: ", text)
    assert field or (text[0].isupper() and text.endswith(".")), text
    assert not re.search(
        r"Traceback| at 0x|\(b['\"]|(?<![\w\\])b['\"]\\x|/tmp/|site-packages", text
    ), text


# Tampering


_EXTREMES = [
    *(b"\x00" * n for n in (1, 2, 4, 8)),
    *(b"\xff" * n for n in (1, 2, 4, 8)),
    *(b"\x7f" + b"\xff" * n for n in (1, 3, 7)),
    *(b"\x80" + b"\x00" * n for n in (1, 3, 7)),
]


def tampered(rng: random.Random, data: bytes) -> bytes:
    """Return bytes with a few of them flipped, overwritten, cut, repeated or put in."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        # Half of all blows go to the beginning, where headers are.
        reach = len(changed) if rng.random() < 0.5 else min(len(changed), 64)
        at = rng.randint(0, max(0, reach - 1))
        blow = rng.randrange(7)
        if blow == 0 and changed:
            changed[at] ^= 1 << rng.randrange(8)
        elif blow == 1:
            extreme = rng.choice(_EXTREMES)
            changed[at : at + len(extreme)] = extreme
        elif blow == 2:
            del changed[at:]
        elif blow == 3:
            del changed[at : at + rng.randint(1, 64)]
        elif blow == 4:
            changed[at:at] = rng.randbytes(rng.randint(1, 16))
        elif blow == 5:
            changed[at:at] = changed[at : at + rng.randint(1, 200)] * rng.randint(1, 8)
        else:
            changed += rng.choice([b"\0", b"\n", bytes(changed[:100]), rng.randbytes(8)])
    return bytes(changed)


WORDS = [
    "",
    " ",
    "x",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "**bold** _it_ ~~no~~ `code`",
    "[a](javascript:alert(1))",
    "![a](http://evil.example/x.png)",
    "https://evil.example/?a=b",
    "www.evil.example",
    "me@evil.example",
    ":material/home: :streamlit: :smile: :red[x] :blue-background[y]",
    "$x^2$ $$y$$",
    "a -> b <- c -- d >= e",
    "a\n===\nb",
    "a\n\n    code\n\n\tmore",
    "a\n# b\n- c\n1. d\n> e\n```\nf",
    "|a|b|\n|-|-|",
    "&lt;b&gt;&#60;",
    "[^1]\n\n[^1]: foot",
    "=cmd|' /C calc'!A1",
    "+1",
    "-1",
    "@SUM(A1)",
    '"; import os; os.system("true") #',
    "'''\n\"\"\"",
    "${config} $$ {0} %s %(x)s",
    "../../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd",
    "a/b",
    "nul\0byte",
    "CON",
    "\u202egnp.exe",
    "\u200b\u2060\ufeff",
    "\ud800",
    "\x1b[31m",
    "e\u0301" * 40,
    "\U0001f600" * 30,
    "9" * 400,
    "1e999",
    "nan",
    "-inf",
    "0x10",
    "1_000",
    "\u0661\u0662",
    "true",
    "none",
    "x" * 3_000,
]


def text(rng: random.Random) -> str:
    """Return text that is meant to come alive somewhere."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(WORDS)
    if kind == 1:
        return rng.choice(["", " ", "\n", "x"]).join(rng.choices(WORDS, k=rng.randint(1, 3)))
    if kind == 2:
        signs = "\\`*_{}[]()#+-.!|<>$~:&=@/'\"^%;, \n\t" + "wW.htps@a1"
        return "".join(rng.choices(signs, k=rng.randint(1, 40)))
    points = [rng.choice([0x20, 0x7F, 0xA0, 0x2000, 0xFFF0, 0x1F600]) for _ in range(8)]
    return "".join(chr(point + rng.randrange(32)) for point in points)


def value(rng: random.Random, depth: int = 3) -> Any:
    """Return anything that JSON can say, and a little more."""
    kind = rng.randrange(8 if depth else 6)
    if kind == 0:
        return rng.choice([None, True, False, math.nan, math.inf, -math.inf, -0.0, 1e308, 1e-320])
    if kind == 1:
        return rng.choice([0, 1, -1, 2**31, 2**63, -(2**63), 2**64, 10**400, 60_000, 9, 10])
    if kind == 2:
        return rng.random() * 10 ** rng.randint(-3, 12)
    if kind in (3, 4):
        return text(rng)
    if kind == 5:
        return rng.choice([[], {}, [[]], {"": {}}])
    if kind == 6:
        return [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {text(rng)[:20]: value(rng, depth - 1) for _ in range(rng.randrange(4))}


def twisted(rng: random.Random, known: Any) -> Any:
    """Return a copy of what JSON says in which something, at some depth, is something else."""
    known = copy.copy(known)
    if not known or not isinstance(known, dict | list) or rng.random() < 0.15:
        return value(rng)
    if isinstance(known, list):
        at = rng.randrange(len(known))
        if rng.random() < 0.2:
            known.insert(at, value(rng))
        elif rng.random() < 0.2:
            del known[at]
        else:
            known[at] = twisted(rng, known[at])
        return known
    key = rng.choice(list(known))
    if rng.random() < 0.15:
        del known[key]
    elif rng.random() < 0.15:
        known[text(rng)[:20]] = value(rng)
    else:
        known[key] = twisted(rng, known[key])
    return known


def said(known: Any) -> str:
    """Return JSON, as Python writes it: with NaN, and numbers of any length."""
    return json.dumps(known)


def tampered_json(rng: random.Random, known: Any) -> bytes:
    """Return JSON that says something else, or bytes that are none any more."""
    data = said(twisted(rng, known) if rng.random() < 0.8 else known).encode()
    return tampered(rng, data) if rng.random() < 0.3 else data


DEEP = "[" * 200_000 + "]" * 200_000


# Doors


@dataclass(frozen=True)
class Door:
    """A place where something comes in from outside.

    Attributes
    ----------
    name : str
        For tables.
    invent : callable
        From a source of chance to an input.
    knock : callable
        From an input and a folder for files to whether it was accepted. It fails by an
        AssertionError, or any exception that nobody documented.
    attacks : callable
        Known attacks, by name.
    limit : int
        Bytes that an input may make the process grow by, at most.
    """

    name: str
    invent: Callable[[random.Random], Any]
    knock: Callable[[Any, Path], bool]
    attacks: Callable[[], dict[str, Any]]
    limit: int


# 1. IDX files


def _idx(*shape: int, content: bytes | None = None) -> bytes:
    header = struct.pack(f">HBB{len(shape)}I", 0, 8, len(shape), *shape)
    return header + (bytes(math.prod(shape)) if content is None else content)


_IDX = [_idx(3, 4, 5), _idx(7), _idx(1), _idx(2, 2, 2, 2), _idx(4, 785)]
_IDX += [gzip.compress(content, mtime=0) for content in _IDX]
_IDX += [gzip.compress(_IDX[0][:9], mtime=0) + gzip.compress(_IDX[0][9:], mtime=0)]


def invent_idx(rng: random.Random) -> bytes:
    """Return an IDX file, plain or gzipped, that was tampered with before or after zipping."""
    content = tampered(rng, rng.choice(_IDX))
    if rng.random() < 0.3:
        lies = [rng.choice([0, 1, 28, 2**16, 2**31, 2**32 - 1]) for _ in range(rng.randrange(1, 6))]
        content = _idx(*lies, content=rng.randbytes(rng.randrange(64)))
    return gzip.compress(content, 1, mtime=0) if rng.random() < 0.3 else content


def knock_idx(content: bytes, folder: Path) -> bool:
    """Read an IDX file: bytes as many as its header says, or a sentence."""
    path = folder / "upload.idx"
    path.write_bytes(content)
    try:
        array = read_idx(path)
    except IdxError as error:
        check_sentence(error, str(path))
        return False
    assert array.dtype == np.uint8
    assert 0 < array.size <= 1100 * len(content)
    assert not array.flags.writeable
    return True


def _zeros(count: int) -> bytes:
    """Return so many zero bytes, gzipped: a thousandth of them."""
    return gzip.compress(bytes(MIB), mtime=0) * (count // MIB)


def idx_attacks() -> dict[str, bytes]:
    """Return bombs and lies."""
    return {
        "4 GiB declared, none there": _idx(2**16, 2**16, content=b""),
        "64 dimensions, the product has 617 digits": _idx(*[2**32 - 1] * 64, content=b"x"),
        "64 dimensions, one of them 0": _idx(*[2**32 - 1] * 63, 0, content=b"x"),
        "gzip bomb, 512 MiB declared": gzip.compress(_idx(512, 1024, 1024, content=b""))
        + _zeros(512 * MIB),
        "100 MiB in 100 KiB, declared and there": gzip.compress(_idx(100, 1024, 1024, content=b""))
        + _zeros(100 * MIB),
        "gzip bomb behind a small file": gzip.compress(_IDX[0]) + _zeros(512 * MIB),
        "a hundred thousand empty members": gzip.compress(_IDX[0][:4]) + gzip.compress(b"") * 10**5,
        "a name of a mebibyte in the gzip header": b"\x1f\x8b\x08\x08" + bytes(6) + b"n" * MIB,
        "gzip in gzip": gzip.compress(gzip.compress(_IDX[0])),
        "a pickled array": _pickled_array(),
        "empty": b"",
    }


def _pickled_array() -> bytes:
    """Return an .npy file whose content is a pickle; the pickle itself is one harmless byte."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "|O", "fortran_order": False, "shape": (1,)}
    )
    return file.getvalue() + b"."


# 2. Pictures


@lru_cache
def _pictures() -> list[bytes]:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (40, 30, 3), np.uint8)
    drawn = np.zeros((48, 48, 4), np.uint8)
    drawn[10:38, 20:26, 3] = 255
    exif = Image.Exif()
    exif[0x112] = 6
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("Comment", "x" * 500, zip=True)
    steps = [Image.fromarray(np.roll(drawn, k, 1)) for k in range(3)]
    palette = Image.fromarray(noise).quantize(7)
    deep = (np.indices((40, 40)).sum(0) * 800).astype(np.uint16)
    made: list[tuple[Image.Image, str, dict[str, Any]]] = [
        (Image.fromarray(drawn), "PNG", {}),
        (Image.fromarray(drawn), "PNG", {"pnginfo": chunks}),
        (Image.fromarray(noise), "PNG", {}),
        (Image.fromarray(deep), "PNG", {}),
        (Image.fromarray(noise).convert("1"), "PNG", {}),
        (Image.fromarray(noise).convert("LA"), "PNG", {}),
        (palette, "PNG", {"transparency": 0}),
        (Image.new("L", (1, 3_000), 9), "PNG", {}),
        (Image.new("L", (3_000, 1), 9), "PNG", {"exif": exif}),
        (steps[0], "PNG", {"save_all": True, "append_images": steps[1:]}),
        (Image.fromarray(noise), "JPEG", {"exif": exif}),
        (Image.fromarray(noise), "JPEG", {"progressive": True}),
        (Image.fromarray(noise).convert("CMYK"), "JPEG", {}),
        (Image.fromarray(noise).convert("L"), "JPEG", {}),
        (Image.fromarray(drawn), "WEBP", {"lossless": True}),
        (Image.fromarray(noise), "WEBP", {"exif": exif}),
        (steps[0], "WEBP", {"save_all": True, "append_images": steps[1:]}),
        (Image.fromarray(noise), "BMP", {}),
        (palette, "BMP", {}),
        (Image.fromarray(noise).convert("1"), "BMP", {}),
        (palette, "GIF", {}),
        (Image.fromarray(noise), "TIFF", {}),
        (Image.fromarray(noise), "PPM", {}),
        (Image.fromarray(noise), "ICO", {}),
    ]
    files = []
    for image, kind, options in made:
        file = io.BytesIO()
        image.save(file, kind, **options)
        files.append(file.getvalue())
    return files


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, colour: int = 6, depth: int = 8, rows: int | None = None) -> bytes:
    """Return a PNG, all of it zero, which may hold fewer rows than it declares."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = bytes(min(MIB, 1 + -(-width * channels * depth // 8)))  # some declare 2^31 pixels
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(row) for _ in range(height if rows is None else rows))
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", packed + packer.flush()),
            _chunk(b"IEND", b""),
        ]
    )


def with_right_sums(data: bytes) -> bytes:
    """Return a tampered PNG whose chunks have the checksums that their content asks for."""
    out, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 12 + length > len(data):
            break
        out += _chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + length])
        at += 12 + length
    return bytes(out + data[at:])


def invent_picture(rng: random.Random) -> bytes:
    """Return a picture that was tampered with, half of the PNGs with the right checksums."""
    data = tampered(rng, rng.choice(_pictures()))
    if data.startswith(b"\x89PNG") and rng.random() < 0.5:
        data = with_right_sums(data)
    if rng.random() < 0.02:
        data = png(rng.choice([1, 7, 2**16, 2**31]), rng.choice([1, 9, 2**16, 2**31]), rows=3)
    return data


def knock_picture(data: bytes, folder: Path) -> bool:
    """Decode a picture, and prepare it as a drawing: pixels of a bounded size, or a sentence."""
    try:
        rgba = read_picture(data)
    except PictureError as error:
        check_sentence(error)
        return False
    assert rgba.dtype == np.uint8
    assert rgba.ndim == 3
    assert rgba.shape[2] == 4
    assert 1 <= max(rgba.shape) <= 2_000
    _check_drawing(rgba)
    return True


def _check_drawing(rgba: np.ndarray) -> None:
    try:
        image = drawing_to_image(rgba)
    except EmptyDrawing as error:
        check_sentence(error)
    else:
        assert image.shape == (28, 28)
        assert image.dtype == np.uint8


def picture_attacks() -> dict[str, bytes]:
    """Return bombs, and pictures of all the kinds that there are."""
    packer = zlib.compressobj(9)
    blocks = [packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2)]
    text_bomb = blocks[0] + blocks[1] * 199
    plain_png = png(9, 9)
    before_data = plain_png.index(b"IDAT") - 4
    file = io.BytesIO()
    large_webp = Image.new("RGB", (6_000, 3_999))
    large_webp.save(file, "WEBP", lossless=True, method=0, quality=0)
    return {
        "PNG of 40 million pixels in 150 KB": png(8_000, 5_000),
        "PNG of 24 million pixels": png(6_000, 3_999),
        "PNG of 24 million pixels of 16 bits": png(6_000, 3_999, depth=16),
        "WebP of 24 million pixels in a few bytes": file.getvalue(),
        "PNG that declares 2^31 x 2^31": png(2**31 - 1, 2**31 - 1, rows=1),
        "PNG of 1 x 100,000": png(1, 100_000, colour=0),
        "PNG of 24,000,000 x 1": png(24_000_000, 1, colour=0),
        "PNG with 200 MiB of text in a chunk": plain_png[:before_data]
        + _chunk(b"zTXt", b"a\0\0" + text_bomb)
        + plain_png[before_data:],
        "PNG with a colour profile of 200 MiB": plain_png[:before_data]
        + _chunk(b"iCCP", b"a\0\0" + text_bomb)
        + plain_png[before_data:],
        "PNG with 20,000 chunks of text": plain_png[:before_data]
        + _chunk(b"tEXt", b"a\0b") * 20_000
        + plain_png[before_data:],
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%pipe%true) (r) file\n",
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "a pickled array": _pickled_array(),
        **{f"picture {k}": data for k, data in enumerate(_pictures())},
    }


# 3, 4 and 5. Runs, models, checkpoints


@lru_cache
def _tiny() -> Dataset:
    rng = np.random.default_rng(7)
    parts = [
        Split(rng.integers(0, 256, (n, 28, 28), np.uint8), rng.integers(0, 10, n).astype(np.uint8))
        for n in (60, 20)
    ]
    return Dataset("tiny", "made for the tests", *parts)


@lru_cache
def _files() -> dict[str, list[bytes]]:
    """Return valid runs, models and checkpoints, as small as they come."""
    files: dict[str, list[bytes]] = {"run": [], "model": [], "checkpoint": []}
    configs = [
        TrainConfig(hidden_sizes=(2,), epochs=2, batch_size=20, validation_size=20),
        TrainConfig(
            hidden_sizes=(),
            epochs=1,
            batch_size=30,
            validation_size=0,
            optimizer="adam",
            activation="tanh",
            output="sigmoid",
            loss="mean-squared-error",
            augmentation=min(AUGMENTATIONS),
        ),
    ]
    for config in configs:
        recorder = Recorder(Trainer(config, _tiny()))
        trainer = recorder.trainer
        snapshots = Snapshots(len(trainer.network.theta))
        history = []
        label = RunIdentity(id=VISITOR_ID, name="a run", visitor_id=VISITOR_ID, created=1e9)
        while not recorder.finished:
            history.append(recorder.step() or recorder.record())
            snapshots.offer(trainer.step_count, trainer.network.theta)
        snapshots.offer(trainer.step_count, trainer.network.theta, last=True)
        info = CheckpointInfo(
            label=label,
            config=config,
            digits=fingerprint_of(_tiny(), config),
            step_count=trainer.step_count,
        )
        checkpoint = Checkpoint(
            info=info,
            learning_rate=config.learning_rate,
            events=(Event(1, 0.05),),
            history=tuple(history),
            snapshots=snapshots.taken,
            distance=snapshots.distance,
            state=recorder.state(),
        )
        run = finished_run(label, trainer, history, [Event(1, 0.05)], snapshots.taken, "tiny")
        files["run"].append(run_bytes(run))
        files["model"].append(model_bytes(run.network, np.float16))
        files["checkpoint"].append(checkpoint_bytes(checkpoint))
    return files


def safetensors_file(header: Any, body: bytes) -> bytes:
    """Return a safetensors file; the header is taken as it is, or written as JSON."""
    packed = header if isinstance(header, bytes) else said(header).encode()
    return struct.pack("<Q", len(packed)) + packed + body


def _invent_safetensors(kind: str) -> Callable[[random.Random], bytes]:
    def invent(rng: random.Random) -> bytes:
        data = rng.choice(_files()[rng.choice([kind, kind, kind, *_files()])])
        if rng.random() < 0.3:
            return tampered(rng, data)
        (length,) = struct.unpack_from("<Q", data)
        header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
        texts = header["__metadata__"]
        for _ in range(rng.choice([1, 1, 1, 2])):
            what = rng.random()
            if what < 0.7:  # what is said of the arrays
                name = rng.choice(list(texts))
                try:
                    texts[name] = said(twisted(rng, json.loads(texts[name])))
                except (TypeError, ValueError):  # no JSON, but a word
                    texts[name] = text(rng)
            elif what < 0.8:  # numbers
                body = tampered(rng, body)[: len(body)].ljust(len(body), b"\0")
            else:
                header = twisted(rng, header)
                if not isinstance(header, dict) or not isinstance(header.get("__metadata__"), dict):
                    break
                texts = header["__metadata__"]
                if not texts:
                    break
        return safetensors_file(header, body)

    return invent


def _safetensors_attacks(kind: str) -> Callable[[], dict[str, bytes]]:
    def attacks() -> dict[str, bytes]:
        data = _files()[kind][0]
        (length,) = struct.unpack_from("<Q", data)
        header, body = json.loads(data[8 : 8 + length]), data[8 + length :]

        def saying(**texts: str) -> bytes:
            return safetensors_file(header | {"__metadata__": header["__metadata__"] | texts}, body)

        names = ("network", "run", "config", "result", "events", "history", "label", "digits")
        return {
            "a header of 2^63 bytes": struct.pack("<Q", 2**63) + b"{}",
            "a header of 90 MiB": safetensors_file(b"{" + b" " * 90 * MIB + b"}", b""),
            "a list of 20 million lists": saying(history="[" + "[]," * 20_000_000 + "[]]"),
            "five million lists": saying(history="[" + "[]," * 5_000_000 + "[]]"),
            "five million hidden lists": safetensors_file(
                data[8 : 8 + length].replace(
                    b'"history": "', b'"history": "' + rb"\u005b]," * 1_700_000
                ),
                body,
            ),
            "a shape of 2^63 x 0": safetensors_file(
                {"a": {"dtype": "F32", "shape": [0, 2**63], "data_offsets": [0, 0]}}, b""
            ),
            "an unknown number of 5,000 digits": safetensors_file(
                b'{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1],"x":%s}}' % (b"1" * 5_000),
                b"0",
            ),
            "a pickle": b"\x80\x04.",
            "a pickled array": _pickled_array(),
            "a zip": _zip_bomb(),
            "UTF-16": safetensors_file(said(header).encode("utf-16"), body),
            **{f"{name} nested deeply": saying(**{name: DEEP}) for name in names},
            **{f"{name} of 5,000 digits": saying(**{name: "1" * 5_000}) for name in names},
            **{f"valid {k}": valid for k, valid in enumerate(_files()[kind])},
        }

    return attacks


def _zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../outside.npy", bytes(100 * MIB))
    return file.getvalue()


def knock_run(data: bytes, folder: Path) -> bool:
    """Read a run: one whose texts are clean and that can be written and repeated, or a sentence."""
    path = folder / f"{VISITOR_ID}.safetensors"
    path.write_bytes(data)
    try:
        read_info(path)
    except RunError as error:
        check_sentence(error)
    try:
        run = run_from_bytes(data)
    except RunError as error:
        check_sentence(error)
        return False
    info = run.info
    assert len(info.name) <= MAX_NAME
    assert len(info.notes) <= MAX_NOTES
    for cleaned in (info.name, info.data_name, info.error, *info.notes.split("\n")):
        assert cleaned == "" or cleaned.isprintable()
    check_markdown(escape_markdown(info.name), info.name)
    check_markdown(escape_markdown(info.notes), info.notes)
    check_script(run_script(info.config, run.events, info.steps), info.config)
    again = run_from_bytes(run_bytes(run))
    assert repr(again.info) == repr(info)
    return True


def check_script(source: str, config: TrainConfig) -> None:
    """Fail unless a script is valid, and the one config in it is the one that was asked for."""
    tree = ast.parse(source)
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "TrainConfig"
    ]
    assert len(calls) == 1
    named = {str(word.arg): ast.literal_eval(word.value) for word in calls[0].keywords}
    assert TrainConfig(**named) == config
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert imported == {"data_loader"}


def knock_model(data: bytes, folder: Path) -> bool:
    """Read a model: one that answers and can be exported, or a sentence."""
    try:
        network = model_from_bytes(data)
    except ModelError as error:
        check_sentence(error)
        return False
    with np.errstate(all="ignore"):  # weights may be finite, and what comes of them may not
        assert network.predict_proba(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)
    ast.parse(numpy_program(network))
    return True


def knock_checkpoint(data: bytes, folder: Path) -> bool:
    """Read a checkpoint: one that can be written again, or a sentence."""
    path = folder / f"{VISITOR_ID}.safetensors"
    path.write_bytes(data)
    try:
        read_checkpoint_info(path)
    except RunError as error:
        check_sentence(error)
    try:
        checkpoint = checkpoint_from_bytes(data)
    except RunError as error:
        check_sentence(error)
        return False
    assert checkpoint_from_bytes(checkpoint_bytes(checkpoint)).info == checkpoint.info
    return True


# 6. Downloads


_REAL = {
    "train-images-idx3-ubyte": idx_bytes(np.zeros((20, 28, 28), np.uint8)),
    "train-labels-idx1-ubyte": idx_bytes(np.zeros(20, np.uint8)),
    "t10k-images-idx3-ubyte": idx_bytes(np.zeros((10, 28, 28), np.uint8)),
    "t10k-labels-idx1-ubyte": idx_bytes(np.zeros(10, np.uint8)),
}
_SENT = {name: gzip.compress(content, mtime=0) for name, content in _REAL.items()}


class Endless(io.RawIOBase):
    """A stream without an end."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = bytes(len(buffer))
        return len(buffer)


@dataclass(frozen=True)
class Answer:
    """What a mirror answers: a status, headers and a body, or an error on the way."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    """None: the right file."""
    endless: bool = False
    error: type[requests.RequestException] | None = None


_ERRORS: list[type[requests.RequestException]] = [
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.SSLError,
    requests.exceptions.ChunkedEncodingError,
]
_HTML = b"<!doctype html><title>Sign in</title><script>alert(1)</script>"
_PLACES = [
    "file:///etc/passwd",
    "http://127.0.0.1:1/",
    "ftp://evil.example/x",
    "//evil.example/",
    "javascript:1",
    "https://evil.example/" + "a" * 3_000,
    "http://[::1",
    "\x00",
    "",
]


def invent_answers(rng: random.Random) -> list[Answer]:
    """Return what the mirrors answer, one after another; the last one again and again."""
    answers = []
    for _ in range(rng.randint(1, 6)):
        headers = []
        if rng.random() < 0.3:
            length = rng.choice(["0", "1", "-1", "9" * 30, "x", "99999999999"])
            headers.append(("Content-Length", length))
        if rng.random() < 0.3:
            coding = rng.choice(["gzip", "deflate", "br", "gzip, gzip", "zstd", "x"])
            headers.append(("Content-Encoding", coding))
        if rng.random() < 0.3:
            headers.append(("Location", rng.choice(_PLACES)))
        body = rng.choice(
            [None, None, None, b"", _HTML, gzip.compress(_HTML), rng.choice(list(_SENT.values()))]
        )
        if rng.random() < 0.3:
            body = tampered(rng, body or rng.choice(list(_SENT.values())))
        answers.append(
            Answer(
                status=rng.choice([200, 200, 200, 206, 204, 301, 302, 307, 404, 416, 500, 999]),
                headers=tuple(headers),
                body=body,
                endless=rng.random() < 0.02,
                error=rng.choice(_ERRORS) if rng.random() < 0.1 else None,
            )
        )
    return answers


@contextmanager
def mirrors(answers: list[Answer], cache: Path) -> Iterator[list[str]]:
    """Let the mirrors answer so, with small files in the place of MNIST's; yield what is asked."""
    asked: list[str] = []
    queue = itertools.chain(answers, itertools.repeat(answers[-1]))

    def send(
        adapter: requests.adapters.HTTPAdapter, request: Any, *_: Any, **__: Any
    ) -> requests.Response:
        asked.append(request.url)
        answer = next(queue)
        if answer.error is not None:
            raise answer.error("evil.example", request=request)
        name = request.url.rsplit("/", 1)[-1].removesuffix(".gz")
        body = _SENT.get(name, b"") if answer.body is None else answer.body
        stream: Any = io.BufferedReader(Endless()) if answer.endless else io.BytesIO(body)
        response = urllib3.HTTPResponse(
            body=stream,
            headers=urllib3.HTTPHeaderDict(answer.headers),
            status=answer.status,
            preload_content=False,
        )
        return adapter.build_response(request, response)

    sums = {
        name: data_loader.hashlib.sha256(content).hexdigest() for name, content in _REAL.items()
    }
    sizes = {name: len(data) for name, data in _SENT.items()}
    with (
        mock.patch.object(requests.adapters.HTTPAdapter, "send", send),
        mock.patch.dict(data_loader.MNIST_SHA256, sums),
        mock.patch.dict(data_loader.DOWNLOAD_BYTES, sizes),
        mock.patch.dict(os.environ, {"INKLING_CACHE": str(cache)}),
    ):
        os.environ.pop("MNIST_DIR", None)
        yield asked


def knock_download(answers: list[Answer], folder: Path) -> bool:
    """Download from hostile mirrors: whole, verified files in the cache and nowhere else."""
    cache = folder / "cache" / "mnist"
    cache.mkdir(parents=True, exist_ok=True)
    for path in cache.iterdir():
        path.unlink()
    with mirrors(answers, folder / "cache") as asked:
        try:
            download_mnist()
        except DownloadFailed as error:
            check_sentence(error, str(cache))
            accepted = False
        else:
            accepted = True
            assert load_mnist().name == "MNIST"
        names = {f"{name}.gz" for name in _SENT}
        for path in cache.iterdir():
            assert path.name in names, f"{path.name} was left in the cache"
            assert read_bytes(path) == _REAL[path.name.removesuffix(".gz")]
        assert all(url.startswith(("http://", "https://")) for url in asked)
        assert not accepted or len(list(cache.iterdir())) == len(_SENT)
    return accepted


def download_attacks() -> dict[str, list[Answer]]:
    """Return mirrors that mean harm."""
    gzipped = (("Content-Encoding", "gzip"),)
    return {
        "a stream without end": [Answer(endless=True)],
        "a gzip bomb of 512 MiB": [Answer(body=_zeros(512 * MIB))],
        "a gzip bomb unzipped on its way": [Answer(body=_zeros(512 * MIB), headers=gzipped)],
        "a gzip bomb in a gzip bomb": [
            Answer(
                body=gzip.compress(_zeros(512 * MIB)), headers=(("Content-Encoding", "gzip, gzip"),)
            )
        ],
        "a sign-in page": [Answer(body=_HTML)],
        "redirected to a file": [Answer(302, (("Location", "file:///etc/passwd"),), b"")],
        "redirected, after a stream without end": [
            Answer(302, (("Location", "https://evil.example/"),), endless=True)
        ],
        "redirected for ever": [Answer(302, (("Location", "https://evil.example/"),), b"")],
        "the wrong file, whole": [Answer(body=_SENT["t10k-labels-idx1-ubyte"])],
        "cut off": [Answer(body=_SENT["train-images-idx3-ubyte"][:20])],
        "shorter than it says": [Answer(headers=(("Content-Length", "999999"),))],
        "the right files": [Answer()],
    }


# 7. Links


def invent_query(rng: random.Random) -> dict[str, str]:
    """Return the query of a link: a valid one that was tampered with, or anything."""
    names = ["recipe", "chapter", "index", "split", "data", *TrainConfig.__dataclass_fields__]
    query = link_query(TrainConfig(seed=rng.randrange(9), hidden_sizes=(64,) * rng.randrange(3)))
    if rng.random() < 0.3:
        query["augmentation"] = rng.choice([*AUGMENTATIONS, "none", text(rng)])
    for _ in range(rng.randrange(4)):
        good = ["1", "0.5", "64-32", "none", "true", "relu", "adam", "mnist", "1e3", "-1", "1" * 90]
        query[rng.choice(names)] = rng.choice(good) if rng.random() < 0.5 else text(rng)
    return query


def knock_query(query: dict[str, str], folder: Path) -> bool:
    """Read a link: settings from which the same link can be made, or a sentence."""
    try:
        config = config_from_query(query, AUGMENTATIONS)
        if config is not None:
            Limits().check(config)
    except ConfigError as error:
        check_sentence(error)
        check_markdown(escape_markdown(str(error)), str(error))
        return False
    if config is None:
        return False
    assert config_from_query(link_query(config), AUGMENTATIONS) == config
    check_script(run_script(config, ()), config)
    return True


def query_attacks() -> dict[str, dict[str, str]]:
    """Return links that mean harm."""
    fields = TrainConfig.__dataclass_fields__
    return {
        "nothing": {},
        "all at once": dict.fromkeys(fields, "<script>"),
        "a megabyte": {"recipe": "x" * MIB},
        "digits of another script": {"seed": "\u0661"},
        "a number too long for Python": {"seed": "9" * 5_000},
        "a hundred layers": {"hidden_sizes": "-".join(["1"] * 50)},
        "a billion units": {"hidden_sizes": "999999999"},
        **{f"{field}: {word[:12]!r}": {field: word} for field in fields for word in WORDS},
    }


# 8. Names and notes


_READ_BY_MARKDOWN = r"\`*_{}[]()#+-.!|<>$~:&"
_ALIVE = re.compile(
    r"https?://|www\.|[-.\w+]@[-\w]+\.|:[a-z]+/\w+:|:streamlit:|<->|->|<-|--|[<>~!]=", re.IGNORECASE
)


def check_markdown(shown: str, original: str) -> None:
    """Fail if Markdown, or what Streamlit looks for after it, would find anything in a text.

    Parameters
    ----------
    shown : str
        What `plain` made of the text.
    original : str
    """
    assert not re.search(rf"(?<!\\)(\\\\)*[{re.escape(_READ_BY_MARKDOWN[1:])}]", shown), shown
    assert (len(shown) - len(shown.rstrip("\\"))) % 2 == 0, "it would escape what follows"
    for line in re.split(r"[\r\n]", shown):
        assert not re.match(r"[ \t=]", line), f"a heading or code begins with {line[:20]!r}"
    unescaped = re.sub(r"\\([^a-zA-Z0-9\s])", r"\1", shown)
    assert not _ALIVE.search(unescaped), unescaped
    invisible = unescaped.replace(JOINER, "").replace("\u00a0", " ")
    seen = original.replace(JOINER, "").replace("\u00a0", " ").replace("\t", " ")
    assert invisible.replace("\t", " ") == seen, "it is not shown as it is"


def knock_name(name: str, folder: Path) -> bool:
    """Show a name and notes: as they are, in Markdown and on a chart, without coming alive."""
    cleaned, notes = clean(name, MAX_NAME), clean(name, MAX_NOTES, lines=True)
    assert len(cleaned) <= MAX_NAME
    assert cleaned == "" or cleaned.isprintable()
    assert all(line == "" or line.isprintable() for line in notes.split("\n"))
    assert clean(cleaned, MAX_NAME) == cleaned.strip()
    cleaned.encode()
    for original in (name, cleaned, notes):
        check_markdown(escape_markdown(original), original)
    assert not re.search("[<>]", html.escape(cleaned))
    for suffix in (SUFFIX, ""):
        try:
            found = run_path(folder, name, suffix)
        except RunError as error:
            check_sentence(error)
        else:
            assert found.parent == folder
    return bool(cleaned)


def name_attacks() -> dict[str, str]:
    """Return names that mean harm."""
    return {f"name {k}": word for k, word in enumerate(WORDS)} | {
        "all of them": "\n".join(WORDS),
        "an id and a line": VISITOR_ID + "\n",
        "an id above": "../" + VISITOR_ID,
    }


# 9. The canvas and the other components


_OBJECTS = {
    "version": "6.0",
    "objects": [{"type": "Path", "path": [["M", 1, 2], ["L", 3, 4]], "stroke": "#1c2430"}],
    "background": "",
}


def invent_message(rng: random.Random) -> dict[str, Any]:
    """Return what a browser may send in the place of a drawing or a click."""
    picture = invent_picture(rng) if rng.random() < 0.7 else rng.choice(_pictures())
    url: Any = "data:image/png;base64," + base64.b64encode(picture).decode()
    if rng.random() < 0.3:
        url = rng.choice([text(rng), value(rng), url[: rng.randrange(40)], url.replace("=", "?")])
    objects = twisted(rng, _OBJECTS) if rng.random() < 0.5 else _OBJECTS
    click = twisted(rng, {"selection": {"points": [{"customdata": 3, "x": 1, "y": 2}]}})
    return {"objects": objects, "url": url, "picked": value(rng), "click": click}


class _Canvas(SimpleNamespace):
    """What the canvas's own package makes of a message; it is not checked there."""

    @property
    def image_bytes(self) -> bytes | None:
        if self.url is None:
            return None
        _, encoded = self.url.split(";base64,", 1)
        return base64.b64decode(encoded)


def knock_message(message: dict[str, Any], folder: Path) -> bool:
    """Take what a browser sends: a drawing that can be read and put back, a number, or nothing."""
    number = parse_index(message["picked"], 10)
    assert number is None or (type(number) is int and 0 <= number < 10)
    for point in selected_points(message["click"]):
        assert parse_index(point.get("customdata"), 10) in {None, *range(10)}
    assert get_key(message["picked"], "layer") is None or isinstance(message["picked"], dict)
    sketch = canvas_state(_Canvas(json_data=message["objects"], url=message["url"]))
    if sketch is None:
        return False
    assert isinstance(sketch.objects["objects"], list)
    _check_drawing(read_picture(sketch.png))
    return True


def message_attacks() -> dict[str, dict[str, Any]]:
    """Return messages that mean harm."""
    good = "data:image/png;base64," + base64.b64encode(_pictures()[0]).decode()
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    quiet = {"picked": None, "click": None}
    return {
        "no objects": {"objects": {}, "url": good, **quiet},
        "a list": {"objects": [], "url": good, **quiet},
        "objects nested deeply": {"objects": {"objects": deep}, "url": good, **quiet},
        "a hundred megabytes of objects": {
            "objects": {"objects": ["x" * 100 * MIB]},
            "url": good,
            **quiet,
        },
        "no picture": {"objects": _OBJECTS, "url": "data:,", **quiet},
        "a picture that is a number": {"objects": _OBJECTS, "url": 7, **quiet},
        "a bomb": {
            "objects": _OBJECTS,
            "url": "data:;base64," + base64.b64encode(png(8_000, 5_000)).decode(),
            **quiet,
        },
        "a click on infinity": {
            "objects": _OBJECTS,
            "url": good,
            "picked": math.inf,
            "click": {"selection": {"points": [None, [], {"customdata": math.nan}]}},
        },
        "a drawing": {"objects": _OBJECTS, "url": good, **quiet},
    }


# 10. Visitors' files


_OPTIONS = {"first": 3, "second": 4}
_PROGRESS = {
    "chapter": "first",
    "ran": ["first"],
    "runs": {"first": [VISITOR_ID]},
    "answers": {"first": 1},
}
_VERDICTS = {"MNIST": {"8": "network", "947": "label"}, "tiny": {}}


@lru_cache
def _drawings() -> bytes:
    drawn = np.zeros((28, 28), np.uint8)
    drawn[4:20, 10:14] = 255
    return user_drawings.to_bytes(user_drawings.NONE.teach(drawn, 1).teach(drawn.T.copy(), 7))


def invent_keepsake(rng: random.Random) -> tuple[str, str, bytes]:
    """Return an owner, a name and the content of a small file."""
    data = rng.choice(
        [
            lambda: tampered_json(rng, _PROGRESS),
            lambda: tampered_json(rng, _VERDICTS),
            lambda: tampered(rng, _drawings()),
        ]
    )()
    visitor_id = VISITOR_ID if rng.random() < 0.5 else text(rng)
    name = rng.choice(["progress.json", "verdicts.json", "drawings.idx"])
    return visitor_id, name if rng.random() < 0.5 else text(rng), data


def knock_keepsake(keepsake: tuple[str, str, bytes], folder: Path) -> bool:
    """Read what a visitor left: as far as it is what the program would have written."""
    visitor_id, name, data = keepsake
    progress = Progress.from_bytes(data, _OPTIONS)
    assert progress.chapter in {"", *_OPTIONS}
    assert progress.ran | set(progress.runs) | set(progress.answers) <= set(_OPTIONS)
    assert all(0 <= answer < _OPTIONS[key] for key, answer in progress.answers.items())
    assert Progress.from_bytes(progress.to_bytes(), _OPTIONS) == progress

    verdicts = Verdicts.read(data)
    assert Verdicts.read(verdicts.to_bytes()) == verdicts
    shares = np.full((1_000, 10), 0.1)
    for known in verdicts.by_set:
        table = verdicts_as_csv(
            verdicts.of(known), np.zeros(1_000, np.uint8), shares, voted_on=True
        )
        check_table(table)

    drawings = user_drawings.from_bytes(data)
    assert drawings.images.shape == (len(drawings), 28, 28)
    assert len(drawings) <= user_drawings.MOST
    assert all(label < 10 for label in drawings.labels)

    try:
        path = visitor_files.VisitorFiles(folder)._path(visitor_id, name)
    except ValueError:
        return False
    assert path.resolve().parent == folder.resolve() / visitor_id
    return bool(progress.chapter or verdicts.by_set or len(drawings))


def check_table(table: str) -> None:
    """Fail if a spreadsheet would take a cell of a CSV table for a formula."""
    for row in csv.reader(io.StringIO(table)):
        assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))], row


def keepsake_attacks() -> dict[str, tuple[str, str, bytes]]:
    """Return files and names that mean harm."""
    name = "progress.json"
    return {
        "another's folder": (VISITOR_ID, "../" + "f" * 32 + "/progress.json", b"{}"),
        "above": ("../../../../../../tmp/xxxxxxxxxxxx", name, b"{}"),
        "a line more": (VISITOR_ID + "\n", name + "\n", b"{}"),
        "nested deeply": (VISITOR_ID, name, DEEP.encode()),
        "a number of 5,000 digits": (VISITOR_ID, name, b"1" * 5_000),
        "lists for everything": (
            VISITOR_ID,
            name,
            said({"chapter": [], "ran": [[]], "runs": {"first": [[]]}, "answers": []}).encode(),
        ),
        "a verdict that is a list": (VISITOR_ID, "verdicts.json", b'{"MNIST": {"1": []}}'),
        "two million lists": (VISITOR_ID, name, b"[" + b"[]," * 1_300_000 + b"[]]"),
        "UTF-16": (VISITOR_ID, name, "{}".encode("utf-16")),
        "a pickle": (VISITOR_ID, name, b"\x80\x04."),
        "progress": (VISITOR_ID, name, said(_PROGRESS).encode()),
        "verdicts": (VISITOR_ID, "verdicts.json", said(_VERDICTS).encode()),
        "drawings": (VISITOR_ID, "drawings.idx", _drawings()),
    }


# 11. The environment


def invent_environment(rng: random.Random) -> dict[str, str]:
    """Return environment variables, and the name of a folder."""
    names = [f"INKLING_MAX_{field.upper()}" for field in Limits.__dataclass_fields__]
    good = ["1", "1000000", "007", "1000001", "0", "-1", "1" * 30, "0" * 30 + "1"]
    settings = {
        rng.choice(names): rng.choice(good) if rng.random() < 0.5 else text(rng)
        for _ in range(rng.randrange(3))
    }
    return settings | {"MNIST_DIR": text(rng).strip()[:300] or "x"}


def knock_environment(environment: dict[str, str], folder: Path) -> bool:
    """Start with these settings: limits within their range, or a sentence; no data, a sentence."""
    named = environment["MNIST_DIR"]
    inside = str(Path(folder, "data", named.replace("..", "_").lstrip("/~")))
    try:
        load_mnist(inside)
    except DataError as error:
        check_sentence(error, inside)
    try:
        limits = Limits.from_environment(environment)
    except LimitError as error:
        check_sentence(error)
        return False
    assert all(1 <= limit <= 1_000_000 for limit in asdict(limits).values())
    return True


def environment_attacks() -> dict[str, dict[str, str]]:
    """Return settings that nobody meant."""
    numbers = ["0000001234567890123", "000000001" + "9" * 5_000, "\u00b2", "1" * 5_000, "", "1e3"]
    folder = {"MNIST_DIR": "a\0b"}
    return {n[:20]: folder | {"INKLING_MAX_EPOCHS": n} for n in numbers} | {"none": folder}


DOORS = {
    "idx": Door("IDX files", invent_idx, knock_idx, idx_attacks, 3 * 256 * MIB),
    "pictures": Door(
        "uploaded pictures", invent_picture, knock_picture, picture_attacks, 480 * MIB
    ),
    "runs": Door(
        "runs", _invent_safetensors("run"), knock_run, _safetensors_attacks("run"), 288 * MIB
    ),
    "models": Door(
        "models", _invent_safetensors("model"), knock_model, _safetensors_attacks("model"), 96 * MIB
    ),
    "checkpoints": Door(
        "checkpoints",
        _invent_safetensors("checkpoint"),
        knock_checkpoint,
        _safetensors_attacks("checkpoint"),
        576 * MIB,
    ),
    "downloads": Door("downloads", invent_answers, knock_download, download_attacks, 128 * MIB),
    "links": Door("links", invent_query, knock_query, query_attacks, 32 * MIB),
    "names": Door("names and notes", text, knock_name, name_attacks, 32 * MIB),
    "messages": Door(
        "canvas and clicks", invent_message, knock_message, message_attacks, 480 * MIB
    ),
    "keepsakes": Door(
        "visitors' files", invent_keepsake, knock_keepsake, keepsake_attacks, 256 * MIB
    ),
    "environment": Door(
        "environment", invent_environment, knock_environment, environment_attacks, 32 * MIB
    ),
}


# Memory


def _megabytes(field: str) -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith(field))


def reset_peak() -> int | None:
    """Forget the most memory that this process has had; return MiB it has now, None if unknown."""
    with suppress(OSError, StopIteration):
        Path("/proc/self/clear_refs").write_text("5")
        return _megabytes("VmRSS")
    return None


def peak() -> int:
    """Return the most memory that this process has had since `reset_peak`, in MiB."""
    return _megabytes("VmHWM")
