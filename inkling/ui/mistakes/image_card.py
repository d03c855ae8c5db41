"""One test image: probabilities, verdict, and the evidence about its label."""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from digits import rater_votes
from inkling.charts.number_format import percent
from inkling.data.image_ref import ImageRef
from inkling.lessons.content import section
from inkling.server.models import Model
from inkling.ui import services
from inkling.ui.components.digit_grid import picture_url
from inkling.ui.components.probability_bars import probability_bars
from inkling.ui.markdown import escape_markdown
from inkling.ui.mistakes import other_models, verdicts
from inkling.ui.mistakes.other_models import LabelEvidence, Prediction
from inkling.ui.widgets import controls, image_address
from inkling.ui.widgets.image_announcement import announce_image
from nn.metrics import mistakes

VOTES = section("help/mistakes", "Votes of five people")
NEAREST = section("help/mistakes", "Nearest training images")
OTHERS = section(
    "help/mistakes",
    "Other networks",
    models=other_models.MAX_MODELS,
    accuracy=f"{other_models.MIN_ACCURACY:.0%}",
)
DOUBT = section("help/mistakes", "Evidence against the label")


def show_image(
    model: Model, P: np.ndarray, ref: ImageRef, on_marked: Callable[[ImageRef], None]
) -> None:
    """Draw one test image with the evidence about its label, and verdict controls if it is wrong.

    Parameters
    ----------
    model : Model
    P : ndarray, (n, 10)
        The model's answers to all test images.
    ref : ImageRef
    on_marked : callable
        Called with the image after a verdict was given.
    """
    datasets = services.datasets()
    label, answer = ref.label(datasets), int(P[ref.index].argmax())
    announce_image(ref, answer)
    sure = percent(P[ref.index].max())
    sign = ":green[✓]" if label == answer else ":red[✗]"
    st.subheader(f"{sign} Label {label}, answer {answer} with {sure}", anchor=False)
    with st.container(key="mistakes_image"):
        st.image(
            picture_url(ref.image(datasets), 8),
            caption=ref.name,
            width="stretch",
            alt=f"a handwritten {label}",
        )
        probability_bars(P[ref.index], key="mistakes_bars")
    if label == answer:
        verdict = verdicts.verdicts().of(datasets.label(ref.data)).get(ref.index)
        if verdict is not None:
            st.markdown(f"Your verdict on the image: **{verdicts.NAMES[verdict]}**.")
    else:
        labels = datasets.get(ref.data).test.labels
        verdicts.choose_verdict(ref, mistakes(P, labels), on_marked)
    evidence = st.container()
    # Before the evidence, which takes seconds at first.
    image_address.image_links(ref, explore="Explore this image", inside="See inside the network")
    with evidence:
        _label_evidence(model, ref, label, answer)


def _label_evidence(model: Model, ref: ImageRef, label: int, answer: int) -> None:
    """Draw votes of people, nearest training images and predictions of other models."""
    dataset = services.datasets().get(ref.data)
    near, distances = services.nearest_training_images(ref)
    labels = dataset.train.labels[near]
    predictions = other_models.predictions_of_others(model, ref)
    evidence = other_models.evidence_against(ref, near, distances, predictions)
    st.markdown(f"**Evidence against the label: {evidence.mean:.0%}**", help=DOUBT)
    st.caption(_parts_of_evidence(evidence))
    if dataset.name == "MNIST" and (votes := rater_votes.in_words(ref.index, label)):
        st.markdown(votes, help=VOTES)
    st.markdown(
        f"**Nearest training images**: {_agreement(labels, ('has', 'have'), label, answer)}",
        help=NEAREST,
    )
    with st.container(key="mistakes_nearest"):
        controls.digit_row(dataset.train.images[near], [str(k) for k in labels], width=35)
    digits = [each.digit for each in predictions]
    st.markdown(
        f"**Other networks**: {_agreement(digits, ('says', 'say'), label, answer)}", help=OTHERS
    )
    st.markdown(" ".join(_prediction_badge(each, label) for each in predictions))


def _parts_of_evidence(evidence: LabelEvidence) -> str:
    """Return what the evidence against a label is the mean of."""
    shares = {
        "nearest training images": evidence.neighbours,
        "other networks": evidence.networks,
        "people": evidence.people,
    }
    known = [f"{name} {share:.0%}" for name, share in shares.items() if not np.isnan(share)]
    text = f"The mean of: {', '.join(known)}." if len(known) > 1 else f"From the {known[0]}."
    if not np.isnan(evidence.networks):
        text += " Your own networks count, so it can change when you train one."
    return text


def _agreement(
    digits: Sequence[int] | np.ndarray, verb: tuple[str, str], label: int, answer: int
) -> str:
    """Return how many agree with the label, with the prediction, and with neither."""
    for_label = sum(int(digit) == label for digit in digits)
    parts = [f"{for_label} of {len(digits)} {verb[for_label != 1]} its label ({label})"]
    if answer != label:
        for_answer = sum(int(digit) == answer for digit in digits)
        parts.append(f"{for_answer} the network's answer ({answer})")
    if rest := sum(int(digit) not in (label, answer) for digit in digits):
        parts.append(f"{rest} another digit")
    return ", ".join(parts)


def _prediction_badge(predictions: Prediction, label: int) -> str:
    colour = "blue" if predictions.digit == label else "gray"
    name = escape_markdown(predictions.name)
    share = escape_markdown(percent(predictions.share))
    # The name comes last: a long one is truncated on a phone.
    return f":{colour}-badge[**{predictions.digit}** with {share} · {name}]"
