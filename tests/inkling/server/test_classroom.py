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


class World:
    """A store with a run of Ann's and one of Bob's."""

    def __init__(self, folder: Path, train: Callable[..., Run], tiny: Dataset) -> None:
        self.store, self.gallery = RunStore(folder), PublishedRuns(folder / "published")
        self.anns, self.bobs = (
            train(CONFIG, tiny, steps=2, name=name, visitor_id=visitor_id)
            for name, visitor_id in (("Ann's", ANN), ("Bob's", BOB))
        )
        self.store.save(self.anns)
        self.store.save(self.bobs)

    def visible_runs(self, visitor: str, apart: bool = True, teacher: bool = False) -> VisibleRuns:
        return VisibleRuns(self.store, self.gallery, visitor, apart, lambda: teacher)


@pytest.fixture
def world(tmp_path: Path, trained: Callable[..., Run], tiny: Dataset) -> World:
    return World(tmp_path / "runs", trained, tiny)


def names(visible_runs: VisibleRuns) -> list[str]:
    return sorted(info.name for info in visible_runs.runs() if isinstance(info, RunInfo))


def test_without_class_mode_all_runs_are_visible_and_changeable(world: World) -> None:
    visible_runs = world.visible_runs(ANN, apart=False)
    assert names(visible_runs) == ["Ann's", "Bob's"]
    visible_runs.describe(world.bobs.info.id, "Ours", "")
    visible_runs.delete(world.anns.info.id)
    assert names(visible_runs) == ["Ours"]


def test_in_class_mode_only_own_runs_are_visible(world: World) -> None:
    assert names(world.visible_runs(ANN)) == ["Ann's"]
    assert names(world.visible_runs(BOB)) == ["Bob's"]
    assert names(world.visible_runs("c" * 32)) == []


def test_what_one_cannot_see_cannot_be_reached_by_its_id(world: World) -> None:
    visible_runs, other = world.visible_runs(ANN), world.bobs.info.id
    for door in (
        visible_runs.open,
        visible_runs.read,
        visible_runs.stamp,
        visible_runs.delete,
        lambda run_id: visible_runs.describe(run_id, "mine", ""),
        lambda run_id: visible_runs.publish(run_id, True),
    ):
        with pytest.raises(RunError, match="There is no such run"):
            door(other)
    assert names(world.visible_runs(BOB)) == ["Bob's"]
    assert not world.visible_runs(BOB).is_published(other)


def test_what_is_published_is_seen_and_used_by_all_and_changed_by_its_owner(world: World) -> None:
    run_id = world.bobs.info.id
    world.visible_runs(BOB).publish(run_id, True)
    visible_runs = world.visible_runs(ANN)
    assert names(visible_runs) == ["Ann's", "Bob's"]
    assert visible_runs.open(run_id).info == world.store.open(run_id).info
    for change in (
        visible_runs.delete,
        lambda run_id: visible_runs.describe(run_id, "mine", ""),
        lambda run_id: visible_runs.publish(run_id, False),
    ):
        with pytest.raises(RunError, match="somebody else's"):
            change(run_id)
    world.visible_runs(BOB).publish(run_id, False)
    assert names(visible_runs) == ["Ann's"]


def test_ones_own_can_be_renamed_deleted_and_brought_back(world: World) -> None:
    visible_runs, run_id = world.visible_runs(ANN), world.anns.info.id
    visible_runs.describe(run_id, "Better", "")
    assert names(visible_runs) == ["Better"]
    visible_runs.delete(run_id)
    assert names(visible_runs) == []
    visible_runs.restore(run_id)
    assert names(visible_runs) == ["Better"]


def test_restore_of_another_visitors_run_is_refused(world: World) -> None:
    world.visible_runs(BOB).delete(world.bobs.info.id)
    with pytest.raises(RunError, match="There is no such run"):
        world.visible_runs(ANN).restore(world.bobs.info.id)
    assert names(world.visible_runs(BOB)) == []


def test_an_uploaded_run_is_the_visitors_whatever_the_file_says(world: World) -> None:
    data = world.store.read(world.bobs.info.id)
    info = world.visible_runs(ANN).upload(data)
    assert info.visitor_id == ANN
    assert len(world.visible_runs(ANN).runs()) == 2
    assert names(world.visible_runs(BOB)) == ["Bob's"]


def test_a_damaged_file_is_shown_to_the_teacher_alone(world: World) -> None:
    (world.store.folder / f"{'0' * 32}.safetensors").write_bytes(b"nonsense")
    found = len(world.store.runs())
    assert len(world.visible_runs(ANN, teacher=True).runs()) == found
    assert len(world.visible_runs(ANN).runs()) == 1


def test_the_teacher_sees_and_removes_everything(world: World) -> None:
    visible_runs = world.visible_runs("t" * 32, teacher=True)
    assert names(visible_runs) == ["Ann's", "Bob's"]
    visible_runs.delete(world.bobs.info.id)
    assert names(world.visible_runs(BOB)) == []


@pytest.mark.parametrize("run_id", ["", "..", "../x", "A" * 32, "a" * 31])
def test_only_an_id_can_be_published(world: World, run_id: str) -> None:
    with pytest.raises(RunError):
        world.gallery.publish(run_id)
    assert world.gallery.published() == set()


@pytest.mark.parametrize("value", [None, "", "0", "true", "yes", " 1"])
def test_visitors_are_together_unless_the_variable_is_1(value: str | None) -> None:
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
def test_no_teacher_without_class_mode_or_a_long_secret(environment: dict[str, str]) -> None:
    assert not has_teacher(environment)
    assert not is_secret(environment.get("INKLING_TEACHER_SECRET", ""), environment)


def test_only_the_secret_itself_opens_the_teachers_page() -> None:
    assert is_secret(SECRET, CLASS)
    for wrong in ("", SECRET[:-1], SECRET + " ", SECRET.upper(), "ü" * 20):
        assert not is_secret(wrong, CLASS)
