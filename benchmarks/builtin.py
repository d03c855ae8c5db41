"""Built-in digits: speed of drawing, and accuracy of networks trained on them alone.

The network learns from 60,000 drawn digits alone. Then it reads 10,000 drawn ones that it has not
seen, and MNIST's test images, which people wrote: with the recipe "builtin", and with the digits as
they were drawn, not distorted anew in each epoch. Last, in Chromium: from the click that asks for
drawn digits for the first time until the first of them are on the screen, and until all are there.
"""

import os
import statistics
import tempfile
import time
from dataclasses import replace
from types import SimpleNamespace

import nn  # before NumPy computes anything: it sets the number of BLAS threads
from data_loader import DataError, Split, load_mnist
from digits.augment import augmentation
from digits.builtin import draw_digits
from nn.metrics import accuracy
from tools.app_driver import chromium, serve

FEW, TRAIN, TEST = 2_000, 60_000, 10_000
SEEDS = range(3)
CLICKS = 5
CONFIG = nn.recipes["builtin"]


def main() -> None:
    """Draw, train, and print two tables."""
    draw_digits(1)
    print(f"drawn on {os.cpu_count()} cores\n")
    print(f"{'digits':>7} {'seconds':>8} {'a second':>9}")
    for count in (FEW, TRAIN + TEST):
        start = time.perf_counter()
        draw_digits(count)
        seconds = time.perf_counter() - start
        print(f"{count:7,} {seconds:8.2f} {count / seconds:9,.0f}")

    try:
        mnist = load_mnist().test
    except DataError as error:
        mnist = None
        print(f"\nMNIST is left out. {error}")
    sizes = str(CONFIG.architecture)
    print(f"\n{sizes}, {CONFIG.epochs} epochs on {TRAIN:,} drawn digits; % right of\n")
    print(f"{'distortion':10} {'seed':>4} {f'{TEST:,} others':>13} {'MNIST test':>11}   seconds")
    for name in (CONFIG.augmentation, None):
        for seed in SEEDS:
            network, drawn, seconds = learn(seed, name)
            written = "-" if mnist is None else f"{right(network, mnist):.2f}"
            line = f"{name or 'none':10} {seed:4} {right(network, drawn):13.2f} {written:>11}"
            print(f"{line} {seconds:9.1f}")

    if mnist is None:
        return
    first, whole = zip(*(on_screen() for _ in range(CLICKS)), strict=True)
    print(f"\nfrom the click to the screen, median (highest) of {CLICKS}, seconds\n")
    print(f"the first {FEW:,}: {statistics.median(first):.2f} ({max(first):.2f})")
    print(f"all {TRAIN + TEST:,}, on Explore: {statistics.median(whole):.2f} ({max(whole):.2f})")


def learn(seed: int, name: str | None) -> tuple[nn.Network, Split, float]:
    """Return a network that learned from all 60,000 digits, others to test it on, and the time."""
    images, labels = draw_digits(TRAIN + TEST, seed)
    train, test = Split(images[:TRAIN], labels[:TRAIN]), Split(images[TRAIN:], labels[TRAIN:])
    config = replace(CONFIG, seed=seed, validation_size=0, augmentation=name)
    dataset = SimpleNamespace(train=train, test=test)
    trainer = nn.Trainer(config, dataset, augmentation(name))
    start = time.perf_counter()
    while not trainer.finished:
        trainer.step()
    return trainer.network, test, time.perf_counter() - start


def on_screen() -> tuple[float, float]:
    """Open a new server's built-in digits; return the seconds to the first and to all of them."""
    with tempfile.TemporaryDirectory() as cache, chromium() as browser:
        mnist = load_mnist().source
        with serve(MNIST_DIR=mnist, INKLING_CACHE=cache) as address:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(60_000)
            page.goto(f"{address}/explore")
            page.get_by_role("listbox", name="Digits", exact=True).wait_for()
            page.wait_for_timeout(2_000)
            start = time.perf_counter()
            page.get_by_role("radio", name="Built-in digits").click()
            page.get_by_alt_text("rows of digits").wait_for()
            first = time.perf_counter() - start
            page.get_by_alt_text("rows of digits").wait_for(state="detached")
            page.get_by_role("listbox", name="Digits", exact=True).wait_for()
            return first, time.perf_counter() - start


def right(network: nn.Network, split: Split) -> float:
    """Return the accuracy of a network on a split, in %."""
    return 100 * accuracy(network.predict_proba(split.images), split.labels)
