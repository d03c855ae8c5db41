"""Fuzzing: attacks and mutated valid input at every entry point of `tools.fuzz`.

Each entry point gets its known attacks first, then random inputs, each from a seed that is printed
with its faults. Memory is the growth of the process's resident set at its peak, C libraries
included, and is compared with the entry point's limit.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.fuzz import ENTRYPOINTS
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.memory import peak, reset_peak

DEFAULT_INPUTS = 1_000
MAX_FAULTS_SHOWN = 10  # for each entry point


def main() -> None:
    """Exercise the chosen entry points, print a line for each; exit with 1 if one has a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fuzz")
    parser.add_argument(
        "--inputs",
        type=int,
        default=DEFAULT_INPUTS,
        help="random inputs for each entry point, besides its attacks",
    )
    parser.add_argument("--entrypoints", nargs="+", choices=ENTRYPOINTS, default=list(ENTRYPOINTS))
    parser.add_argument("--seed", type=int, default=0, help="of the first input")
    options = parser.parse_args(sys.argv[2:])
    print(
        f"{'entry point':17} {'inputs':>8} {'refused':>8} {'accepted':>8} {'faults':>6} "
        f"{'slowest':>9} {'seconds':>8} {'MiB':>5} {'limit':>6}  slowest input",
        flush=True,
    )
    passed = [fuzz(ENTRYPOINTS[key], options.inputs, options.seed) for key in options.entrypoints]
    sys.exit(0 if all(passed) else 1)


def inputs_of(
    entrypoint: Entrypoint, attacks: dict[str, Any], inputs: int, seed: int
) -> Iterator[tuple[str, Any]]:
    """Yield the name and value of each attack, then of each random input."""
    yield from attacks.items()
    for k in range(seed, seed + inputs):
        yield f"seed {k}", entrypoint.generate(random.Random(k))


def fuzz(entrypoint: Entrypoint, inputs: int, seed: int) -> bool:
    """Exercise an entry point, print a line, and return whether it has no fault."""
    faults = []
    accepted = count = highest = base = 0
    slowest, slowest_name = 0.0, ""
    attacks = entrypoint.attacks()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as parent:
        folder = Path(parent, "folder")
        folder.mkdir()
        for name, value in inputs_of(entrypoint, attacks, inputs, seed):
            if count <= len(attacks):  # memory of each attack alone, then of all random inputs
                base = reset_peak() or 0
            start = time.perf_counter()
            try:
                accepted += entrypoint.exercise(value, folder)
            except Exception as error:  # any undocumented exception is a fault
                faults.append(f"{name}: {type(error).__name__}: {str(error)[:300]}")
            seconds = time.perf_counter() - start
            if seconds > slowest:
                slowest, slowest_name = seconds, name
            count += 1
            if base and (count <= len(attacks) or count == len(attacks) + inputs):
                highest = max(highest, peak() - base)
        if [path.name for path in Path(parent).iterdir()] != ["folder"]:
            faults.append("files were written outside of the folder")
    refused = count - accepted - len(faults)
    if highest * MIB > entrypoint.memory_limit:
        faults.append(f"{highest} MiB, more than its limit")
    print(
        f"{entrypoint.name:17} {count:8,} {refused:8,} {accepted:8,} {len(faults):6,} "
        f"{1000 * slowest:6,.0f} ms {time.perf_counter() - started:8,.1f} {highest:5,} "
        f"{entrypoint.memory_limit // MIB:6,}  {slowest_name}",
        flush=True,
    )
    for fault in faults[:MAX_FAULTS_SHOWN]:
        print(f"    {fault}", flush=True)
    return not faults
