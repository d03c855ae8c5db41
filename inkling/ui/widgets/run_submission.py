"""Submission of a run to the queue for the current visitor, with settings that work here."""

import streamlit as st

from inkling.training.job import TrainingJob
from inkling.ui import services, visitor
from inkling.ui.widgets import data_choice
from nn import TrainConfig


def submit_run(
    config: TrainConfig, name: str, *, group: str = "", paused: bool = False, alone: bool = True
) -> TrainingJob:
    """Submit a run with `settings_here`, with a number behind its name if that is taken.

    Arguments as of `JobQueue.submit`.

    Raises
    ------
    ConfigError
        If the data set or the queue does not allow it.
    """
    config = settings_here(config)
    return services.queue().submit(
        config,
        data_choice.load_dataset(config.data),
        visitor.visitor_id(),
        name=services.unused_name(name),
        group=group,
        paused=paused,
        alone=alone,
    )


def settings_here(config: TrainConfig) -> TrainConfig:
    """Return a config with an available data set, within the server's limits."""
    return services.limits().cut(data_choice.with_available_data(config))


def show_excess(config: TrainConfig) -> None:
    """Draw what the server's limits reduce in a config, if anything."""
    if excess := services.limits().excess(config):
        st.caption(f"This server allows {excess}. The settings have been reduced to that.")
