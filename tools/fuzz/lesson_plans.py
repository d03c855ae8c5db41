"""Entry point: files of lesson plans."""

import random
from pathlib import Path

from inkling.classroom.lesson_plan import MAX_BYTES, MAX_STEPS, PlanError, decode_plan
from inkling.classroom.plan_file import PlanFile
from inkling.lessons.worksheet import worksheet
from tools.fuzz.checks import check_sentence
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.generators import HOSTILE_TEXTS, mutate_bytes, random_text

_PLAN = """# From a drawing to 11.35%

## About

For: beginners

## Draw a digit

Minutes: 7
Task: Draw a digit.
Link: /draw
Question: Does it learn from that?
- Yes
- No
Expect: The second answer.
Worksheet: It read ____.
"""
_WORDS = ("For", "Minutes", "Task", "Link", "Show", "Question", "Expect", "Worksheet")
_MARKUP = ("<script>alert", "<img src=x")


def generate(rng: random.Random) -> bytes:
    """Return a plan with changed bytes or added lines."""
    if rng.random() < 0.5:
        return mutate_bytes(rng, _PLAN.encode())
    lines = _PLAN.splitlines()
    for _ in range(rng.randint(1, 4)):
        word = rng.choice([f"{rng.choice(_WORDS)}: ", "- ", "## ", ""])
        lines.insert(rng.randrange(len(lines) + 1), word + random_text(rng))
    return "\n".join(lines).encode(errors="replace")


def exercise(data: bytes, folder: Path) -> bool:
    """Read a plan: one that can be opened and printed without markup, or a `PlanError`."""
    try:
        plan = decode_plan(data)
    except PlanError as error:
        check_sentence(error)
        return False
    assert 1 <= len(plan.steps) <= MAX_STEPS
    for step in plan.steps:
        step.as_task("seed")
        step.as_question("seed")
    file = PlanFile(folder / "class")
    file.open(plan)
    open_plan = file.go_to(len(plan.steps))
    assert open_plan is not None
    assert (open_plan.plan, open_plan.number) == (plan, len(plan.steps))
    page = worksheet(plan).decode()
    assert not [markup for markup in _MARKUP if markup in page.lower()]
    return True


def attacks() -> dict[str, bytes]:
    """Return each hostile text as a task, plans that are too long, and a valid plan."""
    texts = {
        f"text {number}": _PLAN.replace("Draw a digit.", text).encode(errors="replace")
        for number, text in enumerate(HOSTILE_TEXTS)
    }
    return texts | {
        "a plan": _PLAN.encode(),
        "UTF-16": _PLAN.encode("utf-16"),
        "too many steps": (_PLAN + "## Next\nMinutes: 1\nDo: x\n" * (MAX_STEPS + 1)).encode(),
        "too long": _PLAN.encode() + b"\n" * MAX_BYTES,
        "a link to elsewhere": _PLAN.replace("/draw", "https://evil.example/x").encode(),
        "a link that is a script": _PLAN.replace("/draw", "javascript:alert(1)//draw").encode(),
        "minutes of 5,000 digits": _PLAN.replace("7", "7" * 5_000).encode(),
        "a pickle": b"\x80\x04.",
    }


ENTRYPOINT = Entrypoint("lesson plans", generate, exercise, attacks, 32 * MIB)
