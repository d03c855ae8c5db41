"""Submission of a run to the queue for the current visitor."""

from inkling.training.job import TrainingJob
from inkling.ui import services, visitor
from inkling.ui.widgets import data_choice
from nn import TrainConfig


def submit_run(
    config: TrainConfig, name: str, *, group: str = "", paused: bool = False
) -> TrainingJob:
    """Submit a run on the available data, with a number behind its name if that is taken.

    Raises
    ------
    ConfigError
        If the limits of the server, the data set or the queue do not allow it.
    """
    config = data_choice.with_available_data(config)
    return services.queue().submit(
        config,
        data_choice.load_dataset(config.data),
        visitor.visitor_id(),
        name=services.unused_name(name),
        group=group,
        paused=paused,
    )
