"""The twelve questions before the first and after the last chapter."""

import streamlit as st

from inkling.lessons.content import section
from inkling.lessons.story import before_after
from inkling.ui.learn import progress


def show_before() -> None:
    """Draw the questions before the first chapter."""
    st.header("Before you begin", anchor=False)
    st.markdown(section("before_after", "Before"))
    _ask("before", progress.current().before)
    if progress.current().before:
        st.success(section("before_after", "Saved"))


def show_after() -> None:
    """Draw the questions after the last chapter and, once they are answered, what changed."""
    known = progress.current()
    st.header("After the last chapter", anchor=False)
    if not known.after:
        st.markdown(section("before_after", "After"))
        _ask("after", known.after)
        return
    count = len(before_after.items())
    before, after = map(before_after.number_correct, (known.before, known.after))
    said = f"**{after} of {count}** correct"
    if known.before:
        said += f", {before} of {count} before the first chapter: a change of {after - before:+d}"
    st.markdown(f"{said}.".replace("-", "\N{MINUS SIGN}"))
    lines = ["| Before | After | Question and correct answer |", "| :-: | :-: | :-- |"]
    for key, item in before_after.items().items():
        signs = [_sign(answers.get(key), item) for answers in (known.before, known.after)]
        lines.append(f"| {' | '.join(signs)} | {item.text} *{item.options[item.correct]}* |")
    st.markdown("\n".join(lines))
    st.download_button(
        "Export",
        before_after.answers_csv(known.before, known.after),
        "inkling-before-and-after.csv",
        "text/csv",
        on_click="ignore",
        help="A table of your answers, without your name.",
    )


def _ask(name: str, answers: dict[str, int]) -> None:
    """Draw all questions in a form; save the answers, to which no reply is given."""
    with st.form(f"story_{name}"):
        chosen = {
            key: st.radio(
                f"Question {key}: {item.text}",
                range(len(item.options)),
                index=answers.get(key, len(item.options) - 1),
                format_func=item.options.__getitem__,
                key=f"story_{name}_{key}",
            )
            for key, item in before_after.items().items()
        }
        if st.form_submit_button("Save", type="primary"):
            answers.update(chosen)
            progress.save()
            st.rerun()


def _sign(answer: int | None, item: before_after.Item) -> str:
    """Return a sign for a correct, wrong or missing answer."""
    if answer is None:
        return ""
    return ":green[✓]" if answer == item.correct else ":red[✗]"
