"""Limits of one server, set by environment variables.

The widgets show these limits and pages cut settings down to them, but do not enforce them: the
queue, the store of runs and the readers of files check them before they work.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from inkling.runs.settings import SETTINGS
from nn import ConfigError, TrainConfig
from nn.config import MAX_FILTERS

_NOUNS = {
    "epochs": "epoch{s}",
    "filters": "filter{s} a convolution",
    "units": "unit{s} a layer",
}
ONE_AT_A_TIME = (
    "You can run one thing at a time, and another one is still running. Stop it, or wait "
    "until it ends."
)


class LimitError(ConfigError):
    """A limit of this server is exceeded; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The limits of a server.

    Attributes
    ----------
    queue : int
        Runs that may wait at once, of all visitors together.
    epochs, filters, units : int
        Of a run, of each of its convolutions, and of each of its hidden layers.
    minutes : int
        That a run may compute.
    runs_mib : int
        MiB of saved runs, with their snapshots, a visitor.
    unsaved_mib : int
        MiB of ended runs that could not be saved and stay in memory, of all visitors together.
    upload_mib : int
        MiB of a file that is loaded.
    """

    queue: int = 200
    epochs: int = 1_000
    filters: int = MAX_FILTERS
    units: int = 4_096
    minutes: int = 240
    runs_mib: int = 4_096
    unsaved_mib: int = 256
    upload_mib: int = 96

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Limits":
        """Read the limits from variables such as ``INKLING_MAX_EPOCHS``.

        Raises
        ------
        LimitError
            If one is no whole number from 1 to 1,000,000.
        """
        values = {}
        for field in fields(cls):
            name = f"INKLING_MAX_{field.name.upper()}"
            given = environment.get(name)
            if given is None:
                continue
            digits = given.isascii() and given.isdigit() and len(given) <= 7
            if not (digits and 1 <= int(given) <= 1_000_000):
                raise LimitError(f"{name}: a whole number from 1 to 1,000,000, not {given[:40]!r}")
            values[field.name] = int(given)
        return cls(**values)

    def lowered(self, epochs: int | None, units: int | None) -> "Limits":
        """Return these limits with fewer epochs and units; None leaves a limit as it is."""
        return replace(
            self,
            epochs=min(self.epochs, epochs or self.epochs),
            units=min(self.units, units or self.units),
        )

    def maximum(self, field: str) -> int | None:
        """Return the largest value that a setting may have, or each of its numbers; None if any."""
        limit = SETTINGS[field].limit
        return None if limit is None else getattr(self, limit)

    def allows(self, field: str, value: Any) -> bool:
        """Whether a setting may have a value."""
        maximum = self.maximum(field)
        return maximum is None or _largest(value) <= maximum

    def excess(self, config: TrainConfig) -> str:
        """Return what a config has too much of, "at most 10 epochs, not 50"; empty if nothing."""
        return ", and ".join(
            f"at most {_counted(spec.limit, getattr(self, spec.limit))}, not {_largest(value):,}"
            for field, value in vars(config).items()
            if (spec := SETTINGS[field]).limit is not None and not self.allows(field, value)
        )

    def cut(self, config: TrainConfig) -> TrainConfig:
        """Return a config with every setting reduced to what is allowed."""
        return replace(
            config,
            **{
                field: _reduced(value, maximum)
                for field, value in vars(config).items()
                if (maximum := self.maximum(field)) is not None
            },
        )

    def check(self, config: TrainConfig) -> None:
        """Check a config.

        Raises
        ------
        LimitError
            If it has more epochs, filters or units than are allowed here.
        """
        if excess := self.excess(config):
            raise LimitError(f"This server allows {excess}.")

    def check_upload(self, size: int) -> None:
        """Check the size of a file in bytes.

        Raises
        ------
        LimitError
            If it is larger than may be loaded here.
        """
        if size > self.upload_mib * 2**20:
            raise LimitError(
                f"The file has {size / 2**20:,.0f} MiB, and this server takes files of at most "
                f"{self.upload_mib:,}."
            )

    def check_queue(self, waiting: int) -> None:
        """Check the number of waiting runs before another is queued.

        Raises
        ------
        LimitError
            If it is the maximum.
        """
        if waiting >= self.queue:
            raise LimitError(
                f"{waiting} runs are already waiting, which is the limit. Try again when "
                "some have ended."
            )


def _largest(value: Any) -> int:
    return max(value, default=0) if isinstance(value, tuple) else value


def _reduced(value: Any, maximum: int) -> Any:
    if isinstance(value, tuple):
        return tuple(min(number, maximum) for number in value)
    return min(value, maximum)


def _counted(limit: str, number: int) -> str:
    return f"{number:,} {_NOUNS[limit].format(s='' if number == 1 else 's')}"
