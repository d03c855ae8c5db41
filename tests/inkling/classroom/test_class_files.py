"""A class's files: lesson, names, votes, finished tasks."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from inkling.classroom.class_files import PRESENT_SECONDS, ClassFiles
from inkling.classroom.lesson import Lesson, LessonError, Question, Task, parse_lesson
from inkling.classroom.names import MAX_LENGTH
from inkling.classroom.score import Score, parse_score

MIA, BEN = "a" * 32, "b" * 32
QUESTION = Question("c" * 32, "What happens at eta 20?", ("It learns", "It guesses", "It fails"))
TASK = Task("d" * 32, "Train with 16 units", "train", {"recipe": "fast-97", "hidden_sizes": "16"})


@pytest.fixture
def files(tmp_path: Path) -> ClassFiles:
    return ClassFiles(tmp_path / "class")


@pytest.fixture
def voting(files: ClassFiles) -> ClassFiles:
    """A class of two with a question."""
    files.join(MIA, "Mia")
    files.join(BEN, "Ben")
    files.change_lesson(Lesson(question=QUESTION))
    return files


def test_lesson_is_the_same_for_another_server(files: ClassFiles) -> None:
    assert files.lesson() == Lesson()
    lesson = Lesson(QUESTION, TASK, True, True, max_epochs=5, max_units=64, drawn_digit=0)
    files.change_lesson(lesson)
    other = ClassFiles(files.folder)
    assert other.lesson() == files.lesson() == lesson
    other.change_lesson(Lesson(task=TASK))
    assert files.lesson() == Lesson(task=TASK)


@pytest.mark.parametrize("damage", [b"", b"{}", b"[1]", b'{"question": 3}', b"\xff"])
def test_damaged_lesson_is_an_empty_one(damage: bytes) -> None:
    assert parse_lesson(damage) == Lesson()


@given(
    st.one_of(st.integers(max_value=0), st.booleans(), st.text(), st.floats(), st.lists(st.none()))
)
def test_limit_that_is_no_number_is_refused(limit: Any) -> None:
    with pytest.raises(LessonError):
        Lesson(max_epochs=limit)
    data = json.dumps(json.loads(Lesson(eyes_on_board=True).as_json()) | {"max_units": limit})
    assert parse_lesson(data.encode()) == Lesson()


@given(st.binary())
def test_no_file_breaks_the_lesson(data: bytes) -> None:
    assert isinstance(parse_lesson(data), Lesson)


def test_votes_are_counted_once_each_and_by_round(voting: ClassFiles) -> None:
    voting.vote(MIA, QUESTION.id, 1)
    voting.vote(MIA, QUESTION.id, 2)
    voting.vote(BEN, QUESTION.id, 2)
    assert voting.votes(QUESTION) == [[0, 0, 2]]
    assert voting.own_vote(MIA, QUESTION) == 2
    again = replace(QUESTION, round=2)
    voting.change_lesson(Lesson(question=again))
    assert voting.own_vote(MIA, again) is None
    with pytest.raises(LessonError, match="no longer"):
        voting.vote(BEN, QUESTION.id, 1)  # a page that still shows the first round
    voting.vote(MIA, QUESTION.id, 0, round_=2)
    assert voting.votes(again) == [[0, 0, 2], [1, 0, 0]]


def test_vote_is_refused_where_it_does_not_count(voting: ClassFiles) -> None:
    for question_id, option in ((TASK.id, 1), (QUESTION.id, 3), (QUESTION.id, -1)):
        with pytest.raises(LessonError):
            voting.vote(MIA, question_id, option)
    with pytest.raises(LessonError, match="Join"):
        voting.vote("e" * 32, QUESTION.id, 1)
    voting.change_lesson(Lesson(question=replace(QUESTION, open=False)))
    with pytest.raises(LessonError, match="no longer"):
        voting.vote(MIA, QUESTION.id, 1)
    assert voting.votes(QUESTION) == [[0, 0, 0]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60), st.text(max_size=40))
def test_any_text_as_a_name_or_an_id_is_harmless(files: ClassFiles, name: str, id_: str) -> None:
    try:
        files.join(MIA, name)
        assert 1 <= len(files.name(MIA)) <= MAX_LENGTH
        assert files.name(MIA).isprintable()
    except LessonError:
        pass
    for act in (files.see, files.remove, files.name, lambda bad: files.finish(MIA, bad)):
        with pytest.raises(LessonError):
            act(id_)
    assert {path.name for path in files.folder.rglob("*") if path.is_file()} <= {MIA}


def test_second_of_a_name_is_told_apart_on_all_pages(files: ClassFiles) -> None:
    files.join(BEN, "Ben")
    files.join(MIA, "ben")
    assert files.name(MIA) == "ben 2"
    assert files.names() == {BEN: "Ben", MIA: "ben 2"}
    files.join(BEN, "Ben")
    assert files.name(BEN) == "Ben"


def test_pupils_are_present_while_their_page_is_open(voting: ClassFiles) -> None:
    assert voting.present() == {MIA, BEN}
    past = time.time() - PRESENT_SECONDS - 1
    os.utime(voting.folder / "seen" / BEN, (past, past))
    assert voting.present() == {MIA}
    assert list(voting.names().values()) == ["Ben", "Mia"]


def test_drawings_are_one_a_pupil_and_only_of_the_digit_that_is_asked_for(
    voting: ClassFiles,
) -> None:
    first, second = np.zeros((2, 28, 28), np.uint8)
    first[10, 10] = second[20, 20] = 255
    with pytest.raises(LessonError, match="does not draw"):
        voting.send_drawing(MIA, 4, first)
    voting.change_lesson(Lesson(drawn_digit=4))
    voting.send_drawing(MIA, 4, first)
    voting.send_drawing(MIA, 4, second)
    with pytest.raises(LessonError, match="Join"):
        voting.send_drawing("e" * 32, 4, first)
    assert list(voting.drawings(4)) == [MIA]
    np.testing.assert_array_equal(voting.drawings(4)[MIA], second)
    assert voting.drawings(5) == {}
    voting.remove_drawing(MIA, 4)
    assert voting.drawings(4) == {}
    assert voting.notices(MIA) == ["The teacher removed your drawing of a 4 from the board."]


@given(
    arrays(
        st.sampled_from([np.uint8, np.float64, np.int64]),
        array_shapes(min_dims=0, max_dims=3, max_side=30),
    )
)
def test_no_other_array_becomes_a_drawing(image: np.ndarray) -> None:
    with TemporaryDirectory() as folder:
        files = ClassFiles(Path(folder))
        files.join(MIA, "Mia")
        files.change_lesson(Lesson(drawn_digit=4))
        with pytest.raises(LessonError, match="Draw a digit first"):
            files.send_drawing(MIA, 4, image)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=1_000))
def test_no_file_breaks_drawings_or_notices(voting: ClassFiles, data: bytes) -> None:
    for folder in ("drawings-4", "notices"):
        (voting.folder / folder).mkdir(exist_ok=True)
        (voting.folder / folder / MIA).write_bytes(data)
    assert len(voting.drawings(4)) == (len(data) == 784)
    assert all("\n" not in notice for notice in voting.notices(MIA))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(max_size=80), max_size=8))
def test_notices_are_lines_of_which_five_are_kept(files: ClassFiles, sentences: list[str]) -> None:
    files.put_notices_away(MIA)
    for sentence in sentences:
        files.tell(MIA, sentence)
    assert len(files.notices(MIA)) <= 5
    files.join(MIA, "Mia")
    assert files.notices(MIA) == []


def test_best_score_is_kept(voting: ClassFiles) -> None:
    for score in (Score(7, 6, 10), Score(6, 0, 10), Score(7, 8, 10)):
        voting.keep_score(MIA, score)
    voting.keep_score(BEN, Score(8, 9, 10))
    assert list(voting.scores().items()) == [(BEN, Score(8, 9, 10)), (MIA, Score(7, 6, 10))]
    with pytest.raises(LessonError, match="Join"):
        voting.keep_score("e" * 32, Score(1, 1, 1))
    voting.remove(MIA)
    assert list(voting.scores()) == [BEN]


@given(st.one_of(st.binary(), st.lists(st.integers() | st.floats() | st.none(), max_size=4)))
def test_no_file_breaks_the_scores(data: Any) -> None:
    score = parse_score(data if isinstance(data, bytes) else json.dumps(data).encode())
    assert score is None or 0 <= score.rank[0] <= 1


def test_finished_tasks_and_a_removed_pupil(voting: ClassFiles) -> None:
    voting.vote(MIA, QUESTION.id, 1)
    voting.finish(MIA, TASK.id)
    voting.finish(BEN, TASK.id)
    assert voting.finished(TASK.id) == {MIA, BEN}
    voting.remove(MIA)
    assert voting.names() == {BEN: "Ben"}
    assert voting.finished(TASK.id) == {BEN}
    assert voting.votes(QUESTION) == [[0, 0, 0]]
    voting.forget()
    assert voting.names() == {}
    assert voting.lesson() == Lesson()
