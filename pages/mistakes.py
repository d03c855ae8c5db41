"""See which test images a network reads wrong, and look at each of them."""

import re

import numpy as np
import streamlit as st

from dashboard import charts, controls, data_choice, frame, state
from dashboard.answer_table import answers_as_csv
from dashboard.digit_grid import digit_grid, picture_url
from dashboard.models import Model
from dashboard.probability_bars import probability_bars
from digits import rater_votes
from nn.metrics import accuracy_interval, confusion_matrix, mistakes

ANY = "Any"
DIGITS = [ANY, *range(10)]
SHOWN = 120  # digits at a time
GRID_HEIGHT = 190  # pixels; the digits scroll in it, so that the open one stays in sight
MATRIX = (
    "The confusion matrix: a row for each true digit, a column for each answer, and in the cell "
    "the number of test images. Right answers are on the diagonal; the more colour, the more "
    "mistakes. Click a cell to see its mistakes, or one on the diagonal for all of its row."
)
CONFIDENCE = (
    "The largest of the network's ten outputs, which add up to 100%. It says how sure the network "
    "is, not how often it is right: a confident mistake is one that it does not suspect."
)
TEST_IMAGES = (
    "Nothing was learned from them, which is why they tell how good a network is. Whoever "
    "chooses a network by its mistakes here has learned from them after all, and its accuracy "
    "will look better than it is: choose by the validation images on the Train page."
)
VOTES = (
    "MNIST's labels are not beyond doubt. Where a model doubted one, the label-errors project "
    "(Northcutt, Athalye and Mueller 2021) asked five people. These are their votes, no verdict."
)
NEAREST = "Compared pixel by pixel. A number below is the label: what the network learned."


def show() -> None:
    """Draw the page."""
    st.markdown("See which digits the network confuses, and look at each one that it reads wrong.")
    left, right = st.columns([2, 3], gap="large")
    with left:
        model = controls.choose_model()
    P = state.answers_to_test_images(data, model.id, model.network)
    if not np.isfinite(P).all():
        st.error("This network's answers are no numbers. Choose another model.")
        return
    with left:
        true, says = choose_confusion(P)
    wrong = mistakes(P, test.labels)
    wrong = wrong[
        ((true is None) | (test.labels[wrong] == true))
        & ((says is None) | (P[wrong].argmax(axis=1) == says))
    ]
    with right:
        accuracy(P)
        look(model, P, wrong, true, says)


def accuracy(P: np.ndarray) -> None:
    """Say in a sentence how many test images the network reads right."""
    n = len(test.labels)
    right = int((P.argmax(axis=1) == test.labels).sum())
    low, high = accuracy_interval(right / n, n)
    st.markdown(
        f"It reads {right:,} of {n:,} test images right: **{right / n:.2%}**. "
        f"On other digits of the kind, expect {low:.1%} to {high:.1%}.",
        help=TEST_IMAGES,
    )


def choose_confusion(P: np.ndarray) -> tuple[int | None, int | None]:
    """Draw the confusion matrix and the two filters; return true digit and answer, None for any."""
    with st.container(horizontal=True):  # a chart's cells are hard to hit on a phone
        for label, key in (
            ("True digit", state.MISTAKES_TRUE),
            ("Network says", state.MISTAKES_SAYS),
        ):
            st.selectbox(
                label,
                DIGITS,
                key=key,
                filter_mode=None,
                persist_state="session",
                on_change=close,
            )
    true, says = (
        None if st.session_state[key] == ANY else int(st.session_state[key])
        for key in (state.MISTAKES_TRUE, state.MISTAKES_SAYS)
    )
    # A chart of its own for each choice: a click is never one on a cell that is still selected.
    key = f"mistakes_matrix_{true}_{says}"

    def clicked() -> None:
        points = st.session_state[key]["selection"]["points"]
        if points:
            row, column = int(points[0]["y"]), int(points[0]["x"])
            st.session_state[state.MISTAKES_TRUE] = row
            st.session_state[state.MISTAKES_SAYS] = ANY if row == column else column
            close()

    counts = confusion_matrix(test.labels, P.argmax(axis=1))
    st.markdown("**Which digit it takes for which**, in test images", help=MATRIX)
    st.plotly_chart(
        charts.confusion_chart(counts, true, says, dark=st.context.theme.type == "dark"),
        config=charts.CONFIG | {"displayModeBar": False},
        key=key,
        on_select=clicked,
        selection_mode="points",
        alt="How many test images of each digit the network takes for which digit",
    )
    return true, says


