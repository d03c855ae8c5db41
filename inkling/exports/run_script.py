"""A short script that repeats a run with this project's `nn`."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from string import Template
from typing import Any

from inkling.runs.run import Event
from nn import TrainConfig

_SCRIPT = Template('''\
"""A training run of Inkling. To repeat it, save this in Inkling's folder and run it there."""

import data_loader
${imports}from nn import TrainConfig, Trainer, save_model
from nn.training import evaluate

config = $config
dataset = data_loader.load(config.data)
trainer = Trainer($arguments)
$loop
${validation}_, accuracy = evaluate(trainer.network, trainer.test, trainer.loss)
print(f"Test accuracy: {accuracy:.2%}")
save_model(trainer.network, "model.safetensors")
''')

_AUGMENTATION = "from digits.augment import augmentation\n"

_LOOP = Template("""
while $going_on:
    trainer.step()
""")
_LOOP_WITH_ETAS = Template("""
# The learning rate was changed by hand during the run: before which step, and to what.
etas = {$etas}
while $going_on:
    if trainer.step_count in etas:
        trainer.learning_rate = etas[trainer.step_count]
    trainer.step()
""")

_VALIDATION = """\
_, accuracy = evaluate(trainer.network, trainer.validation, trainer.loss)
print(f"Validation accuracy: {accuracy:.2%}")
"""


def run_script(config: TrainConfig, events: Sequence[Event], steps: int | None = None) -> str:
    """Return a Python script that repeats a run, to the last bit on the same machine.

    Run from the project's folder, it prints the accuracies and leaves the network there, as
    ``model.safetensors``.

    Parameters
    ----------
    config : TrainConfig
    events : sequence of Event
        Changes of eta during the run; of several at one step the last one counts.
    steps : int, optional
        Batches that the run learned from before it was stopped; None where it went to its end.
    """
    etas = {
        event.step: event.learning_rate
        for event in events
        if steps is None or event.step < steps  # set after the last step, it changed nothing
    }
    loop = _LOOP_WITH_ETAS if etas else _LOOP
    augmented = config.augmentation is not None
    return _SCRIPT.substitute(
        imports=_AUGMENTATION if augmented else "",
        config=config_code(config),
        arguments="config, dataset" + ", augmentation(config.augmentation)" * augmented,
        loop=loop.substitute(
            etas=_items(f"{step}: {_literal(eta)}" for step, eta in etas.items()),
            going_on="not trainer.finished" if steps is None else f"trainer.step_count < {steps}",
        ),
        validation=_VALIDATION if config.validation_size else "",
    )


def config_code(config: TrainConfig) -> str:
    """Return a config as Python writes it, without the fields that are at their defaults."""
    return f"TrainConfig({_items(f'{name}={value}' for name, value in _settings(config).items())})"


def _settings(config: TrainConfig) -> dict[str, str]:
    """Return the fields that are not at their defaults, and their values as Python writes them."""
    usual = {field.name: _literal(field.default) for field in fields(config)}
    literals = {field.name: _literal(getattr(config, field.name)) for field in fields(config)}
    return {name: literal for name, literal in literals.items() if literal != usual[name]}


def _literal(value: Any) -> str:
    """Return a value as Python writes it, with double quotes where that is as short."""
    if isinstance(value, float):
        return repr(float(value))  # a NumPy float would name its type
    literal = repr(value)
    if isinstance(value, str) and '"' not in literal:
        return f'"{literal[1:-1]}"'
    return literal


def _items(items: Iterable[str]) -> str:
    """Return what stands between brackets: each item on a line of its own, or nothing."""
    lines = "".join(f"    {item},\n" for item in items)
    return lines and f"\n{lines}"
