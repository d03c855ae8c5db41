"""Forms of the ten digits: strokes of a pen, as points of a smooth curve.

A form is written down as its points "x y" in the order of writing: x runs to the right and y down,
from 0 to about 100. At a point marked with "!" the pen turns a corner, and at "/" it is lifted. The
digits stand upright here; `digits.builtin` slants, stretches and distorts them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Form(NamedTuple):
    """One way to write a digit.

    Attributes
    ----------
    digit : int
    name : str
    weight : float
        How common it is among the forms of the same digit.
    path : str
        The strokes.
    """

    digit: int
    name: str
    weight: float
    path: str


_FORMS = {
    0: (
        ("round", 3, "52 2, 18 22, 18 78, 50 98, 82 78, 82 22, 48 2"),
        ("oval", 4, "50 2, 24 26, 24 74, 48 98, 72 74, 74 26, 46 3"),
        ("begun at the right", 3, "68 12, 36 6, 16 46, 26 90, 58 92, 78 50, 68 14, 52 4"),
        ("wide", 1.5, "56 12, 22 18, 2 52, 20 84, 56 88, 94 66, 90 26, 50 12"),
        ("curl at the top", 2, "58 4, 22 24, 16 76, 46 97, 80 72, 78 26, 52 10, 36 20"),
        ("end within", 2.5, "66 4, 28 16, 12 62, 32 96, 70 84, 80 42, 60 18, 36 26, 34 38"),
        ("flat at the left", 0.6, "18 8, 20 50, 22 92!, 58 90, 84 56, 66 16, 12 8"),
        ("begun at the left", 1.5, "30 12, 18 52, 36 96, 72 86, 84 40, 58 6, 26 10, 18 30"),
        ("overlapping", 2.5, "72 6, 36 8, 14 48, 30 92, 66 88, 84 46, 66 8, 34 8, 20 30"),
        ("gap at the top", 1.5, "40 4, 14 38, 24 90, 62 94, 86 54, 74 14, 60 8"),
        ("slashed", 1.6, "50 2, 20 26, 20 74, 50 98, 80 74, 80 26, 48 3 / 84 10, 50 50, 16 92"),
        (
            "slashed beyond",
            1.4,
            "50 8, 22 30, 22 70, 50 92, 78 70, 78 30, 48 9 / 94 0, 50 50, 6 100",
        ),
        (
            "slashed steeply",
            1.2,
            "52 16, 24 34, 24 68, 50 84, 76 66, 74 32, 48 16 / 72 0, 50 50, 28 100",
        ),
        (
            "slashed upright",
            1,
            "50 22, 30 38, 30 64, 50 78, 70 62, 70 36, 48 22 / 56 0, 51 50, 46 100",
        ),
        (
            "slashed, narrow",
            0.8,
            "50 10, 34 30, 34 70, 50 90, 66 70, 66 30, 49 11 / 74 0, 50 50, 28 100",
        ),
        (
            "slashed, small",
            1,
            "52 22, 32 32, 34 60, 52 68, 70 56, 68 30, 50 22 / 68 0, 51 48, 38 100",
        ),
        (
            "slashed, small and low",
            0.5,
            "50 32, 32 44, 34 68, 50 78, 68 66, 66 42, 48 32 / 62 0, 50 54, 42 100",
        ),
        ("barred", 0.8, "50 2, 22 28, 24 74, 50 98, 76 72, 74 26, 46 3 / 4 53, 50 50, 96 47"),
        (
            "barred, narrow",
            1.2,
            "50 2, 36 28, 36 74, 50 98, 64 72, 64 26, 48 3 / 6 56, 50 53, 98 50",
        ),
    ),
    1: (
        ("stick", 9, "50 0, 50 50, 50 100"),
        ("bowed stick", 1.2, "46 0, 53 33, 53 67, 46 100"),
        ("flag", 3, "28 22, 42 13, 54 0!, 54 50, 54 100"),
        ("long flag", 2, "18 38, 38 22, 56 0!, 56 50, 56 100"),
        ("longest flag", 0.8, "6 44, 34 24, 60 2!, 60 50, 60 100"),
        ("flat flag", 4, "8 26, 32 16, 58 3!, 58 50, 58 100"),
        ("hooked flag", 1.2, "22 28, 22 14!, 38 12, 56 2!, 57 50, 56 100"),
        ("flat flag, base", 1, "10 18, 34 10, 56 0!, 56 50, 56 97 / 16 98, 56 97, 96 98"),
        ("flag, base at the left", 0.8, "16 12, 36 8, 56 2!, 57 50, 58 98 / 12 99, 36 99, 58 98"),
        ("small flag", 2.5, "38 12, 52 0!, 52 50, 52 100"),
        ("flag and base", 2, "28 20, 42 12, 54 0!, 54 50, 54 98 / 24 99, 54 98, 86 99"),
        ("long flag, base", 1.2, "20 32, 38 20, 54 0!, 54 50, 54 96 / 20 97, 54 96, 90 97"),
        ("small flag, base", 0.8, "40 10, 52 0!, 52 50, 52 98 / 26 99, 52 98, 78 99"),
        ("base", 0.6, "50 0, 50 50, 50 98 / 20 99, 50 98, 80 99"),
    ),
    2: (
        ("flat base", 3, "12 22, 34 2, 74 16, 64 50, 12 97!, 48 96, 90 96"),
        ("wavy base", 2, "12 24, 34 2, 72 18, 56 56, 14 93!, 34 84, 58 94, 92 86"),
        ("loop", 3, "14 22, 36 2, 74 18, 62 60, 36 90, 12 90, 20 74, 50 84, 92 90"),
        ("round loop", 3, "18 18, 46 2, 74 20, 66 58, 42 92, 14 94, 8 72, 30 62, 60 78, 96 84"),
        ("large loop", 2, "26 14, 54 2, 74 24, 64 66, 36 96, 8 90, 10 64, 38 56, 64 72, 98 82"),
        (
            "loop below a long neck",
            1.5,
            "26 16, 44 2, 60 18, 52 60, 32 94, 14 90, 20 72, 44 80, 78 94",
        ),
        ("like a Z", 3, "14 10, 44 4, 78 8, 60 44, 12 94!, 50 93, 88 92"),
        ("wide, like a Z", 1.5, "6 26, 40 18, 76 20, 60 48, 16 82!, 54 84, 100 80"),
        ("upright", 1.5, "26 24, 40 3, 66 16, 60 50, 26 97!, 50 96, 76 95"),
        ("swan", 2, "18 34, 28 6, 62 8, 66 44, 20 92, 46 88, 90 96"),
        ("base falling", 1.5, "22 22, 42 2, 68 16, 58 54, 16 84!, 44 86, 84 100"),
        ("small head, long base", 2, "16 22, 32 6, 50 18, 40 50, 10 82!, 50 80, 100 76"),
        ("lying", 1.5, "4 34, 24 16, 52 24, 40 54, 10 80, 30 74, 60 84, 104 72"),
        ("head bent far", 1.5, "20 40, 14 16, 46 2, 70 22, 56 62, 20 97!, 50 95, 84 96"),
        ("short base", 1.5, "18 22, 42 2, 72 20, 58 56, 22 96!, 42 94, 62 97"),
        (
            "head meets loop",
            1.5,
            "12 36, 24 8, 60 2, 78 28, 68 68, 44 97, 12 92, 8 68, 36 54, 66 74, 96 86",
        ),
        ("slim", 2, "28 20, 46 3, 60 16, 52 54, 34 97!, 58 94, 84 92"),
        (
            "small loop, long base",
            1.5,
            "16 20, 40 4, 62 20, 48 60, 22 82, 12 74, 34 70, 64 80, 104 74",
        ),
    ),
    3: (
        ("round", 4, "16 14, 42 2, 68 20, 38 46!, 74 66, 54 95, 12 88"),
        ("flat top", 2, "16 5, 44 3, 78 4!, 58 24, 40 42!, 76 62, 58 94, 12 90"),
        ("small loop", 2, "16 16, 44 2, 66 22, 40 48, 32 44, 54 46, 74 70, 48 97, 10 88"),
        ("flowing", 2.5, "22 10, 52 2, 66 22, 44 46, 68 62, 52 94, 12 92"),
        ("flowing, wide", 2, "8 14, 54 6, 72 22, 40 46, 76 62, 54 92, 4 90"),
        ("large belly", 2, "26 10, 52 2, 60 22, 36 36!, 78 56, 66 92, 8 88"),
        ("large head", 1.5, "12 14, 52 2, 76 28, 34 56!, 62 72, 46 95, 18 97"),
        ("straight", 1.5, "18 8, 46 6, 76 6!, 58 26, 36 48!, 66 66, 48 92, 12 99"),
        ("deep middle", 1.5, "26 12, 52 3, 64 22, 24 48!, 68 60, 58 94, 18 94"),
        ("curled end", 1.5, "18 16, 42 3, 66 20, 36 46!, 76 66, 50 97, 14 90, 16 76"),
        ("narrow", 1.5, "38 10, 54 2, 64 20, 48 42, 64 62, 54 92, 32 98"),
        ("large head, narrow tail", 1.5, "10 14, 50 2, 78 14, 46 42!, 62 58, 54 82, 30 99"),
        ("nearly an 8", 1.2, "26 26, 34 4, 66 10, 62 36, 42 46, 72 60, 68 92, 32 98, 18 78"),
        ("long flat top", 1.5, "4 10, 44 6, 82 4!, 62 28, 48 42!, 72 60, 58 92, 22 98"),
        ("flat end", 1.5, "20 8, 52 3, 66 20, 40 44!, 72 64, 64 90!, 36 92, 6 90"),
        (
            "head bent in",
            1.5,
            "24 30, 20 12, 50 2, 72 16, 56 40, 34 46!, 66 52, 74 78, 46 98, 16 86",
        ),
        ("tail to the left", 1.5, "20 10, 56 2, 68 18, 42 42!, 68 54, 62 80, 36 92, 0 96"),
        ("square", 1.2, "24 6, 44 5, 64 5!, 62 26, 42 46!, 64 52, 64 93!, 44 94, 22 93"),
        ("zigzag", 1.2, "14 8, 44 5, 76 6!, 56 26, 36 46, 48 48, 74 62, 54 92, 16 98"),
        ("leaning back", 1.2, "10 12, 40 2, 60 16, 52 38, 38 46!, 76 54, 92 80, 64 98, 36 92"),
    ),
    4: (
        ("open", 4, "22 6, 18 30, 14 58!, 46 58, 86 54 / 70 4, 66 50, 62 98"),
        ("open, rounded", 3, "24 4, 14 44, 40 58, 76 46 / 74 2, 68 50, 62 100"),
        ("open, wide", 2, "12 8, 8 34, 8 60!, 46 60, 92 52 / 80 12, 74 54, 66 94"),
        ("long bar", 2, "32 4, 20 30, 6 58!, 44 57, 98 54 / 66 24, 62 60, 58 98"),
        ("closed", 3, "66 2, 36 34, 6 66!, 46 66, 94 64 / 66 2, 66 50, 66 100"),
        ("closed, one stroke", 1, "92 62, 46 66, 8 64!, 36 34, 66 2!, 64 50, 62 100"),
        ("one stroke", 2, "22 6, 14 42, 38 56, 70 40, 78 6!, 72 50, 64 100"),
        ("one stroke, bar", 1, "30 4, 12 52!, 40 52, 74 46!, 76 4!, 68 50, 62 100"),
        ("nearly closed", 2.5, "48 6, 24 36, 10 62!, 46 62, 88 58 / 66 6, 66 50, 62 98"),
        ("tall stem", 1.5, "32 30, 22 48, 14 66!, 44 66, 80 60 / 66 0, 58 50, 50 100"),
        ("short stem", 2, "18 4, 12 32, 10 62!, 46 62, 86 58 / 66 30, 64 64, 60 98"),
        ("bar that does not cross", 1.5, "26 6, 18 30, 16 54!, 40 54, 66 50 / 70 4, 66 50, 62 98"),
        ("like a y", 1.5, "18 6, 22 40, 44 50, 66 36 / 82 2, 60 50, 36 100"),
        ("falling stem", 1.5, "28 8, 12 46, 38 56, 74 44 / 62 6, 70 50, 80 98"),
        ("small triangle", 1.5, "58 0, 40 30, 20 56!, 46 57, 84 52 / 58 0, 58 50, 54 100"),
    ),
    5: (
        ("top bar", 3, "30 6, 26 24, 22 42!, 62 44, 70 76, 46 98, 12 90 / 30 6, 56 5, 84 4"),
        ("one stroke", 3, "84 4, 56 5, 30 6!, 26 24, 22 42!, 62 44, 68 78, 44 98, 12 90"),
        ("flowing", 3, "88 4, 40 8, 30 36, 58 52, 60 86, 30 98, 8 90"),
        ("like an S", 2.5, "80 8, 44 4, 32 32, 62 54, 62 88, 34 98, 10 90"),
        ("long bar", 2.5, "28 18, 28 32, 24 46!, 54 48, 58 76, 36 97, 10 92 / 28 18, 58 12, 98 4"),
        ("small belly", 1.5, "42 6, 36 24, 32 44!, 56 52, 50 86, 18 98 / 42 6, 64 4, 92 2"),
        ("curled belly", 1.5, "82 5, 30 5!, 24 44!, 66 44, 70 82, 40 98, 14 88, 24 74"),
        ("round belly", 2, "74 4, 30 8!, 22 38!, 54 34, 82 58, 66 92, 32 98, 10 84"),
        ("wide", 1.5, "92 14, 24 14!, 14 46!, 58 42, 84 62, 62 90, 4 88"),
        ("flat, sharp", 1.5, "98 8, 62 14, 34 22!, 24 38, 18 50!, 52 54, 48 78, 2 94"),
        ("high neck", 1.5, "62 2, 40 4!, 36 30, 34 54!, 58 58, 56 86, 26 98"),
        ("nearly a 6", 1.5, "76 2, 40 10, 26 44!, 64 48, 74 80, 44 98, 22 80, 32 62"),
        ("closed belly", 1.5, "88 2, 52 8, 32 20!, 18 48!, 46 44, 66 62, 50 90, 20 90, 16 74"),
        ("leaning, long bar", 1.5, "96 2, 70 6, 44 14!, 32 30, 22 48!, 50 48, 56 74, 34 94, 6 94"),
        ("hardly a bar", 1.5, "58 4, 40 3, 32 24, 28 44!, 66 50, 64 84, 36 98, 14 92"),
        ("bar set apart", 1.5, "26 14, 24 44!, 58 46, 66 74, 44 97, 10 92 / 38 6, 64 4, 92 0"),
        ("drooping bar", 1.2, "84 14, 62 4, 32 10!, 28 28, 24 46!, 64 46, 68 80, 40 98, 12 88"),
    ),
    6: (
        ("high loop", 3, "60 2, 24 38, 22 84, 48 98, 72 74, 50 50, 22 68"),
        ("low loop", 2.5, "52 2, 26 48, 26 88, 50 98, 66 78, 46 62, 24 78"),
        ("curved neck", 2.5, "76 8, 46 6, 18 52, 26 90, 56 97, 72 70, 44 54, 18 74"),
        ("straight neck", 2.5, "42 0, 30 30, 22 60, 26 92, 56 94, 64 70, 44 60, 22 78"),
        ("wide bowl", 3, "44 2, 22 36, 18 78, 46 98, 82 76, 74 46, 44 54, 34 78"),
        ("deep bowl", 2.5, "40 0, 16 34, 10 76, 38 99, 78 80, 84 48, 58 44, 36 68, 44 88"),
        ("bowl, closed at the neck", 2.5, "54 2, 28 34, 18 74, 38 98, 70 82, 76 50, 50 44, 24 64"),
        ("lying bowl", 2, "44 8, 14 46, 20 84, 60 86, 96 62, 84 42, 50 52, 34 74"),
        ("large loop", 2, "62 2, 18 36, 18 86, 52 98, 82 72, 66 42, 34 44, 14 66"),
        ("loop that crosses", 1.5, "62 4, 24 44, 24 90, 54 95, 68 70, 46 56, 14 86"),
        ("leaning neck", 2, "82 2, 50 26, 26 62, 28 94, 60 92, 70 68, 50 60, 28 76"),
        ("like a b", 1.5, "34 0, 28 34, 24 72, 28 96, 62 92, 70 62, 48 52, 26 74"),
    ),
    7: (
        ("plain", 4, "14 8, 46 6, 80 6!, 60 46, 44 100"),
        ("rounded", 2.5, "14 12, 44 6, 74 10, 62 50, 46 100"),
        ("falling bar", 1.5, "14 2, 46 8, 80 16!, 62 52, 50 100"),
        ("rising bar", 1.2, "8 22, 44 12, 82 2!, 60 44, 40 100"),
        ("hook", 2, "14 26, 16 8!, 48 8, 82 6!, 62 46, 48 100"),
        ("long hook", 3, "18 42, 20 24, 22 10!, 50 9, 80 6!, 70 50, 62 100"),
        ("curved hook", 1.5, "12 34, 22 10, 50 14, 80 4!, 60 46, 44 100"),
        ("bent stem", 1.2, "18 14, 46 6, 76 8!, 74 32, 54 56, 44 98"),
        (
            "hook, crossed low",
            1.2,
            "16 26, 20 8!, 50 9, 80 6!, 62 46, 46 100 / 28 64, 52 62, 76 58",
        ),
        ("wavy bar", 1.5, "14 28, 26 8, 48 14, 80 4!, 60 48, 46 100"),
        ("steep", 1.2, "22 10, 48 7, 74 6!, 70 50, 64 100"),
        ("steep, rounded", 1.5, "22 16, 46 4, 68 14, 66 50, 58 100"),
        ("flat", 1.5, "4 34, 44 22, 92 14!, 66 46, 40 88"),
        ("bow", 1.2, "16 18, 52 8, 84 20, 72 52, 42 90"),
        ("curved stem", 1.5, "12 10, 44 8, 80 6!, 52 42, 46 100"),
        ("crossed", 2.2, "14 8, 48 6, 82 6!, 62 46, 44 100 / 34 54, 58 52, 82 50"),
        ("crossed, hook", 1.4, "14 24, 18 8!, 48 8, 84 6!, 62 46, 44 100 / 30 54, 56 53, 82 50"),
        ("crossed, long bar", 1, "20 10, 46 8, 74 4!, 58 46, 46 100 / 12 52, 56 50, 98 48"),
    ),
    8: (
        ("one stroke", 4, "70 12, 34 6, 34 36, 64 60, 62 94, 30 90, 36 60, 68 32, 64 6, 50 2"),
        ("wide", 2, "74 14, 28 6, 28 38, 74 62, 66 94, 26 92, 34 58, 74 30, 64 6, 46 2"),
        (
            "two circles",
            2,
            "50 2, 28 18, 38 44, 66 40, 70 14, 48 2 / 50 45, 22 66, 36 97, 68 95, 78 64, 48 45",
        ),
        ("open at the top", 3, "74 6, 40 8, 36 36, 62 62, 54 95, 30 86, 46 52, 84 8"),
        ("tail at the top", 2, "60 10, 34 10, 32 34, 60 62, 52 96, 26 86, 44 52, 94 4"),
        (
            "begun in the middle",
            1.5,
            "50 48, 26 26, 42 2, 72 16, 50 48, 26 76, 42 98, 72 84, 48 48",
        ),
        (
            "begun at the left",
            1.5,
            "34 20, 54 2, 72 18, 40 54, 30 88, 58 98, 66 72, 40 36, 34 18, 48 4",
        ),
        ("small foot", 2, "72 14, 36 4, 26 32, 56 56, 56 92, 38 94, 44 62, 74 28, 62 4"),
        ("small head", 2, "66 10, 44 4, 40 26, 70 52, 70 92, 30 96, 26 64, 62 32, 62 8, 50 3"),
        (
            "straight back",
            1.5,
            "72 12, 48 2, 28 18, 46 42, 60 70, 52 96, 34 88, 46 60, 62 34, 66 10",
        ),
        (
            "low crossing",
            1.5,
            "72 14, 36 2, 22 34, 48 62, 62 82, 48 98, 34 84, 50 62, 76 36, 66 6, 52 2",
        ),
        (
            "end on the right",
            2,
            "80 8, 44 4, 26 22, 56 48, 68 76, 44 98, 24 82, 42 58, 70 36, 74 24",
        ),
        (
            "tiny head",
            1.5,
            "62 8, 46 2, 42 16, 58 36, 74 66, 56 97, 26 90, 26 64, 54 34, 62 12, 52 4",
        ),
        ("wide head", 1.5, "80 12, 30 2, 10 24, 50 50, 62 80, 44 98, 28 82, 48 52, 90 24, 70 4"),
        (
            "round head, open foot",
            1.2,
            "64 8, 34 12, 40 42, 64 30, 60 6, 40 10, 44 46, 72 72, 50 98, 22 84, 44 54",
        ),
    ),
    9: (
        ("straight stem", 4, "68 14, 36 6, 24 40, 54 46, 70 8!, 66 50, 60 100"),
        ("stem goes on", 3, "66 12, 34 6, 26 40, 56 42, 70 14, 64 56, 50 100"),
        ("curled", 2, "68 16, 36 4, 24 38, 56 48, 72 22, 68 76, 48 98, 20 90"),
        (
            "curled, stem straight",
            1.5,
            "70 12, 36 4, 28 36, 56 42, 72 10!, 70 50, 66 86, 44 98, 22 88",
        ),
        ("small loop", 2, "62 10, 38 8, 38 32, 58 28, 66 8, 60 52, 46 100"),
        ("open", 2.5, "58 4, 28 18, 32 48, 58 42, 72 12!, 66 50, 56 100"),
        ("large loop", 2, "72 16, 34 4, 16 40, 44 58, 74 34, 76 10, 70 54, 62 100"),
        ("like an a", 1.5, "76 14, 36 14, 12 54, 34 78, 64 54, 78 14!, 78 58, 80 98"),
        ("gap at the top right", 2.5, "78 6, 42 4, 22 28, 44 46, 68 28!, 66 62, 56 100"),
        ("wide, gap", 2, "88 8, 46 8, 20 32, 44 48, 76 30, 62 62, 42 100"),
        ("loop before the stem", 1.5, "70 4, 38 6, 22 32, 42 50, 68 36 / 70 4, 68 50, 62 100"),
        ("falling stem", 1, "60 10, 32 6, 26 36, 52 42, 64 16, 72 58, 78 100"),
        ("narrow", 1.5, "60 8, 42 6, 36 30, 52 38, 62 14, 60 56, 54 100"),
        ("stem bent", 1.5, "64 12, 34 8, 24 36, 52 44, 70 14, 70 60, 40 98"),
        ("closed low", 1.5, "70 8, 40 4, 22 30, 34 56, 60 48, 72 8!, 66 54, 62 100"),
    ),
}

FORMS = tuple(Form(digit, *form) for digit, forms in _FORMS.items() for form in forms)


class Trace(NamedTuple):
    """The path of the pen along a form.

    Attributes
    ----------
    points : (k, 2) float64
        Control points: x and y.
    strokes : (k,) int
        The stroke that each belongs to, counted from 0.
    matrix : (positions, k) float64
        Maps control points, these or shifted ones, to positions of the pen at equal distances.
    down : (positions - 1,) bool
        Whether the pen is on the paper from one position to the next.
    """

    points: Floats
    strokes: NDArray[np.int64]
    matrix: Floats
    down: NDArray[np.bool_]


def trace(path: str, positions: int) -> Trace:
    """Return the path of the pen along a form's strokes, with so many positions."""
    points, strokes, pieces = _parse(path)
    fine = 50 * len(points)
    rows, ways, numbers = [], [], []
    for piece in pieces:
        matrix = np.zeros((fine, len(points)))
        matrix[:, piece] = spline(points[piece], fine)
        rows.append(matrix)
        ways.append(np.append(0, np.hypot(*np.diff(matrix @ points, axis=0).T)))
        numbers.append(np.full(fine, strokes[piece.start]))
    way = np.cumsum(np.concatenate(ways))
    chosen = np.searchsorted(way, np.linspace(0, way[-1], positions) * (1 - 1e-9))
    down = np.diff(np.concatenate(numbers)[chosen]) == 0
    return Trace(points, strokes, np.concatenate(rows)[chosen], down)


