"""The network without the app: `python -m nn recipes` and `python -m nn train --recipe NAME`."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from data_loader import DataError, Dataset, find_mnist, load, load_mnist
from digits.augment import augmentation
from nn import ConfigError, Network, TrainConfig, TrainRecord, recipes, save_model, train
from nn.convolution import SHRINK
from nn.metrics import accuracy, accuracy_interval
from nn.recipes import summaries

_CHANGES = ("epochs", "filters", "kernel_size", "shrink")  # options that change the recipe


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code: 1 for an error, 2 for invalid arguments."""
    options = parse(arguments)
    if options.command == "recipes":
        print_recipes()
        return 0
    config = recipes[options.recipe]
    try:
        given = {name: vars(options)[name] for name in _CHANGES}
        config = replace(config, **{k: v for k, v in given.items() if v is not None})
        if options.out is not None and not Path(options.out).parent.is_dir():
            raise NotADirectoryError(f"There is no folder {Path(options.out).parent} to write to.")
        dataset = load_with_progress(config.data)
        records = train_with_progress(config, dataset)
        network = records[-1].network
        assert network is not None
        print_result(options.recipe, records, len(dataset.test.labels))
        if config.data == "builtin" and find_mnist() is not None:
            print_on_mnist(network)
        if options.out is not None:
            save_model(network, options.out, "float16" if options.float16 else None)
    except ConfigError as error:
        print(f"nn train: {error}", file=sys.stderr)
        return 2
    except (DataError, OSError, ValueError) as error:
        print(f"nn train: {error}", file=sys.stderr)
        return 1
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Parse the command line; exit with code 2 if it is invalid."""
    parser = argparse.ArgumentParser(prog="python -m nn", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("recipes", help="list the recipes")
    trainer = commands.add_parser("train", help="train a network and say how well it reads")
    trainer.add_argument("--recipe", required=True, choices=recipes, metavar="NAME")
    own = "instead of the recipe's own"
    trainer.add_argument("--epochs", type=int, help=own)
    trainer.add_argument(
        "--filters", type=parse_filters, metavar="N-N", help=f"16-48 or none, {own}"
    )
    trainer.add_argument("--kernel-size", type=int, metavar="N", help=f"rows of a filter, {own}")
    trainer.add_argument("--shrink", metavar="NAME", help=f"{' or '.join(SHRINK)}, {own}")
    trainer.add_argument("--out", metavar="FILE", help="write the trained network to this file")
    trainer.add_argument("--float16", action="store_true", help="write 16-bit weights")
    return parser.parse_args(arguments)


def parse_filters(text: str) -> tuple[int, ...]:
    """Return the filters of each convolution, from "16-48", or "none"."""
    try:
        return () if text == "none" else tuple(map(int, text.split("-")))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"filters as in 16-48, or none, not {text!r}") from error


def print_recipes() -> None:
    """Print a line for each recipe: name, layers, epochs and summary."""
    for name, config in recipes.items():
        print(f"{name:20} {config.architecture!s:26} {config.epochs:4} epochs  {summaries[name]}")


def load_with_progress(data: str) -> Dataset:
    """Load a data set, with a progress bar while it is downloaded or drawn."""
    shape = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
    with tqdm(total=1.0, desc="Digits", bar_format=shape, leave=False, disable=None) as bar:
        return load(data, lambda share: bar.update(share - bar.n))


def train_with_progress(config: TrainConfig, dataset: Dataset) -> list[TrainRecord]:
    """Train with a progress bar; return all records."""
    records = []
    shape = "{l_bar}{bar}| {n:.2f}/{total} [{elapsed}<{remaining}{postfix}]"
    with tqdm(total=config.epochs, unit="epoch", bar_format=shape, disable=None) as bar:
        for record in train(config, dataset, augmentation(config.augmentation)):
            bar.update(record.epoch - bar.n)
            bar.set_postfix(cost=f"{record.train_loss:.4f}")
            records.append(record)
    return records


def print_on_mnist(network: Network) -> None:
    """Print the accuracy on MNIST of a network trained on built-in digits alone."""
    test = load_mnist().test
    share = accuracy(network.predict_proba(test.images), test.labels)
    print(f"Of MNIST's {len(test.labels):,} test images it reads {share:.2%} right.")


def print_result(name: str, records: list[TrainRecord], test_images: int) -> None:
    """Print at most twenty records of a run, and the test accuracy in the last line."""
    print(f"{'epoch':>6} {'seconds':>8} {'cost':>8} {'train %':>8} {'valid. %':>8} {'test %':>7}")
    whole = [record for record in records if record.epoch == int(record.epoch)] or records[-1:]
    for record in whole[-1 :: -max(1, -(-len(whole) // 20))][::-1]:
        print(
            f"{record.epoch:6.3g} {record.seconds:8.2f} {record.train_loss:8.4f} "
            f"{percent(record.train_accuracy):>8} {percent(record.validation_accuracy):>8} "
            f"{percent(record.test_accuracy):>7}"
        )
    last = records[-1]
    if last.problem is not None:
        print(last.problem)
    assert last.test_accuracy is not None
    low, high = accuracy_interval(last.test_accuracy, test_images)
    print(
        f"{name}: {last.test_accuracy:.2%} of the test images right "
        f"(95 % interval {low:.2%} to {high:.2%}) after {last.epoch:g} epochs "
        f"in {last.seconds:.1f} s"
    )


def percent(share: float | None) -> str:
    """Return a share as a percentage with two digits, or a dash for None."""
    return "-" if share is None else f"{100 * share:.2f}"


if __name__ == "__main__":
    sys.exit(main())
