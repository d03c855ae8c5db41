"""Predictions of other networks for an image, and label doubts from all evidence."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from data_loader import Dataset
from inkling.analysis import label_evidence
from inkling.data.image_ref import ImageRef
from inkling.runs.run_file import RunError
from inkling.server.models import Model
from inkling.ui import model_choice, services
from nn import Network
from nn.diagnosis import is_finite
from nn.metrics import mistakes

MAX_MODELS = 8  # other runs and loaded models
MIN_ACCURACY = 0.9  # on the validation images
MAX_IMAGES = 300  # mistakes; their neighbours are found in about a second
NEIGHBOURS = 8


class Prediction(NamedTuple):
    """Name of another model, the digit that it predicts, and its probability."""

    name: str
    digit: int
    share: float


class LabelEvidence(NamedTuple):
    """Shares against one label, from 0 to 1, NaN where unknown, and the mean of those known."""

    neighbours: float
    networks: float
    people: float
    mean: float


class LabelDoubts(NamedTuple):
    """Indices (k,) of mistakes, and the doubt (k,) about each label, from 0 to 1."""

    indices: np.ndarray
    doubt: np.ndarray


def other_models(model: Model) -> list[Model]:
    """Return the models to compare this one with.

    Without runs of sweeps and experiments, without runs of low validation accuracy, and with one
    run only of each setting, since equal settings give equal networks.
    """
    infos = {info.id: info for info in services.finished_runs()}
    known = [infos[model.id].config] if model.id in infos else []
    builtin = list(model_choice.builtin_models())
    asked = []
    for other in model_choice.available_models():
        info = infos.get(other.id)
        if info is not None:
            poor = (info.validation_accuracy or 0.0) < MIN_ACCURACY
            if info.group or poor or info.config in known:
                continue
            known.append(info.config)
        if other.id != model.id and other not in builtin:
            asked.append(other)
    return [*asked[:MAX_MODELS], *(other for other in builtin if other.id != model.id)]


def predictions_of_others(model: Model, ref: ImageRef) -> list[Prediction]:
    """Return the predictions of the other models for an image."""
    others = other_models(model)
    return _predictions(ref, tuple(other.id for other in others), others)


def evidence_against(
    ref: ImageRef, near: np.ndarray, distances: np.ndarray, predictions: Sequence[Prediction]
) -> LabelEvidence:
    """Return the evidence against the label of one test image.

    Parameters
    ----------
    ref : ImageRef
    near, distances : ndarray, (8,)
        Its nearest training images, and their distances.
    predictions : sequence of Prediction
        Of other models.
    """
    answers = np.array([[each.digit] for each in predictions], np.int64).reshape(-1, 1)
    dataset, index = services.datasets().get(ref.data), np.array([ref.index])
    shares = _shares_against(dataset, index, near[None], distances[None], answers)
    mean = label_evidence.mean_disagreement(*shares)
    return LabelEvidence(*(float(share[0]) for share in (*shares, mean)))


def label_doubts(model: Model, data: str, P: np.ndarray) -> LabelDoubts:
    """Return the doubts about the labels of the most confident mistakes, at most 300.

    Parameters
    ----------
    model : Model
    data : {"mnist", "builtin"}
    P : ndarray, (n, 10)
        The model's answers to all test images.
    """
    others = other_models(model)
    wrong = mistakes(P, services.datasets().get(data).test.labels)[:MAX_IMAGES]
    return _cached_label_doubts(model.id, data, tuple(other.id for other in others), others, wrong)


@st.cache_resource(max_entries=512, show_spinner="Asking the other networks…")
def _predictions(ref: ImageRef, ids: tuple[str, ...], _others: Sequence[Model]) -> list[Prediction]:
    image = ref.image(services.datasets())
    predictions = []
    for other, network in _loaded(_others):
        P = network.predict_proba(image[None])[0]
        if is_finite(network, P):
            predictions.append(Prediction(other.name, int(P.argmax()), float(P.max())))
    return predictions


@st.cache_resource(max_entries=16, show_spinner="Weighing the evidence…")
def _cached_label_doubts(
    model_id: str, data: str, ids: tuple[str, ...], _others: Sequence[Model], _wrong: np.ndarray
) -> LabelDoubts:
    dataset = services.datasets().get(data)
    near, distances = _neighbours(model_id, data, _wrong)
    answers = [
        P.argmax(axis=1)
        for _, network in _loaded(_others)
        if is_finite(network, P := network.predict_proba(dataset.test.images[_wrong]))
    ]
    shares = _shares_against(
        dataset, _wrong, near, distances, np.array(answers).reshape(len(answers), len(_wrong))
    )
    doubt = label_evidence.mean_disagreement(*shares)
    doubt.setflags(write=False)
    return LabelDoubts(_wrong, doubt)


@st.cache_resource(max_entries=16, show_spinner=False)
def _neighbours(model_id: str, data: str, _wrong: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest training images of a model's mistakes, and their distances."""
    neighbours = services.neighbours(data)
    images = services.datasets().get(data).test.images[_wrong]
    near = np.empty((len(images), NEIGHBOURS), np.int64)
    distances = np.empty((len(images), NEIGHBOURS), np.float32)
    for k, image in enumerate(images):
        near[k], distances[k] = neighbours.nearest(image, NEIGHBOURS)
    return near, distances


def _shares_against(
    dataset: Dataset,
    indices: np.ndarray,
    near: np.ndarray,
    distances: np.ndarray,
    answers: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the shares of nearest images, networks and people against each label."""
    labels = dataset.test.labels[indices]
    unrated = np.full(len(labels), np.nan)
    return (
        label_evidence.neighbour_disagreement(labels, dataset.train.labels[near], distances),
        label_evidence.model_disagreement(labels, answers),
        label_evidence.rater_disagreement(indices) if dataset.name == "MNIST" else unrated,
    )


def _loaded(models: Sequence[Model]) -> Iterator[tuple[Model, Network]]:
    """Yield models with their networks; deleted or damaged ones are skipped."""
    for model in models:
        try:
            yield model, model.network
        except RunError:
            continue
