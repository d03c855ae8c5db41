"""A lesson as one ZIP archive: questions with votes, tasks, scores, drawings and runs."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from PIL import Image

from inkling.classroom.class_files import ClassFiles
from inkling.classroom.lesson import Question, Task
from inkling.classroom.names import distinct
from inkling.runs.run import RunInfo
from nn import TrainConfig

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which spreadsheets begin a formula
_SETTINGS = [field.name for field in fields(TrainConfig)]


def class_archive(
    files: ClassFiles,
    runs: Iterable[RunInfo],
    *,
    pseudonyms: bool,
    others: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return a lesson as a ZIP archive.

    Votes are in it as numbers, since pupils were told that nobody sees whose they are.

    Parameters
    ----------
    files : ClassFiles
    runs : iterable of RunInfo
        Those of visitors who have not joined are left out.
    pseudonyms : bool
        Whether pupils are called "Pupil 1", "Pupil 2" in place of their names; their runs then have
        no name.
    others : mapping of str to bytes, optional
        Further files by name.
    """
    names = distinct(files.names())
    if pseudonyms:
        names = {id_: f"Pupil {number}" for number, id_ in enumerate(sorted(names), 1)}
    tables = {
        "votes.csv": _votes(files),
        "tasks.csv": _tasks(files, names),
        "scores.csv": _scores(files, names),
        "runs.csv": _runs(runs, names, with_run_names=not pseudonyms),
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, rows in tables.items():
            file.writestr(name, table(rows))
        for name, picture in _drawings(files, names):
            file.writestr(name, picture)
        for name, data in (others or {}).items():
            file.writestr(name, data)
    return archive.getvalue()


def table(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as CSV; a text that a spreadsheet would compute gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([f"'{v}" if str(v).startswith(_FORMULA) else v for v in row])
    return text.getvalue().encode("utf-8-sig", errors="replace")  # spreadsheets need the mark


def _votes(files: ClassFiles) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [("question", "vote", "answer", "votes")]
    for question in files.asked():
        if isinstance(question, Question):
            for round_, counts in enumerate(files.votes(question), 1):
                rows += [
                    (question.text, round_, option, count)
                    for option, count in zip(question.options, counts, strict=True)
                ]
    return rows


def _tasks(files: ClassFiles, names: Mapping[str, str]) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [("task", "page", "pupil", "finished")]
    for task in files.asked():
        if isinstance(task, Task):
            done = files.finished(task.id)
            rows += [
                (task.text, task.page, name, "yes" if id_ in done else "no")
                for id_, name in names.items()
            ]
    return rows


def _scores(files: ClassFiles, names: Mapping[str, str]) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [("pupil", "correct", "correct of the network", "digits")]
    return rows + [(names[id_], *score) for id_, score in files.scores().items() if id_ in names]


def _runs(
    runs: Iterable[RunInfo], names: Mapping[str, str], *, with_run_names: bool
) -> list[Sequence[Any]]:
    accuracies = ("validation_accuracy", "test_accuracy")
    rows: list[Sequence[Any]] = [("pupil", "run", *accuracies, "seconds", "status", *_SETTINGS)]
    return rows + [
        (
            names[run.visitor_id],
            run.name if with_run_names else "",
            *("" if (value := getattr(run, name)) is None else value for name in accuracies),
            f"{run.seconds:.1f}",
            run.status,
            *(_value(getattr(run.config, name)) for name in _SETTINGS),
        )
        for run in runs
        if run.visitor_id in names
    ]


def _value(value: Any) -> Any:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, tuple) else value


def _drawings(files: ClassFiles, names: Mapping[str, str]) -> Iterable[tuple[str, bytes]]:
    """Yield each drawing as a PNG, black on white, and last a table of who drew it."""
    rows: list[Sequence[Any]] = [("file", "digit", "pupil")]
    for digit in range(10):
        for number, (id_, image) in enumerate(files.drawings(digit).items(), 1):
            if id_ in names:
                name = f"drawings/{digit}-{number}.png"
                rows.append((name, digit, names[id_]))
                file = io.BytesIO()
                Image.fromarray(255 - image).save(file, "PNG")
                yield name, file.getvalue()
    yield "drawings.csv", table(rows)
