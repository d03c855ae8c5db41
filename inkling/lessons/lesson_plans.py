"""Plans of lessons that come with Inkling: the Markdown files in `content/lessons/`."""

from functools import cache

from inkling.classroom.lesson_plan import LessonPlan, decode_plan
from inkling.lessons.content import FOLDER


@cache
def lesson_plans() -> dict[str, LessonPlan]:
    """Return the plans by the names of their files, the shortest lesson first."""
    plans = {path.stem: decode_plan(path.read_bytes()) for path in FOLDER.glob("lessons/*.md")}
    return dict(sorted(plans.items(), key=lambda item: item[1].minutes))
