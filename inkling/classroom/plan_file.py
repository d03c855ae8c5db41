"""The plan that a class follows, and how far it is, as a file beside the lesson's."""

import json
from dataclasses import dataclass
from pathlib import Path

from inkling.classroom.lesson_plan import MAX_BYTES, LessonPlan, PlanError, parse_plan
from inkling.runs.run import is_id, new_id
from nn.storage import write_atomically


@dataclass(frozen=True)
class OpenPlan:
    """Plan that a class follows.

    Attributes
    ----------
    id : str
        32 hexadecimal digits, new each time a plan is opened: of its questions and tasks.
    plan : LessonPlan
    number : int
        Of the step that the class has, from 1; 0 before the first.
    """

    id: str
    plan: LessonPlan
    number: int = 0


class PlanFile:
    """File of the plan that a class follows.

    Parameters
    ----------
    folder : Path
        Of the class.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "plan.json"

    def read(self) -> OpenPlan | None:
        """Return the plan; None if there is none, or the file is damaged."""
        try:
            with self._path.open("rb") as file:
                values = json.loads(file.read(8 * MAX_BYTES))
            plan, number = parse_plan(values["source"]), values["number"]
            if not is_id(values["id"]) or number not in range(len(plan.steps) + 1):
                return None
            return OpenPlan(values["id"], plan, int(number))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, PlanError):
            return None

    def open(self, plan: LessonPlan) -> None:
        """Begin a plan; raises OSError if it cannot be written."""
        self._write(OpenPlan(new_id(), plan))

    def go_to(self, number: int) -> OpenPlan | None:
        """Go to a step, if the plan has it, and return the plan; raises OSError likewise."""
        open_plan = self.read()
        if open_plan is not None and 0 <= number <= len(open_plan.plan.steps):
            open_plan = OpenPlan(open_plan.id, open_plan.plan, number)
            self._write(open_plan)
        return open_plan

    def close(self) -> None:
        """Remove the plan; raises OSError if it cannot be removed."""
        self._path.unlink(missing_ok=True)

    def _write(self, open_plan: OpenPlan) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        values = {
            "id": open_plan.id,
            "number": open_plan.number,
            "source": open_plan.plan.source,
        }
        write_atomically(self._path, json.dumps(values).encode())
