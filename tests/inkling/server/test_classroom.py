"""Class mode: visible and changeable runs, published runs, and the teacher."""

from collections.abc import Callable
from pathlib import Path

import pytest

from data_loader import Dataset
from inkling.runs.run import Run, RunInfo
from inkling.runs.run_file import RunError
from inkling.runs.store import RunStore
from inkling.runs.visible_runs import PublishedRuns, VisibleRuns
from inkling.server.classroom import class_mode, has_teacher, is_secret
from nn import TrainConfig

ANN, BOB = "a" * 32, "b" * 32
SECRET = "a long enough secret"
CLASS = {"INKLING_CLASS": "1", "INKLING_TEACHER_SECRET": SECRET}
CONFIG = TrainConfig(hidden_sizes=(4,), epochs=1, validation_size=100)


class ClassroomFixture:
    """A store with a run of Ann's and one of Bob's."""

    def __init__(self, folder: Path, train: Callable[..., Run], tiny: Dataset) -> None:
        self.store, self.published = RunStore(folder), PublishedRuns(folder / "published")
        self.ann_run, self.bob_run = (
            train(CONFIG, tiny, steps=2, name=name, visitor_id=visitor_id)
            for name, visitor_id in (("Ann's", ANN), ("Bob's", BOB))
        )
        self.store.save(self.ann_run)
        self.store.save(self.bob_run)

    def visible_runs(self, visitor: str, apart: bool = True, teacher: bool = False) -> VisibleRuns:
        return VisibleRuns(self.store, self.published, visitor, apart, lambda: teacher)


@pytest.fixture
def classroom(tmp_path: Path, trained: Callable[..., Run], tiny: Dataset) -> ClassroomFixture:
    return ClassroomFixture(tmp_path / "runs", trained, tiny)


def names(visible_runs: VisibleRuns) -> list[str]:
    return sorted(info.name for info in visible_runs.runs() if isinstance(info, RunInfo))


def test_without_class_mode_all_runs_are_visible_and_changeable(
    classroom: ClassroomFixture,
) -> None:
    visible_runs = classroom.visible_runs(ANN, apart=False)
    assert names(visible_runs) == ["Ann's", "Bob's"]
    visible_runs.describe(classroom.bob_run.info.id, "Ours", "")
    visible_runs.delete(classroom.ann_run.info.id)
    assert names(visible_runs) == ["Ours"]


def test_in_class_mode_only_own_runs_are_visible(classroom: ClassroomFixture) -> None:
    assert names(classroom.visible_runs(ANN)) == ["Ann's"]
    assert names(classroom.visible_runs(BOB)) == ["Bob's"]
    assert names(classroom.visible_runs("c" * 32)) == []


def test_invisible_run_is_not_accessible_by_id(classroom: ClassroomFixture) -> None:
    visible_runs, other = classroom.visible_runs(ANN), classroom.bob_run.info.id
    for door in (
        visible_runs.open,
        visible_runs.read,
        visible_runs.stamp,
        visible_runs.delete,
        lambda run_id: visible_runs.describe(run_id, "mine", ""),
        lambda run_id: visible_runs.publish(run_id, True),
    ):
        with pytest.raises(RunError, match="This run does not exist"):
            door(other)
    assert names(classroom.visible_runs(BOB)) == ["Bob's"]
    assert not classroom.visible_runs(BOB).is_published(other)


def test_published_run_is_visible_to_all_and_changeable_by_owner(
    classroom: ClassroomFixture,
) -> None:
    run_id = classroom.bob_run.info.id
    classroom.visible_runs(BOB).publish(run_id, True)
    visible_runs = classroom.visible_runs(ANN)
    assert names(visible_runs) == ["Ann's", "Bob's"]
    assert visible_runs.open(run_id).info == classroom.store.open(run_id).info
    for change in (
        visible_runs.delete,
        lambda run_id: visible_runs.describe(run_id, "mine", ""),
        lambda run_id: visible_runs.publish(run_id, False),
    ):
        with pytest.raises(RunError, match="someone else"):
            change(run_id)
    classroom.visible_runs(BOB).publish(run_id, False)
    assert names(visible_runs) == ["Ann's"]


def test_own_run_can_be_renamed_deleted_and_restored(classroom: ClassroomFixture) -> None:
    visible_runs, run_id = classroom.visible_runs(ANN), classroom.ann_run.info.id
    visible_runs.describe(run_id, "Better", "")
    assert names(visible_runs) == ["Better"]
    visible_runs.delete(run_id)
    assert names(visible_runs) == []
    visible_runs.restore(run_id)
    assert names(visible_runs) == ["Better"]


