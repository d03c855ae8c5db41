"""Predictions, descriptions and questions of a chapter."""

import random

import streamlit as st

from inkling.lessons.story.chapter import Chapter, NumberQuestion, Option, Question
from inkling.lessons.story.progress import NOTE_LENGTH
from inkling.ui import visitor
from inkling.ui.components.announcement import announcement
from inkling.ui.learn import links, progress
from inkling.ui.markdown import escape_markdown

_ANSWERED = "story_answered"  # key of the chapter whose question was answered last, and the reply


def ask_prediction(key: str, prediction: Question) -> bool:
    """Draw the prediction of a chapter; return whether the visitor has made it."""
    widget = f"story_prediction_{key}"

    def save() -> None:
        progress.current().predictions[key] = st.session_state[widget]
        progress.save()

    st.radio(
        f"Your prediction. {prediction.text}",
        range(len(prediction.options)),
        index=progress.current().predictions.get(key),
        format_func=lambda k: prediction.options[k].text,
        key=widget,
        on_change=save,
    )
    return key in progress.current().predictions


def show_outcome(key: str, prediction: Question, outcome: int) -> None:
    """Draw what the result shows, beside what the visitor predicted."""
    predicted = progress.current().predictions.get(key)
    if predicted == outcome:
        st.markdown(f"**As you predicted.** {prediction.options[outcome].reply}")
        return
    if predicted is not None:
        st.markdown(f"You predicted: *{prediction.options[predicted].text}*.")
    st.markdown(f"**The result:** {prediction.options[outcome].reply}")


def ask_what_was_seen(key: str, look: str) -> bool:
    """Draw the field for what the visitor saw; return whether it was filled in, or skipped."""
    widget = f"story_note_{key}"
    st.text_input(
        f"What did you see? {look}",
        value=progress.current().notes.get(key, ""),
        max_chars=NOTE_LENGTH,
        key=widget,
        placeholder="One sentence in your own words",
        on_change=lambda: progress.save_note(key, st.session_state[widget]),
    )
    if key in progress.current().notes:
        return True
    st.button(
        "Compare",
        key=f"story_compare_{key}",
        on_click=lambda: progress.save_note(key, st.session_state[widget]),
        help="Shows the explanation. Writing first, even one sentence, helps you remember it.",
    )
    return False


def show_meaning(chapter: Chapter, *, mnist: bool) -> None:
    """Draw the explanation of a chapter's result."""
    st.markdown(chapter.meaning)
    if mnist and chapter.mnist_text:
        st.markdown(chapter.mnist_text)
    links.show(chapter.key)


def ask_question(key: str, question: Question) -> None:
    """Draw a chapter's question and, once it is answered, the reply to the answer."""
    widget = f"story_answer_{key}"

    def save() -> None:
        progress.current().answers[key] = st.session_state[widget]
        progress.save()
        st.session_state[_ANSWERED] = key, _reply(question.options[st.session_state[widget]])

    order = list(range(len(question.options)))
    random.Random(f"{visitor.visitor_id()} {key}").shuffle(order)
    with st.container(border=True):
        chosen = progress.current().answers.get(key)
        st.radio(
            question.text,
            order,
            index=None if chosen is None else order.index(chosen),
            format_func=lambda k: question.options[k].text,
            key=widget,
            on_change=save,
        )
        if chosen is None:
            return
        option = question.options[chosen]
        _show_reply(_reply(option), option.correct, widget)


def _reply(option: Option) -> str:
    return f"**Correct.** {option.reply}" if option.correct else f"{option.reply} Try again."


def ask_number(key: str, question: NumberQuestion) -> None:
    """Draw a chapter's question for a number and, once it is answered, whether it is correct."""
    widget = f"story_number_{key}"

    def save() -> None:
        number = st.session_state[widget]
        if number is not None:
            progress.current().numbers[key] = float(number)
            progress.save()
            st.session_state[_ANSWERED] = key, _reply_to_number(question, float(number))

    with st.container(border=True):
        known = progress.current().numbers.get(key)
        st.number_input(
            question.text,
            value=known,
            format="%g",
            key=widget,
            on_change=save,
            placeholder="A number",
        )
        if known is None:
            return
        _show_reply(_reply_to_number(question, known), question.accepts(known), widget)


def _reply_to_number(question: NumberQuestion, number: float) -> str:
    if question.accepts(number):
        return f"**Correct.** {question.explanation}"
    return f"{escape_markdown(f'{number:g}')} is not the answer. Try again."


def _show_reply(reply: str, correct: bool, widget: str) -> None:
    """Draw a reply; not as an alert, which would be read out beside the announcement."""
    with st.container(key=f"story_reply_{'correct' if correct else 'wrong'}_{widget}"):
        st.markdown(reply)


def announce_reply(key: str) -> None:
    """Announce the reply to the chapter's question that was answered last in this session."""
    answered, reply = st.session_state.get(_ANSWERED, ("", ""))
    plain = reply.replace("*", "").replace("\\", "")
    announcement(plain if answered == key else "", key="story_announcement")
