"""Entry point: what pupils and other visitors send to a class: names, votes, tasks, drawings."""

import random
import shutil
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from inkling.classroom.class_files import ClassFiles
from inkling.classroom.lesson import Lesson, LessonError, Question, Task
from inkling.classroom.names import MAX_LENGTH
from inkling.ui.markdown import escape_markdown
from tools.fuzz.checks import check_markdown, check_sentence
from tools.fuzz.entrypoint import MIB, VISITOR_ID, Entrypoint
from tools.fuzz.generators import HOSTILE_TEXTS, random_json_value, random_text

_PUPILS = (VISITOR_ID, "b" * 32, "c" * 32)
_NOT_JOINED = "d" * 32
_DIGIT = 4
_QUESTION = Question("1" * 32, "What does it answer?", ("A four", "A nine", "Nothing"))
_TASK = Task("2" * 32, "Draw a four", "draw", {})
_DRAWING = np.full((28, 28), 200, np.uint8)


class Act(NamedTuple):
    """A call of a method of `ClassFiles` by a visitor."""

    method: str
    visitor_id: str
    arguments: tuple[Any, ...]


def generate(rng: random.Random) -> Sequence[Act]:
    """Return a few acts of several visitors, most of them invalid."""
    return [_act(rng) for _ in range(rng.randint(1, 8))]


def _act(rng: random.Random) -> Act:
    ids = [*_PUPILS, _NOT_JOINED, random_text(rng)]
    texts = [_QUESTION.id, _TASK.id, random_text(rng)]
    method, arguments = rng.choice(
        [
            ("join", lambda: (random_text(rng),)),
            ("vote", lambda: (rng.choice(texts), rng.choice([0, 1, 2, 3, -1, 10**400]), 1)),
            ("finish", lambda: (rng.choice(texts),)),
            ("send_drawing", lambda: (rng.choice([_DIGIT, 5, -1, "4/../names"]), _drawing(rng))),
            ("see", lambda: ()),
            ("tell", lambda: (random_text(rng),)),
            ("ask", lambda: (random_text(rng), _options(rng))),
        ]
    )
    return Act(method, rng.choice(ids), arguments())


def _drawing(rng: random.Random) -> np.ndarray:
    shape = rng.choice([(28, 28), (28, 28), (27, 28), (784,), (0,)])
    kind = rng.choice([np.uint8, np.uint8, np.float64, np.int64])
    return np.full(shape, rng.randrange(256)).astype(kind)


def _options(rng: random.Random) -> tuple[Any, ...]:
    return tuple(
        random_text(rng) if rng.random() < 0.9 else str(random_json_value(rng))
        for _ in range(rng.randint(0, 8))
    )


def exercise(acts: Sequence[Act], folder: Path) -> bool:
    """Act in a class of three: each counts once, as themselves, and their texts are no markup."""
    shutil.rmtree(folder / "class", ignore_errors=True)
    files = ClassFiles(folder / "class")
    files.change_lesson(Lesson(_QUESTION, _TASK, drawn_digit=_DIGIT))
    for number, pupil in enumerate(_PUPILS):
        files.join(pupil, f"Pupil {number}")
    last_votes: dict[str, int] = {}
    accepted = 0
    for act in acts:
        try:
            if act.method == "ask":
                _check_question(*act.arguments)
            else:
                getattr(files, act.method)(act.visitor_id, *act.arguments)
        except LessonError as error:
            check_sentence(error)
        else:
            accepted += 1
            if act.method == "vote":
                last_votes[act.visitor_id] = act.arguments[1]
    counts: dict[int, int] = defaultdict(int)
    for option in last_votes.values():
        counts[option] += 1
    assert files.votes(_QUESTION) == [[counts[option] for option in range(3)]]
    names, joined = files.names(), {act.visitor_id for act in acts if act.method == "join"}
    assert set(_PUPILS) <= set(names) <= {*_PUPILS, *joined}
    assert set(last_votes) | set(files.drawings(_DIGIT)) <= set(names)
    for name in names.values():
        assert 1 <= len(name) <= MAX_LENGTH
        assert name.isprintable()
        check_markdown(escape_markdown(name), name)
    for drawing in files.drawings(_DIGIT).values():
        assert drawing.shape == (28, 28)
        assert drawing.dtype == np.uint8
    assert files.lesson() == Lesson(_QUESTION, _TASK, drawn_digit=_DIGIT)
    written = [path.name for path in files.folder.rglob("*") if path.is_file()]
    known = {"lesson.json", _QUESTION.id, _TASK.id, *_PUPILS, *joined}
    seen = {act.visitor_id for act in acts}
    assert set(written) <= known | seen
    return accepted > 0


def _check_question(text: str, options: tuple[str, ...]) -> None:
    """Fail unless a question of one's own is refused, or shown as it is."""
    question = Question("3" * 32, text, options)
    for shown in (question.text, *question.options):
        check_markdown(escape_markdown(shown), shown)


def attacks() -> dict[str, Sequence[Act]]:
    """Return each hostile text as a name and as an id, and attempts to count twice."""
    first, second = _PUPILS[:2]
    question = _QUESTION.id
    acts_of = [
        (
            Act("join", first, (text,)),
            Act("see", text, ()),
            Act("join", text, ("Mia",)),
            Act("vote", text, (question, 1)),
            Act("vote", first, (text, 1)),
            Act("finish", first, (text,)),
            Act("ask", first, (text, (text, "No"))),
        )
        for text in HOSTILE_TEXTS
    ]
    return {
        "each text": [act for acts in acts_of for act in acts],
        "votes twice": [Act("vote", first, (question, 0)), Act("vote", first, (question, 1))],
        "votes without a name": [Act("vote", _NOT_JOINED, (question, 0))],
        "an answer too many": [Act("vote", first, (question, 3))],
        "a digit that is a path": [Act("send_drawing", second, ("4/../names", _DRAWING))],
        "a drawing of floats": [Act("send_drawing", second, (_DIGIT, _DRAWING / 1.0))],
        "a drawing": [Act("send_drawing", second, (_DIGIT, _DRAWING))],
    }


ENTRYPOINT = Entrypoint("acts in a class", generate, exercise, attacks, 32 * MIB)
