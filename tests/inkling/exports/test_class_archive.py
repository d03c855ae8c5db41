"""A lesson as a ZIP archive."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from data_loader import Dataset
from inkling.classroom.class_files import ClassFiles
from inkling.classroom.lesson import Lesson, Question, Task
from inkling.classroom.score import Score
from inkling.exports.class_archive import class_archive, table
from inkling.runs.run import Run
from nn import TrainConfig

MIA, BEN = "a" * 32, "b" * 32
QUESTION = Question("c" * 32, "Which?", ("=1+1", "Two"))
TASK = Task("d" * 32, "Train it", "train", {})


@pytest.fixture
def files(tmp_path: Path) -> ClassFiles:
    """A lesson that has ended: two votes, a task, a drawing and a score."""
    files = ClassFiles(tmp_path / "class")
    files.join(MIA, "=Mia")
    files.join(BEN, "Ben")
    files.change_lesson(Lesson(question=QUESTION))
    files.vote(MIA, QUESTION.id, 0)
    files.change_lesson(Lesson(question=replace(QUESTION, round=2)))
    files.vote(BEN, QUESTION.id, 1, round_=2)
    files.change_lesson(Lesson(task=TASK, drawn_digit=4))
    files.finish(BEN, TASK.id)
    image = np.zeros((28, 28), np.uint8)
    image[9, 9] = 255
    files.send_drawing(MIA, 4, image)
    files.keep_score(BEN, Score(7, 6, 10))
    files.change_lesson(Lesson())
    return files


def rows(archive: bytes, name: str) -> list[list[str]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return list(csv.reader(io.StringIO(file.read(name).decode("utf-8-sig"))))[1:]


def test_everything_of_the_lesson_is_in_it(
    files: ClassFiles, trained: Callable[..., Run], tiny: Dataset
) -> None:
    config = TrainConfig(hidden_sizes=(4, 5), epochs=1)
    runs = [trained(config, tiny, 2, visitor_id=id_, name="r").info for id_ in (MIA, "e" * 32)]
    archive = class_archive(files, runs, pseudonyms=False, others={"more.csv": b"x"})
    assert rows(archive, "votes.csv") == [
        ["Which?", "1", "'=1+1", "1"],
        ["Which?", "1", "Two", "0"],
        ["Which?", "2", "'=1+1", "0"],
        ["Which?", "2", "Two", "1"],
    ]
    assert rows(archive, "tasks.csv") == [
        ["Train it", "train", "'=Mia", "no"],
        ["Train it", "train", "Ben", "yes"],
    ]
    assert rows(archive, "scores.csv") == [["Ben", "7", "6", "10"]]
    assert rows(archive, "drawings.csv") == [["drawings/4-1.png", "4", "'=Mia"]]
    [run] = rows(archive, "runs.csv")
    assert run[:2] == ["'=Mia", "r"]
    assert "4 5" in run
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        picture = np.asarray(Image.open(file.open("drawings/4-1.png")))
        assert "more.csv" in file.namelist()
    assert (picture.shape, picture[9, 9], picture.min(), picture.max()) == ((28, 28), 0, 0, 255)


def test_names_are_replaced(files: ClassFiles, trained: Callable[..., Run], tiny: Dataset) -> None:
    run = trained(TrainConfig(epochs=1), tiny, 2, visitor_id=MIA, name="Mia's").info
    archive = class_archive(files, [run], pseudonyms=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        text = b"".join(file.read(name) for name in file.namelist())
    assert b"Pupil 1" in text
    assert all(name not in text for name in (b"Mia", b"Ben", MIA.encode()))


@given(st.lists(st.lists(st.text() | st.integers(0), min_size=1, max_size=3), max_size=3))
def test_no_text_is_a_formula(cells: list[list[object]]) -> None:
    text = table(cells).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
