"""Plan of a sweep: a config, and the values of one or two of its settings."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

from digits.augment import augmentation
from inkling.runs.run import RunInfo
from inkling.runs.settings import SETTINGS
from nn import ConfigError, TrainConfig

MAX_TRIALS = 100


@dataclass(frozen=True, kw_only=True)
class SweepPlan:
    """The trials of a sweep: a base config, and the values of one or two of its settings.

    The trials are numbered row by row: x runs faster than y.

    Attributes
    ----------
    base : TrainConfig
    x : str
        The field of `TrainConfig` that differs from column to column.
    xs : tuple
        Its values, at least one, none twice.
    y : str or None
        The field that differs from row to row; None for a single row.
    ys : tuple
        Its values, likewise; empty for a single row.

    Raises
    ------
    ConfigError
        If there are more than `MAX_TRIALS` trials, the settings cannot be compared, or one of
        their combinations cannot be trained.
    """

    base: TrainConfig
    x: str = "hidden_sizes"
    xs: tuple[Any, ...] = ((16,), (32,), (64,), (128,), (256,))
    y: str | None = "learning_rate"
    ys: tuple[Any, ...] = (0.02, 0.05, 0.15, 0.5, 1.5)

    def __post_init__(self) -> None:
        """Check the plan."""
        known = {field.name for field in fields(TrainConfig)} - {"data"}
        for field in (self.x, self.y):
            if field is not None and field not in known:
                raise ConfigError(f"{field}: not a setting that can differ within a sweep")
        if self.x == self.y:
            raise ConfigError(f"{self.x}: a sweep is over two different settings, or over one")
        object.__setattr__(self, "xs", _checked(self.x, self.xs))
        object.__setattr__(self, "ys", () if self.y is None else _checked(self.y, self.ys))
        if self.total > MAX_TRIALS:
            raise ConfigError(f"a sweep has at most {MAX_TRIALS} runs, not {self.total:,}")
        for trial in self.trials:
            if trial.validation_size < 1:
                raise ConfigError(
                    "A sweep compares its runs by their accuracy on validation images, and "
                    "with these settings there are none. Choose another recipe, such as "
                    "fast-97"
                )
        for field in filter(None, (self.x, self.y)):
            spec = SETTINGS[field]
            applies = [spec.applies(vars(trial)) for trial in self.trials]
            if spec.sweep and not any(applies):
                raise ConfigError(f"{field}: changes nothing with the other settings as they are")
            if spec.sweep and not all(applies):
                name = self.name(applies.index(False))
                raise ConfigError(f"{field}: changes nothing in some of the runs, such as {name}")

    @classmethod
    def over_seeds(cls, base: TrainConfig, count: int) -> "SweepPlan":
        """Return the plan to train the same config `count` times, from its seed on."""
        seeds = tuple(base.seed + k for k in range(count))
        return cls(base=base, x="seed", xs=seeds, y=None)

    @classmethod
    def from_runs(cls, runs: Iterable[RunInfo]) -> tuple["SweepPlan", dict[int, RunInfo]]:
        """Return the plan of saved runs of a sweep, and the trial of each run.

        Parameters
        ----------
        runs : iterable of RunInfo
            Of one group; at least one, possibly not all.

        Returns
        -------
        SweepPlan and dict of int to RunInfo
            With sorted values.

        Raises
        ------
        ConfigError
            If they differ in more than two settings.
        """
        runs = list(runs)
        base = runs[0].config
        values = {
            field.name: tuple(sorted(found, key=lambda value: (value is not None, value)))
            for field in fields(TrainConfig)
            if len(found := {getattr(run.config, field.name) for run in runs}) > 1
        }
        axes = list(values) or ["seed"]
        if len(axes) > 2:
            raise ConfigError(f"a sweep is over two settings, and these differ in {len(axes)}")
        x, y = axes[0], axes[1] if len(axes) > 1 else None
        xs, ys = values.get(x, (base.seed,)), values.get(y or "", ())
        plan = cls(base=base, x=x, xs=xs, y=y, ys=ys)
        return plan, {plan.trials.index(run.config): run for run in runs}

    @property
    def total(self) -> int:
        """Number of trials."""
        return len(self.xs) * max(1, len(self.ys))

    @cached_property
    def trials(self) -> tuple[TrainConfig, ...]:
        """The config of each trial."""
        return tuple(self._trial(k) for k in range(self.total))

    def cell(self, trial: int) -> tuple[int, int]:
        """Return the column and the row of a trial, both from 0."""
        row, column = divmod(trial, len(self.xs))
        return column, row

    def name(self, trial: int) -> str:
        """Return a trial's name, made from its settings: "64 units, eta 0.15"."""
        return ", ".join(SETTINGS[f].phrase(value) for f, value in self._settings_of(trial))

    def _settings_of(self, trial: int) -> list[tuple[str, Any]]:
        column, row = self.cell(trial)
        across = (self.x, self.xs[column])
        return [across] if self.y is None else [across, (self.y, self.ys[row])]

    def _trial(self, trial: int) -> TrainConfig:
        try:
            config = replace(self.base, **dict(self._settings_of(trial)))
            augmentation(config.augmentation)
        except ValueError as error:  # a ConfigError is one, too
            raise ConfigError(f"{error} (in the run with {self.name(trial)})") from error
        return config


def _checked(field: str, values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values of a field, lists from a file as tuples."""
    checked = tuple(tuple(v) if isinstance(v, list) else v for v in values)
    if not checked or len(set(map(repr, checked))) < len(checked):
        raise ConfigError(f"{field}: at least one value, and none twice")
    return checked
