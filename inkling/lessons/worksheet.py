"""Worksheet of a lesson, for pupils to write on: a page to print."""

from html import escape

from inkling.classroom.lesson_plan import LessonPlan, Step
from inkling.lessons.printed_page import listing, paragraph, printed_page

_BLANK = "____"  # where a word or a number is to be written in the line itself


def worksheet(plan: LessonPlan) -> bytes:
    """Return an HTML page with what the class does, and room to write; nothing for the teacher."""
    goals = [note.text for note in plan.about if note.word == "Goal"]
    body = "<p>Name: ____________________ &nbsp; Date: ____________</p>" + paragraph(
        "Goals:", " ".join(goals)
    )
    steps = [step for step in plan.steps if step.task or step.question or step.worksheet]
    return printed_page(
        plan.title, body + "".join(_step(number, step) for number, step in enumerate(steps, 1))
    )


def _step(number: int, step: Step) -> str:
    room = "".join(
        f"<p>{escape(text)}</p>" + ("" if _BLANK in text else '<div class="room"></div>')
        for text in step.worksheet
    )
    return (
        f"<section><h2>{number}. {escape(step.title)}</h2>"
        f"{paragraph('Task:', step.task)}{paragraph('Question:', step.question)}"
        f"{listing(step.options, 'boxes')}{room}</section>"
    )