def _parse(path: str) -> tuple[Floats, NDArray[np.int64], list[slice]]:
    """Return points, their strokes, and the smooth pieces, from corner to corner."""
    points: list[list[float]] = []
    strokes: list[int] = []
    pieces = []
    for number, stroke in enumerate(path.split("/")):
        first = len(points)
        for word in stroke.split(","):
            points.append([float(part) for part in word.rstrip(" !").split()])
            strokes.append(number)
            if word.endswith("!"):
                pieces.append(slice(first, len(points)))
                first = len(points) - 1
        pieces.append(slice(first, len(points)))
    return np.array(points), np.array(strokes), pieces


def spline(points: Floats, fine: int) -> Floats:
    """Return the matrix (fine, k) from k points to the natural cubic spline through them.

    The parameter is the length of the chords. The second derivatives solve a linear system, which
    makes the curve a linear function of the points (Press et al., "Numerical Recipes", 3.3).
    """
    k = len(points)
    h = np.hypot(*np.diff(points, axis=0).T)
    knots = np.append(0, np.cumsum(h))
    left, right = np.eye(k), np.zeros((k, k))
    for i in range(1, k - 1):
        left[i, i - 1 : i + 2] = h[i - 1] / 6, (h[i - 1] + h[i]) / 3, h[i] / 6
        right[i, i - 1 : i + 2] = 1 / h[i - 1], -1 / h[i - 1] - 1 / h[i], 1 / h[i]
    second = np.linalg.solve(left, right)
    t = np.linspace(0, knots[-1], fine)
    j = np.clip(np.searchsorted(knots, t) - 1, 0, k - 2)
    b = ((t - knots[j]) / h[j])[:, None]
    a = 1 - b
    curve = (a**3 - a) * second[j] + (b**3 - b) * second[j + 1]
    point = np.eye(k)
    return a * point[j] + b * point[j + 1] + curve * h[j, None] ** 2 / 6
