"""Which saved runs a visitor may see and change."""

from collections.abc import Callable
from pathlib import Path

from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import NO_RUN, RunError, run_path
from inkling.runs.store import DamagedRun, RunStore

_NOT_YOURS = "This run belongs to someone else: you can look at it but not change it."


class PublishedRuns:
    """Ids of the runs that were published to the class, as empty files named by the id.

    Parameters
    ----------
    folder : Path
        Created when the first run is published.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(self, run_id: str) -> None:
        """Make a run visible to everybody; raises RunError or OSError."""
        path = run_path(self.folder, run_id, suffix="")
        self.folder.mkdir(parents=True, exist_ok=True)
        path.touch()

    def withdraw(self, run_id: str) -> None:
        """Make a run visible to its owner only; raises RunError or OSError."""
        run_path(self.folder, run_id, suffix="").unlink(missing_ok=True)

    def published(self) -> set[str]:
        """Return the ids of all published runs, including deleted ones."""
        try:
            return {path.name for path in self.folder.iterdir()}
        except OSError:
            return set()


class VisibleRuns:
    """Saved runs with the access rights of one visitor.

    Parameters
    ----------
    store : RunStore
    published : PublishedRuns
    visitor_id : str
    class_mode : bool
        Whether access is restricted; if not, every visitor sees and changes all runs.
    is_teacher : callable, optional
        Returns whether the visitor is the teacher, who sees and changes all runs.
    """

    def __init__(
        self,
        store: RunStore,
        published: PublishedRuns,
        visitor_id: str,
        class_mode: bool,
        is_teacher: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._published = store, published
        self._visitor_id, self._class_mode, self._is_teacher = visitor_id, class_mode, is_teacher

    def runs(self) -> list[RunInfo | DamagedRun]:
        """Return the runs that the visitor may see, the newest first."""
        found = self._store.runs()
        if not self._class_mode or self._is_teacher():
            return found
        published = self._published.published()
        return [
            info
            for info in found
            if info.visitor_id == self._visitor_id
            or (isinstance(info, RunInfo) and info.id in published)
        ]

    def may_change(self, info: RunInfo | DamagedRun) -> bool:
        """Whether the visitor may rename, publish or delete a run."""
        return not self._class_mode or self._is_teacher() or info.visitor_id == self._visitor_id

    def open(self, run_id: str) -> Run:
        """Read a run, with its arrays; raises RunError if the visitor sees no such run."""
        self._find_visible(run_id)
        return self._store.open(run_id)

    def read(self, run_id: str) -> bytes:
        """Return the bytes of a run's file; raises RunError as `open`."""
        self._find_visible(run_id)
        return self._store.read(run_id)

    def stamp(self, run_id: str) -> tuple[int, int]:
        """Return modification time and size of a run's file; raises RunError as `open`."""
        self._find_visible(run_id)
        return self._store.stamp(run_id)

    def describe(self, run_id: str, name: str, notes: str) -> None:
        """Set the name and the notes of a run; raises RunError or OSError."""
        self._check_may_change(run_id)
        self._store.describe(run_id, name, notes)

    def upload(self, data: bytes) -> RunInfo:
        """Save an uploaded run as the visitor's own; raises RunError or OSError."""
        return self._store.upload(data, self._visitor_id)

    def delete(self, run_id: str) -> None:
        """Delete a run; `restore` undoes it for a day, or until its room is needed.

        Raises RunError.
        """
        self._check_may_change(run_id)
        self._store.delete(run_id)

    def restore(self, run_id: str) -> None:
        """Restore a deleted run; raises RunError if it is gone or not the visitor's, or OSError."""
        if self._class_mode and not self.may_change(self._store.deleted(run_id)):
            raise RunError(_NOT_YOURS if self.is_published(run_id) else NO_RUN)
        self._store.restore(run_id)

    def is_published(self, run_id: str) -> bool:
        """Whether everybody may see a run."""
        return run_id in self._published.published()

    def publish(self, run_id: str, published: bool) -> None:
        """Make a run visible to everybody, or to its owner only; raises RunError or OSError."""
        self._check_may_change(run_id)
        if published:
            self._published.publish(run_id)
        else:
            self._published.withdraw(run_id)

    def _find_visible(self, run_id: str) -> RunInfo | DamagedRun | None:
        """Return the info of a visible run, None outside class mode; raises RunError."""
        if not self._class_mode:
            return None
        found = next((info for info in self.runs() if info.id == run_id), None)
        if found is None:
            raise RunError(NO_RUN)
        return found

    def _check_may_change(self, run_id: str) -> None:
        found = self._find_visible(run_id)
        if found is not None and not self.may_change(found):
            raise RunError(_NOT_YOURS)
