"""Generators of untrusted bytes, text and JSON.

All randomness comes from a `random.Random`, so that a seed or Hypothesis can reproduce an input.
"""

import copy
import gzip
import io
import json
import math
import random
from typing import Any

import numpy as np

from tools.fuzz.entrypoint import MIB

_EXTREME_BYTES = [
    *(b"\x00" * n for n in (1, 2, 4, 8)),
    *(b"\xff" * n for n in (1, 2, 4, 8)),
    *(b"\x7f" + b"\xff" * n for n in (1, 3, 7)),
    *(b"\x80" + b"\x00" * n for n in (1, 3, 7)),
]


def mutate_bytes(rng: random.Random, data: bytes) -> bytes:
    """Return bytes with one to four mutations: flipped, overwritten, cut, inserted or repeated."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        # Half of all mutations go to the first 64 bytes, where headers are.
        reach = len(changed) if rng.random() < 0.5 else min(len(changed), 64)
        at = rng.randint(0, max(0, reach - 1))
        mutation = rng.randrange(7)
        if mutation == 0 and changed:
            changed[at] ^= 1 << rng.randrange(8)
        elif mutation == 1:
            extreme = rng.choice(_EXTREME_BYTES)
            changed[at : at + len(extreme)] = extreme
        elif mutation == 2:
            del changed[at:]
        elif mutation == 3:
            del changed[at : at + rng.randint(1, 64)]
        elif mutation == 4:
            changed[at:at] = rng.randbytes(rng.randint(1, 16))
        elif mutation == 5:
            changed[at:at] = changed[at : at + rng.randint(1, 200)] * rng.randint(1, 8)
        else:
            changed += rng.choice([b"\0", b"\n", bytes(changed[:100]), rng.randbytes(8)])
    return bytes(changed)


HOSTILE_TEXTS = [
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


def random_text(rng: random.Random) -> str:
    """Return text that could be interpreted as markup, a formula, a path or a number."""
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(HOSTILE_TEXTS)
    if kind == 1:
        return rng.choice(["", " ", "\n", "x"]).join(
            rng.choices(HOSTILE_TEXTS, k=rng.randint(1, 3))
        )
    if kind == 2:
        characters = "\\`*_{}[]()#+-.!|<>$~:&=@/'\"^%;, \n\t" + "wW.htps@a1"
        return "".join(rng.choices(characters, k=rng.randint(1, 40)))
    points = [rng.choice([0x20, 0x7F, 0xA0, 0x2000, 0xFFF0, 0x1F600]) for _ in range(8)]
    return "".join(chr(point + rng.randrange(32)) for point in points)


def random_json_value(rng: random.Random, depth: int = 3) -> Any:
    """Return any JSON value, including NaN and infinity."""
    kind = rng.randrange(8 if depth else 6)
    if kind == 0:
        return rng.choice([None, True, False, math.nan, math.inf, -math.inf, -0.0, 1e308, 1e-320])
    if kind == 1:
        return rng.choice([0, 1, -1, 2**31, 2**63, -(2**63), 2**64, 10**400, 60_000, 9, 10])
    if kind == 2:
        return rng.random() * 10 ** rng.randint(-3, 12)
    if kind in (3, 4):
        return random_text(rng)
    if kind == 5:
        return rng.choice([[], {}, [[]], {"": {}}])
    if kind == 6:
        return [random_json_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {
        random_text(rng)[:20]: random_json_value(rng, depth - 1) for _ in range(rng.randrange(4))
    }


def mutate_json(rng: random.Random, value: Any) -> Any:
    """Return a copy of a JSON value with one value, at some depth, replaced, added or removed."""
    value = copy.copy(value)
    if not value or not isinstance(value, dict | list) or rng.random() < 0.15:
        return random_json_value(rng)
    if isinstance(value, list):
        at = rng.randrange(len(value))
        if rng.random() < 0.2:
            value.insert(at, random_json_value(rng))
        elif rng.random() < 0.2:
            del value[at]
        else:
            value[at] = mutate_json(rng, value[at])
        return value
    key = rng.choice(list(value))
    if rng.random() < 0.15:
        del value[key]
    elif rng.random() < 0.15:
        value[random_text(rng)[:20]] = random_json_value(rng)
    else:
        value[key] = mutate_json(rng, value[key])
    return value


def mutated_json_bytes(rng: random.Random, value: Any) -> bytes:
    """Return a mutated JSON value as bytes, which may no longer be valid JSON."""
    data = json.dumps(mutate_json(rng, value) if rng.random() < 0.8 else value).encode()
    return mutate_bytes(rng, data) if rng.random() < 0.3 else data


DEEPLY_NESTED_JSON = "[" * 200_000 + "]" * 200_000


def gzipped_zeros(count: int) -> bytes:
    """Return a number of zero bytes, gzipped to about a thousandth of their size."""
    return gzip.compress(bytes(MIB), mtime=0) * (count // MIB)


def pickled_array() -> bytes:
    """Return an .npy file whose content is a pickle; the pickle itself is one harmless byte."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        file, {"descr": "|O", "fortran_order": False, "shape": (1,)}
    )
    return file.getvalue() + b"."
