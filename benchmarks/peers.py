"""The same training by other libraries: PyTorch, scikit-learn, JAX and Keras, whichever are there.

Each run is a process of its own, so that no library has another's memory or threads, and the runs
of all libraries take turns, so that a change in the machine's speed hits them all. The clocks run
while a library trains. They stand still while it is loaded, gets the data in the form it likes
best, learns from the first batch (in which some compile) and, four times an epoch, reads the test
images to see how far it is.
"""

import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from threadpoolctl import threadpool_info

import nn
from benchmarks.peer_libraries import FLOOR, LIBRARIES, Task
from data_loader import DataError, load_mnist
from nn.schedules import SCHEDULES
from nn.training import RECORDS_PER_EPOCH, train_validation_split

TARGETS = {"fast-97": 0.97, "fast-98": 0.98}  # recipe: share of the test images to be read right
REPETITIONS = 5
ONE_THREAD = {
    "KERAS_BACKEND": "jax" if importlib.util.find_spec("jax") else "torch",
    "NPROC": "1",  # the size of XLA's thread pool
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
NOTES = """\
Everywhere: one thread, He's start, softmax with cross-entropy, Nesterov momentum 0.9, eta 0.15 up
in the first 15% and then down to zero, the same 55,000 images in batches of 100. Not equal:
- Inkling converts pixels from uint8 in every batch; the others get all of them as float32 before.
- Inkling shuffles for itself; the others see the same batches as each other.
- PyTorch multiplies by eta after the momentum, the others before.
- scikit-learn knows no such schedule: eta is set four times an epoch, through a private attribute.
  It draws its weights by Glorot.
- JAX is one compiled function a batch; Keras trains by `fit`, a quarter of an epoch at a time.
"Ratio" is to the matrix products alone, by NumPy in the same turn. "CPU s to" is the training
before the first of the looks at the test images, four an epoch, that finds the target reached; in
brackets the best share seen, where not every run reached it. "Before" is the CPU time until the
clocks start: loading library and data, and the first batch, in which JAX and Keras compile. Peak
memory is the whole process: Python, library, and data as it takes them."""


def main() -> None:
    """Let all libraries take turns, and print a table for each recipe."""
    try:
        dataset = load_mnist()
    except DataError as error:
        sys.exit(f"The comparison needs MNIST. {error}")
    there = [name for name in LIBRARIES if installed(name)]
    missing = [name for name in LIBRARIES if name not in there]
    if missing:
        print(f"Not installed: {', '.join(missing)}. pip install -r requirements-bench.txt\n")
    for recipe, target in TARGETS.items():
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in there}
        for repetition in range(REPETITIONS):
            for name in there:
                runs[name].append(child(name, recipe, repetition))
        sizes = str(nn.recipes[recipe].architecture)
        print(
            f"{recipe}: {sizes}, {nn.recipes[recipe].epochs} epochs of {dataset.name}, medians of "
            f"{REPETITIONS} runs; NumPy's BLAS kernel: {runs[FLOOR][0]['kernel']}\n"
        )
        print_table(target, runs)
    print(NOTES)


def installed(name: str) -> bool:
    """Return whether a library can be used: for Keras, whether there is a backend too."""
    modules = [LIBRARIES[name][0]] + [ONE_THREAD["KERAS_BACKEND"]] * (name == "Keras")
    return all(importlib.util.find_spec(module) for module in modules)


def child(name: str, recipe: str, seed: int) -> dict[str, Any]:
    """Run one training in a process of its own and return what it printed."""
    # OPENBLAS_CORETYPE chooses a kernel for another processor; nn sets one thread for BLAS.
    environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"} | ONE_THREAD
    command = [sys.executable, "-m", "benchmarks.peers", name, recipe, str(seed)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])  # a library may print before it


def run(name: str, recipe: str, seed: int) -> None:
    """Train once and print a line of JSON: times, accuracy and memory."""
    import resource

    config, dataset = replace(nn.recipes[recipe], seed=seed), load_mnist()
    size, n = config.batch_size, len(train_validation_split(dataset, config)[0].labels)
    per_epoch, rng = n // size, np.random.default_rng(seed)
    steps = per_epoch * config.epochs
    order = np.concatenate([rng.permutation(n)[: per_epoch * size] for _ in range(config.epochs)])
    schedule = SCHEDULES[config.schedule].factor
    rates = config.learning_rate * np.array([schedule((k + 0.5) / steps) for k in range(steps)])
    looks = [per_epoch * k // RECORDS_PER_EPOCH for k in range(config.epochs * RECORDS_PER_EPOCH)]

    train, answer = LIBRARIES[name][1](Task(config, dataset, rates))
    train(order[:size], rates[:1])
    before, seconds, cpu = time.process_time(), 0.0, 0.0
    reached, accuracies = None, []
    for first, last in pairwise([1, *looks[1:], steps]):
        wall_start, cpu_start = time.perf_counter(), time.process_time()
        train(order[first * size : last * size], rates[first:last])
        seconds += time.perf_counter() - wall_start
        cpu += time.process_time() - cpu_start
        accuracies.append(float(np.mean(answer() == dataset.test.labels)))
        if reached is None and accuracies[-1] >= TARGETS[recipe]:
            reached = cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    blas = [pool for pool in threadpool_info() if pool["internal_api"] == "openblas"]
    result = {
        "version": importlib.import_module(LIBRARIES[name][0]).__version__,
        "kernel": ", ".join(pool.get("architecture", "unknown") for pool in blas),
        "seconds": seconds * per_epoch / (steps - 1),
        "cpu": cpu * per_epoch / (steps - 1),
        "before": before,
        "reached": reached,
        "best": max(accuracies),
        "accuracy": accuracies[-1],
        "megabytes": memory / (1e6 if sys.platform == "darwin" else 1e3),  # bytes there, else kB
    }
    print(json.dumps(result))


def print_table(target: float, runs: dict[str, list[dict[str, Any]]]) -> None:
    """Print the medians of each library's runs."""
    print(
        f"{'':22} {'s an epoch':>10} {'ratio':>6} {'CPU s an epoch':>15} {'before':>7} "
        f"{f'CPU s to {target:.0%}':>13} {'at the end':>11} {'peak MB':>8}"
    )
    for name, results in runs.items():
        numbers = [key for key in results[0] if key not in ("version", "kernel", "reached")]
        middle = {key: statistics.median(run[key] for run in results) for key in numbers}
        turns = zip(results, runs[FLOOR], strict=True)
        ratio = statistics.median(run["seconds"] / floor["seconds"] for run, floor in turns)
        line = f"{name + ' ' + results[0]['version']:22} {middle['seconds']:10.2f} {ratio:6.2f}"
        line += f" {middle['cpu']:15.2f}"
        if name != FLOOR:
            times = [run["reached"] for run in results]
            reached = f"({middle['best']:.2%})"
            if None not in times:
                reached = f"{statistics.median(times):.2f}"
            line += f" {middle['before']:7.2f} {reached:>13} {middle['accuracy']:11.2%}"
            line += f" {middle['megabytes']:8.0f}"
        print(line)
    print(flush=True)


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2], int(sys.argv[3]))
