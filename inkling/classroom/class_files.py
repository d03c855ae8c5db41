"""A class's files: the lesson, and of each pupil a name, votes, finished tasks and drawings.

What a pupil does is one file named by their id, so that nobody counts twice, nothing is lost when
the server is killed, and several servers that share the folder see the same class.
"""

import json
import shutil
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from inkling.classroom.lesson import Lesson, LessonError, Question, Task, parse_lesson
from inkling.classroom.names import clean_name, free_name
from inkling.classroom.score import Score, parse_score
from inkling.data.image_ref import with_article
from inkling.runs.run import is_id
from inkling.runs.stale_files import remove_stale_files
from nn.storage import ABANDONED, PART, write_atomically

PRESENT_SECONDS = 60.0  # after a pupil was seen last
MAX_PUPILS = 500
_MAX_BYTES = 64 * 2**10  # of a file
_MAX_NOTICES = 5  # of a visitor
_DRAWING_SHAPE = (28, 28)


class ClassFiles:
    """The files of a class.

    Parameters
    ----------
    folder : Path
        Created when the first file is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._lesson = Lesson()
        self._stamp = (0, 0)  # time and size of the file that was read last

    def lesson(self) -> Lesson:
        """Return what the class has before it; read again only if it has changed."""
        path = self.folder / "lesson.json"
        with self._lock:
            try:
                status = path.stat()
                stamp = (status.st_mtime_ns, status.st_ino)
                if stamp != self._stamp:
                    self._lesson, self._stamp = parse_lesson(path.read_bytes()), stamp
            except OSError:
                self._lesson, self._stamp = Lesson(), (0, 0)
            return self._lesson

    def change_lesson(self, lesson: Lesson) -> None:
        """Give the class something else; raises OSError if it cannot be written.

        Each question and each task is kept until the class is forgotten.
        """
        self._write("lesson.json", lesson.as_json())
        for kept in (lesson.question, lesson.task):
            if kept is not None:
                self._write(f"asked/{kept.id}", Lesson.of(kept).as_json())

    def asked(self) -> list[Question | Task]:
        """Return all questions and tasks that the class has had, the oldest first."""
        ids = sorted(self._ids("asked"), key=lambda id_: self._changed(f"asked/{id_}"))
        lessons = [parse_lesson(self._read(f"asked/{id_}")) for id_ in ids]
        return [kept for each in lessons for kept in (each.question, each.task) if kept is not None]

    def name(self, visitor_id: str) -> str:
        """Return a pupil's name; empty for one who has not joined."""
        return clean_name(self._read(f"names/{_checked(visitor_id)}").decode(errors="replace"))

    def join(self, visitor_id: str, name: str) -> None:
        """Give a pupil a name, or another one; with a number if another pupil has it.

        Raises
        ------
        LessonError
            If the name is empty, or the class is full.
        OSError
            If it cannot be written.
        """
        name = clean_name(name)
        if not name:
            raise LessonError("Type a name.")
        if not self.name(visitor_id) and self.size() >= MAX_PUPILS:
            raise LessonError(f"The class has {MAX_PUPILS} pupils already.")
        others = {pupil: taken for pupil, taken in self.names().items() if pupil != visitor_id}
        self._write(f"names/{visitor_id}", free_name(name, others.values()).encode())
        self.put_notices_away(visitor_id)
        self.see(visitor_id)

    def remove(self, visitor_id: str) -> None:
        """Remove a pupil's name and all they did in the class, and tell them."""
        _checked(visitor_id)
        for path in self.folder.rglob(visitor_id):
            path.unlink(missing_ok=True)
        self.tell(visitor_id, "The teacher removed your name. Choose another one to take part.")

    def names(self) -> dict[str, str]:
        """Return the names of all who joined, by visitor id, in the order of the names."""
        names = {visitor_id: self.name(visitor_id) for visitor_id in self._ids("names")}
        return dict(sorted(names.items(), key=lambda item: (item[1].casefold(), item[0])))

    def size(self) -> int:
        """Return the number of those who joined."""
        return len(self._ids("names"))

    def see(self, visitor_id: str) -> None:
        """Note that a pupil's page is open."""
        self._touch(f"seen/{_checked(visitor_id)}")

    def present(self) -> set[str]:
        """Return the ids of the visitors whose page has been open in the last minute."""
        earliest = time.time() - PRESENT_SECONDS
        return {
            visitor_id
            for visitor_id in self._ids("seen")
            if self._changed(f"seen/{visitor_id}") > earliest
        }

    def vote(self, visitor_id: str, question_id: str, option: int, round_: int = 1) -> None:
        """Take a pupil's vote; a later one replaces it, as long as votes are taken.

        Parameters
        ----------
        visitor_id, question_id : str
        option : int
        round_ : int
            In which the pupil saw the question: a page that is late must not vote in the next one.

        Raises
        ------
        LessonError
            If the class has another question or round now, votes are no longer taken, there is no
            such answer, or the visitor has not joined.
        OSError
            If it cannot be written.
        """
        question = self.lesson().question
        asked = question and (question.id, question.round)
        if question is None or asked != (question_id, round_) or not question.open:
            raise LessonError("Votes on this question are no longer taken.")
        if not 0 <= option < len(question.options):
            raise LessonError("There is no such answer.")
        if not self.name(visitor_id):
            raise LessonError("Join the class first.")
        self._write(f"votes/{_ballot(question)}/{visitor_id}", str(option).encode())

    def own_vote(self, visitor_id: str, question: Question) -> int | None:
        """Return the answer for which a pupil voted in this round; None before."""
        text = self._read(f"votes/{_ballot(question)}/{_checked(visitor_id)}")
        return int(text) if text.isdigit() and int(text) < len(question.options) else None

    def voters(self, question: Question) -> set[str]:
        """Return the ids of those who voted in any round of a question so far."""
        rounds = range(1, question.round + 1)
        return {
            visitor_id
            for number in rounds
            for visitor_id in self._ids(f"votes/{_ballot(replace(question, round=number))}")
        }

    def votes(self, question: Question) -> list[list[int]]:
        """Return the number of votes for each answer, of each round so far."""
        rounds = [replace(question, round=number) for number in range(1, question.round + 1)]
        return [self._count(each) for each in rounds]

    def finish(self, visitor_id: str, task_id: str) -> None:
        """Note that a pupil has finished a task; errors of the disk are ignored."""
        self._touch(f"done/{_checked(task_id)}/{_checked(visitor_id)}")

    def finished(self, task_id: str) -> set[str]:
        """Return the ids of the pupils who have finished a task."""
        return set(self._ids(f"done/{_checked(task_id)}"))

    def send_drawing(self, visitor_id: str, digit: int, image: np.ndarray) -> None:
        """Put a pupil's drawing on the board, in place of their former one of this digit.

        Parameters
        ----------
        visitor_id : str
        digit : int
            What it was meant to be.
        image : ndarray, (28, 28) uint8
            0 paper, 255 ink.

        Raises
        ------
        LessonError
            If the class draws no such digit now, the image is empty or no such array, or the
            visitor has not joined.
        OSError
            If it cannot be written.
        """
        if digit != self.lesson().drawn_digit:
            raise LessonError("The class does not draw this digit now.")
        if image.shape != _DRAWING_SHAPE or image.dtype != np.uint8 or not image.any():
            raise LessonError("Draw a digit first.")
        if not self.name(visitor_id):
            raise LessonError("Join the class first.")
        self._write(f"drawings-{digit}/{visitor_id}", image.tobytes())

    def drawings(self, digit: int) -> dict[str, np.ndarray]:
        """Return the drawings of a digit, each (28, 28) uint8, by the id of who drew it."""
        ids = sorted(self._ids(f"drawings-{digit}"))
        drawings = {visitor_id: self.drawing(visitor_id, digit) for visitor_id in ids}
        return {id_: drawing for id_, drawing in drawings.items() if drawing is not None}

    def drawing(self, visitor_id: str, digit: int) -> np.ndarray | None:
        """Return a pupil's drawing of a digit, (28, 28) uint8; None if there is none."""
        data = self._read(f"drawings-{digit}/{_checked(visitor_id)}")
        if len(data) != _DRAWING_SHAPE[0] * _DRAWING_SHAPE[1]:
            return None
        return np.frombuffer(data, np.uint8).reshape(_DRAWING_SHAPE)

    def keep_score(self, visitor_id: str, score: Score) -> None:
        """Keep a pupil's round of Beat the network if it is their best.

        Raises
        ------
        LessonError
            If the visitor has not joined.
        OSError
            If it cannot be written.
        """
        if not self.name(visitor_id):
            raise LessonError("Join the class first.")
        best = self.score(visitor_id)
        if best is None or score.rank > best.rank:
            self._write(f"scores/{visitor_id}", json.dumps(score).encode())

    def score(self, visitor_id: str) -> Score | None:
        """Return a pupil's best round; None before the first."""
        return parse_score(self._read(f"scores/{_checked(visitor_id)}"))

    def scores(self) -> dict[str, Score]:
        """Return the best rounds of all by visitor id, the best first."""
        scores = {visitor_id: self.score(visitor_id) for visitor_id in self._ids("scores")}
        found = {visitor_id: score for visitor_id, score in scores.items() if score is not None}
        return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0]), reverse=True))

    def remove_drawing(self, visitor_id: str, digit: int) -> None:
        """Remove a pupil's drawing of a digit, and tell them."""
        (self.folder / f"drawings-{digit}" / _checked(visitor_id)).unlink(missing_ok=True)
        self.tell(
            visitor_id, f"The teacher removed your drawing of {with_article(digit)} from the board."
        )

    def tell(self, visitor_id: str, sentence: str) -> None:
        """Leave a visitor a notice; the last five are kept, and errors of the disk ignored."""
        line = " ".join(sentence.splitlines())
        notices = [*self.notices(visitor_id), line][-_MAX_NOTICES:]
        with suppress(OSError):
            self._write(f"notices/{visitor_id}", "\n".join(notices).encode(errors="replace"))

    def notices(self, visitor_id: str) -> list[str]:
        """Return the notices that a visitor has not put away, the newest last."""
        text = self._read(f"notices/{_checked(visitor_id)}").decode(errors="replace")
        return text.splitlines()

    def put_notices_away(self, visitor_id: str) -> None:
        """Remove a visitor's notices; errors of the disk are ignored."""
        with suppress(OSError):
            (self.folder / "notices" / _checked(visitor_id)).unlink(missing_ok=True)

    def forget(self) -> None:
        """Remove everything; raises OSError if a part cannot be removed."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _count(self, question: Question) -> list[int]:
        """Return the number of votes for each answer in the question's round."""
        ballot = f"votes/{_ballot(question)}"
        given = Counter(self._read(f"{ballot}/{visitor_id}") for visitor_id in self._ids(ballot))
        return [given[str(option).encode()] for option in range(len(question.options))]

    def _ids(self, folder: str) -> list[str]:
        """Return the visitor ids that are names of files in a folder."""
        try:
            return [path.name for path in (self.folder / folder).iterdir() if is_id(path.name)]
        except OSError:
            return []

    def _changed(self, name: str) -> float:
        try:
            return (self.folder / name).stat().st_mtime
        except OSError:
            return 0.0

    def _read(self, name: str) -> bytes:
        """Return a file's bytes; none if it is missing or too large."""
        try:
            with (self.folder / name).open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except OSError:
            return b""
        return data if len(data) <= _MAX_BYTES else b""

    def _write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_stale_files(path.parent.glob(f"*{PART}"), {PART: ABANDONED})
        write_atomically(path, data)

    def _touch(self, name: str) -> None:
        path = self.folder / name
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def _ballot(question: Question) -> str:
    """Return the name of the folder of a round's votes."""
    return f"{question.id}-{question.round}"


def _checked(id_: str) -> str:
    """Return an id that is part of a path; raises LessonError if it is none."""
    if not is_id(id_):
        raise LessonError("This is not an id.")
    return id_
