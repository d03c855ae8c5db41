"""Hostile input: at every entry point of `tools.fuzz`, and against a running server.

Each entry point gets its known attacks first, then mutated valid input, each from a seed that is
printed with its faults. Memory is the growth of the process's resident set at its peak, C libraries
included, and is compared with the entry point's limit. The attacks on a server are in
`benchmarks.server_attacks`.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.classroom import ENTRY, serve_app
from benchmarks.server_attacks import ATTACKS, CLASS, HEADER, SESSION_TTL, attack, first_visit
from tools.fuzz import ENTRYPOINTS
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.memory import peak, reset_peak

DEFAULT_INPUTS = 1_000
MAX_FAULTS_SHOWN = 10  # for each entry point


def main() -> None:
    """Exercise entry points and attack a server, print a line for each; exit with 1 at a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hostile")
    parser.add_argument("--only", choices=("inputs", "server"), help="both if left out")
    parser.add_argument(
        "--inputs",
        type=int,
        default=DEFAULT_INPUTS,
        help="random inputs for each entry point, besides its attacks",
    )
    parser.add_argument("--entrypoints", nargs="+", choices=ENTRYPOINTS, default=list(ENTRYPOINTS))
    parser.add_argument("--seed", type=int, default=0, help="of the first input")
    options = parser.parse_args(sys.argv[2:])
    passed = True
    if options.only != "server":
        passed &= fuzz_all(options.entrypoints, options.inputs, options.seed)
    if options.only != "inputs":
        passed &= attack_server(options.seed)
    sys.exit(0 if passed else 1)


def fuzz_all(entrypoints: Sequence[str], inputs: int, seed: int) -> bool:
    """Exercise entry points, and return whether none has a fault."""
    print(
        f"{'entry point':17} {'inputs':>8} {'refused':>8} {'accepted':>8} {'faults':>6} "
        f"{'slowest':>9} {'seconds':>8} {'MiB':>5} {'limit':>6}  slowest input",
        flush=True,
    )
    passed = [fuzz(ENTRYPOINTS[key], inputs, seed) for key in entrypoints]
    return all(passed)


def attack_server(seed: int) -> bool:
    """Attack a server in each way, and return whether it has no fault."""
    print(f"\n{HEADER}", flush=True)
    with (
        tempfile.TemporaryDirectory() as runs,
        serve_app(
            ENTRY,
            Path(runs),
            STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL=str(SESSION_TTL),
            **CLASS,
        ) as address,
    ):
        asyncio.run(first_visit(address))
        passed = [attack(address, each, seed) for each in ATTACKS]
    return all(passed)


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