def close() -> None:
    """Forget which image is open: the first mistake will be."""
    st.query_params.pop(state.INDEX, None)


def open_image(index: int) -> None:
    """Open an image, and say so in the address."""
    st.query_params[state.INDEX] = str(index)


@st.fragment
def look(
    model: Model, P: np.ndarray, wrong: np.ndarray, true: int | None, says: int | None
) -> None:
    """Draw the mistakes that were chosen, and the one that is open; a click redraws only these."""
    opened = asked_for()
    if opened is None and len(wrong):
        opened = int(wrong[0])
    of = [f"true digit {true}"] * (true is not None) + [f"network says {says}"] * (says is not None)
    kind = f" ({', '.join(of)})" if of else ""
    if len(wrong):
        noun = "mistake" if len(wrong) == 1 else "mistakes"
        st.markdown(f"**{len(wrong):,} {noun}**{kind}, the most confident first", help=CONFIDENCE)
        pages = -(-len(wrong) // SHOWN)
        place = st.container(height=GRID_HEIGHT)
        page = 1
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            if pages > 1:
                page = st.pagination(pages, key=f"mistakes_page_{model.id}_{true}_{says}")
            download(P, wrong)
        with place:
            grid(P, wrong[(page - 1) * SHOWN : page * SHOWN], opened)
    else:
        st.info(f"There are no mistakes of this kind{kind}.")
    if opened is not None:
        show_image(P, opened)


def asked_for() -> int | None:
    """Return the image that the address names, or None; say so if there is no such image."""
    asked = st.query_params.get(state.INDEX)
    if asked is None:
        return None
    if re.fullmatch("[0-9]{1,9}", asked) and int(asked) < len(test.labels):
        return int(asked)
    st.warning(f"There is no such test image: they are numbered 0 to {len(test.labels) - 1:,}.")
    return None


def grid(P: np.ndarray, indices: np.ndarray, opened: int | None) -> None:
    """Draw digits, each with the network's answer; a click opens one."""
    answers = P[indices].argmax(axis=1)
    digit_grid(
        test.images[indices],
        indices,
        [
            f"Image {index}: a {test.labels[index]}, the network says {answer}"
            for index, answer in zip(indices, answers, strict=True)
        ],
        label="Test images that the network reads wrong, with its answers",
        key="mistakes_grid",
        on_pick=open_image,
        selected=opened,
        captions=[str(answer) for answer in answers],
        size=46,
    )


def download(P: np.ndarray, indices: np.ndarray) -> None:
    """Offer mistakes as a table."""
    st.download_button(
        "Download as CSV",
        lambda: answers_as_csv(indices, test.labels, P),
        file_name="mistakes.csv",
        mime="text/csv",
        on_click="ignore",
        help="Index, true label, answer, confidence and the ten probabilities of each mistake "
        "that is chosen here.",
    )


def show_image(P: np.ndarray, index: int) -> None:
    """Draw all that is known of one test image."""
    label, answer = int(test.labels[index]), int(P[index].argmax())
    sure = charts.percent(P[index].max())
    with st.container(border=True):
        if label == answer:
            st.markdown(f":green[**✓**] The network reads it right: **{label}**, with {sure}.")
        else:
            st.markdown(
                f":red[**✗**] True label **{label}**, the network says **{answer}** with {sure}."
            )
        picture, bars = st.columns([2, 3], gap="medium")
        with picture:
            st.image(
                picture_url(test.images[index], 8),
                caption=f"Test image {index}",
                width=224,
                alt=f"a handwritten {label}",
            )
        with bars:
            probability_bars(P[index], key="mistakes_bars")
        if dataset.name == "MNIST" and (votes := rater_votes.in_words(index, label)):
            st.markdown(votes, help=VOTES)
        st.markdown("**Nearest training images**, and their labels", help=NEAREST)
        near, _ = state.nearest_training_images(data, "test", index)
        train = dataset.train
        controls.digit_row(train.images[near], [str(k) for k in train.labels[near]], width=48)
        this = {
            state.DATA: state.datasets().label(data),
            state.SPLIT: "test",
            state.INDEX: str(index),
        }
        with st.container(horizontal=True):
            for page, words in (("explore", "Explore this image"), ("inside", "See why")):
                st.page_link(f"pages/{page}.py", label=f"**{words}**", query_params=this)


frame.inside_frame()
data = data_choice.title_and_choice("Mistakes")
dataset = state.datasets().get(data)
test = dataset.test
show()
