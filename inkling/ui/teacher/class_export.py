"""Export of the lesson: the class's archive, with the questions before and after the chapters."""

from inkling.exports.class_archive import class_archive, table
from inkling.lessons.story import before_after
from inkling.runs.run import RunInfo
from inkling.ui import services, visitor
from inkling.ui.learn import progress


def archive(*, pseudonyms: bool) -> bytes:
    """Return the archive; empty for another visitor who connected to the teacher's session."""
    if not visitor.is_teacher():
        return b""
    return class_archive(
        services.class_files(),
        [info for info in services.visible_runs().runs() if isinstance(info, RunInfo)],
        pseudonyms=pseudonyms,
        others={"before-and-after.csv": _before_and_after()},
    )


def _before_and_after() -> bytes:
    """Return how many pupils answered, and how many correctly, before and after the chapters."""
    known = [progress.of_visitor(id_) for id_ in services.class_files().names()]
    rows: list[tuple[object, ...]] = [
        ("question", "answers before", "correct before", "answers after", "correct after")
    ]
    for key, item in before_after.items().items():
        given = [
            [answers[key] for answers in asked if key in answers]
            for asked in ([each.before for each in known], [each.after for each in known])
        ]
        counts = [(len(answers), answers.count(item.correct)) for answers in given]
        rows.append((item.text, *counts[0], *counts[1]))
    return table(rows)
