"""Which saved runs a visitor may see and change."""

from collections.abc import Callable
from pathlib import Path

from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import NO_RUN, RunError, run_path
from inkling.runs.store import DamagedRun, RunStore

_NOT_YOURS = "This run is somebody else's: you can look at it, and not change it."


class PublishedRuns:
    """The runs that were published to the class: an empty file each, named after the run.

    Parameters
    ----------
    folder : Path
        Made when the first run is published.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(self, run_id: str) -> None:
        """Let everybody see a run; raises RunError or OSError."""
        path = run_path(self.folder, run_id, suffix="")
        self.folder.mkdir(parents=True, exist_ok=True)
        path.touch()

    def withdraw(self, run_id: str) -> None:
        """Let only its owner see a run; raises RunError or OSError."""
        run_path(self.folder, run_id, suffix="").unlink(missing_ok=True)

    def published(self) -> set[str]:
        """Return the ids of all published runs, those among them that have been deleted since."""
        try:
            return {path.name for path in self.folder.iterdir()}
        except OSError:
            return set()


class VisibleRuns:
    """The kept runs as one visitor may see and change them.

    Parameters
    ----------
    store : RunStore
    gallery : PublishedRuns
    visitor : str
        The id of whoever asks.
    apart : bool
        Whether visitors are kept apart; if not, everybody sees and changes everything.
    teacher : callable, optional
        Whether the visitor is the teacher, who sees and removes everything.
    """

    def __init__(
        self,
        store: RunStore,
        gallery: PublishedRuns,
        visitor: str,
        apart: bool,
        teacher: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store, self._gallery = store, gallery
        self._visitor, self._apart, self._teacher = visitor, apart, teacher

    def runs(self) -> list[RunInfo | DamagedRun]:
        """Return the runs that the visitor may see, the newest first."""
        found = self._store.runs()
        if not self._apart or self._teacher():
            return found
        published = self._gallery.published()
        return [
            info
            for info in found
            if isinstance(info, RunInfo)
            and (info.visitor_id == self._visitor or info.id in published)
        ]

    def may_change(self, info: RunInfo | DamagedRun) -> bool:
        """Whether the visitor may rename, publish or delete a run."""
        if not self._apart or self._teacher():
            return True
        return isinstance(info, RunInfo) and info.visitor_id == self._visitor

    def open(self, run_id: str) -> Run:
        """Read a run, whole; raises RunError if there is none for this visitor."""
        self._seen(run_id)
        return self._store.open(run_id)

    def read(self, run_id: str) -> bytes:
        """Return a run's file as it is; raises RunError as `open`."""
        self._seen(run_id)
        return self._store.read(run_id)

    def stamp(self, run_id: str) -> tuple[int, int]:
        """Return what changes when a run's file does; raises RunError as `open`."""
        self._seen(run_id)
        return self._store.stamp(run_id)

    def describe(self, run_id: str, name: str, notes: str) -> None:
        """Give a run another name and other notes; raises RunError or OSError."""
        self._own(run_id)
        self._store.describe(run_id, name, notes)

    def upload(self, data: bytes) -> RunInfo:
        """Keep a run from a file as the visitor's own; raises RunError or OSError."""
        return self._store.upload(data, self._visitor)

    def delete(self, run_id: str) -> None:
        """Take a run out of the list; `restore` brings it back for a day. Raises RunError."""
        self._own(run_id)
        self._store.delete(run_id)

    def restore(self, run_id: str) -> None:
        """Bring a deleted run back; raises RunError if it is gone, or was somebody else's."""
        self._store.restore(run_id)
        try:
            self._own(run_id)
        except RunError:
            self._store.delete(run_id)
            raise

    def is_published(self, run_id: str) -> bool:
        """Whether everybody may see a run."""
        return run_id in self._gallery.published()

    def publish(self, run_id: str, published: bool) -> None:
        """Let everybody see a run, or only its owner; raises RunError or OSError."""
        self._own(run_id)
        if published:
            self._gallery.publish(run_id)
        else:
            self._gallery.withdraw(run_id)

    def _seen(self, run_id: str) -> RunInfo | DamagedRun | None:
        """Return what there is to say of a run, None where nothing has to be asked."""
        if not self._apart:
            return None
        found = next((info for info in self.runs() if info.id == run_id), None)
        if found is None:
            raise RunError(NO_RUN)
        return found

    def _own(self, run_id: str) -> None:
        found = self._seen(run_id)
        if found is not None and not self.may_change(found):
            raise RunError(_NOT_YOURS)