def test_restore_of_another_visitors_run_is_refused(classroom: ClassroomFixture) -> None:
    classroom.visible_runs(BOB).delete(classroom.bob_run.info.id)
    with pytest.raises(RunError, match="This run does not exist"):
        classroom.visible_runs(ANN).restore(classroom.bob_run.info.id)
    assert names(classroom.visible_runs(BOB)) == []


def test_refused_restore_changes_no_file(
    classroom: ClassroomFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = classroom.bob_run.info.id
    classroom.visible_runs(BOB).publish(other, True)
    classroom.visible_runs(BOB).delete(other)
    before = {path: path.stat().st_mtime_ns for path in classroom.store.folder.iterdir()}
    monkeypatch.setattr(classroom.store, "restore", lambda run_id: pytest.fail("it was restored"))
    with pytest.raises(RunError, match="someone else"):
        classroom.visible_runs(ANN).restore(other)
    after = {path: path.stat().st_mtime_ns for path in classroom.store.folder.iterdir()}
    assert after == before


def test_damaged_run_is_visible_to_its_owner_who_can_delete_and_restore_it(
    classroom: ClassroomFixture,
) -> None:
    run_id = classroom.bob_run.info.id
    classroom.visible_runs(BOB).publish(run_id, True)
    path = classroom.store.folder / f"{run_id}.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    assert names(classroom.visible_runs(ANN)) == ["Ann's"]
    assert run_id not in {info.id for info in classroom.visible_runs(ANN).runs()}
    with pytest.raises(RunError, match="This run does not exist"):
        classroom.visible_runs(ANN).delete(run_id)
    bob = classroom.visible_runs(BOB)
    assert [info.id for info in bob.runs()] == [run_id]
    bob.delete(run_id)
    assert bob.runs() == []
    bob.restore(run_id)
    assert [info.id for info in bob.runs()] == [run_id]


def test_teacher_can_restore_a_damaged_file(classroom: ClassroomFixture) -> None:
    path = classroom.store.folder / f"{'0' * 32}.safetensors"
    path.write_bytes(b"nonsense")
    teacher = classroom.visible_runs("t" * 32, teacher=True)
    teacher.delete(path.stem)
    with pytest.raises(RunError, match="This run does not exist"):
        classroom.visible_runs(ANN).restore(path.stem)
    assert not path.exists()
    teacher.restore(path.stem)
    assert path.read_bytes() == b"nonsense"


def test_uploaded_run_belongs_to_the_uploader(classroom: ClassroomFixture) -> None:
    data = classroom.store.read(classroom.bob_run.info.id)
    info = classroom.visible_runs(ANN).upload(data)
    assert info.visitor_id == ANN
    assert len(classroom.visible_runs(ANN).runs()) == 2
    assert names(classroom.visible_runs(BOB)) == ["Bob's"]


def test_a_damaged_file_is_shown_to_the_teacher_alone(classroom: ClassroomFixture) -> None:
    (classroom.store.folder / f"{'0' * 32}.safetensors").write_bytes(b"nonsense")
    found = len(classroom.store.runs())
    assert len(classroom.visible_runs(ANN, teacher=True).runs()) == found
    assert len(classroom.visible_runs(ANN).runs()) == 1


def test_teacher_can_see_and_delete_all_runs(classroom: ClassroomFixture) -> None:
    visible_runs = classroom.visible_runs("t" * 32, teacher=True)
    assert names(visible_runs) == ["Ann's", "Bob's"]
    visible_runs.delete(classroom.bob_run.info.id)
    assert names(classroom.visible_runs(BOB)) == []


@pytest.mark.parametrize("run_id", ["", "..", "../x", "A" * 32, "a" * 31])
def test_only_an_id_can_be_published(classroom: ClassroomFixture, run_id: str) -> None:
    with pytest.raises(RunError):
        classroom.published.publish(run_id)
    assert classroom.published.published() == set()


@pytest.mark.parametrize("value", [None, "", "0", "true", "yes", " 1"])
def test_class_mode_requires_variable_to_be_1(value: str | None) -> None:
    assert not class_mode({} if value is None else {"INKLING_CLASS": value})
    assert class_mode({"INKLING_CLASS": "1"})


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"INKLING_CLASS": "1"},
        {"INKLING_CLASS": "1", "INKLING_TEACHER_SECRET": ""},
        {"INKLING_CLASS": "1", "INKLING_TEACHER_SECRET": "short"},
        {"INKLING_TEACHER_SECRET": SECRET},
    ],
)
def test_teacher_requires_class_mode_and_long_secret(environment: dict[str, str]) -> None:
    assert not has_teacher(environment)
    assert not is_secret(environment.get("INKLING_TEACHER_SECRET", ""), environment)


def test_teacher_secret_must_match_exactly() -> None:
    assert is_secret(SECRET, CLASS)
    for wrong in ("", SECRET[:-1], SECRET + " ", SECRET.upper(), "ü" * 20):
        assert not is_secret(wrong, CLASS)
