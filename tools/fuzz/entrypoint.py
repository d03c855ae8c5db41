"""A place where untrusted input enters the program, with a generator of such input."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = 2**20

VISITOR_ID = "0123456789abcdef" * 2


@dataclass(frozen=True)
class Entrypoint:
    """Place where untrusted input enters the program.

    Attributes
    ----------
    name : str
        For tables.
    generate : callable
        Return a random input.
    exercise : callable
        Process an input, given a folder for files; return whether it was accepted. Raises an
        AssertionError if a property is violated, or any undocumented exception.
    attacks : callable
        Return known attacks by name.
    memory_limit : int
        Bytes by which one input may increase the process's resident memory.
    """

    name: str
    generate: Callable[[random.Random], Any]
    exercise: Callable[[Any, Path], bool]
    attacks: Callable[[], dict[str, Any]]
    memory_limit: int
