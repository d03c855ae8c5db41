"""Entry point: environment variables."""

import random
from dataclasses import asdict
from pathlib import Path

from data_loader import DataError, load_mnist
from inkling.server.limits import LimitError, Limits
from tools.fuzz.checks import check_sentence
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.generators import random_text


def generate(rng: random.Random) -> dict[str, str]:
    """Return environment variables, and the name of a folder."""
    names = [f"INKLING_MAX_{field.upper()}" for field in Limits.__dataclass_fields__]
    good = ["1", "1000000", "007", "1000001", "0", "-1", "1" * 30, "0" * 30 + "1"]
    settings = {
        rng.choice(names): rng.choice(good) if rng.random() < 0.5 else random_text(rng)
        for _ in range(rng.randrange(3))
    }
    return settings | {"MNIST_DIR": random_text(rng).strip()[:300] or "x"}


def exercise(environment: dict[str, str], folder: Path) -> bool:
    """Read limits and the MNIST folder: values in range, or a `LimitError` or `DataError`."""
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


def attacks() -> dict[str, dict[str, str]]:
    """Return malformed numbers and a folder with a null character."""
    numbers = ["0000001234567890123", "000000001" + "9" * 5_000, "\u00b2", "1" * 5_000, "", "1e3"]
    folder = {"MNIST_DIR": "a\0b"}
    return {n[:20]: folder | {"INKLING_MAX_EPOCHS": n} for n in numbers} | {"none": folder}


ENTRYPOINT = Entrypoint("environment", generate, exercise, attacks, 32 * MIB)
