"""Hostile input: every door is knocked at many times, with what people who mean harm would send.

The inputs and the properties are those of the tests, in `tests/hostile_input.py`: what comes in is
accepted and well-formed, or refused in a sentence. Known attacks come first, then valid input that
was tampered with, each from a seed that is printed when something gives way. Memory is what the
process grows by at its highest, C libraries included, and is compared with the door's limit.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.hostile_input import DOORS, MIB, Door, peak, reset_peak

USUAL = 1_000
SHOWN = 10  # faults a door


def main() -> None:
    """Read the command line, knock, and print a line a door; exit with 1 if one gave way."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hostile")
    parser.add_argument("--inputs", type=int, default=USUAL, help="inputs a door, beside attacks")
    parser.add_argument("--doors", nargs="+", choices=DOORS, default=list(DOORS))
    parser.add_argument("--seed", type=int, default=0, help="of the first input")
    given = parser.parse_args(sys.argv[2:])
    print(
        f"{'door':17} {'inputs':>8} {'refused':>8} {'accepted':>8} {'faults':>6} {'slowest':>9} "
        f"{'seconds':>8} {'MiB':>5} {'limit':>6}  the slowest was",
        flush=True,
    )
    held = [knock(DOORS[name], given.inputs, given.seed) for name in given.doors]
    sys.exit(0 if all(held) else 1)


def sent(door: Door, attacks: dict[str, Any], inputs: int, seed: int) -> Iterator[tuple[str, Any]]:
    """Yield what is sent to a door, and what it is called."""
    yield from attacks.items()
    for k in range(seed, seed + inputs):
        yield f"seed {k}", door.invent(random.Random(k))


def knock(door: Door, inputs: int, seed: int) -> bool:
    """Knock at a door, print what came of it, and return whether it held."""
    faults = []
    accepted = count = highest = base = 0
    slowest, which = 0.0, ""
    attacks = door.attacks()
    has_started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="hostile-") as scratch:
        folder = Path(scratch, "folder")
        folder.mkdir()
        for name, what in sent(door, attacks, inputs, seed):
            if count <= len(attacks):  # each attack alone, and then all the rest together
                base = reset_peak() or 0
            start = time.perf_counter()
            try:
                accepted += door.knock(what, folder)
            except Exception as error:  # whatever it is: nobody documented it
                faults.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
            took = time.perf_counter() - start
            if took > slowest:
                slowest, which = took, name
            count += 1
            if base and (count <= len(attacks) or count == len(attacks) + inputs):
                highest = max(highest, peak() - base)
        if [path.name for path in Path(scratch).iterdir()] != ["folder"]:
            faults.append("files were written outside of the folder")
    refused = count - accepted - len(faults)
    if highest * MIB > door.limit:
        faults.append(f"{highest} MiB, more than its limit")
    print(
        f"{door.name:17} {count:8,} {refused:8,} {accepted:8,} {len(faults):6,} "
        f"{1000 * slowest:6,.0f} ms {time.perf_counter() - has_started:8,.1f} {highest:5,} "
        f"{door.limit // MIB:6,}  {which}",
        flush=True,
    )
    for fault in faults[:SHOWN]:
        print(f"    {fault}", flush=True)
    return not faults
