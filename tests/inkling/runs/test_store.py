"""The folder of runs: save, list, rename, delete and restore."""

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy

from data_loader import Dataset
from inkling.runs import store as store_module
from inkling.runs.file_lock import acquire_lock
from inkling.runs.run import Run, RunInfo, new_id
from inkling.runs.run_file import RunError, run_bytes, run_from_bytes
from inkling.runs.store import DamagedRun, RunStore, runs_folder
from nn import TrainConfig, load_pretrained
from nn.storage import model_bytes, read_header


@pytest.fixture(scope="module")
def run(tiny: Dataset, trained: Callable[..., Run]) -> Run:
    return trained(TrainConfig(hidden_sizes=(8,), epochs=1, validation_size=100), tiny)


def another(run: Run, **changes: Any) -> Run:
    changes = {"id": new_id()} | changes
    return replace(run, info=replace(run.info, **changes))


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "not" / "there" / "yet")


def test_folder_is_runs_dir_or_user_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNS_DIR", str(tmp_path))
    assert runs_folder() == tmp_path
    monkeypatch.delenv("RUNS_DIR")
    assert runs_folder().parts[-2:] == ("inkling", "runs")


def test_an_empty_or_missing_folder_holds_no_runs(store: RunStore) -> None:
    assert store.runs() == []


def test_saved_runs_are_listed_newest_first_and_opened(store: RunStore, run: Run) -> None:
    old, new = another(run, created=1.0), another(run, created=2.0)
    store.save(new)
    store.save(old)
    assert store.runs() == [new.info, old.info]
    np.testing.assert_array_equal(store.open(old.info.id).network.theta, run.network.theta)


def test_two_stores_share_a_folder(store: RunStore, run: Run) -> None:
    other = RunStore(store.folder)
    assert other.runs() == []
    store.save(run)
    assert other.runs() == [run.info]
    other.describe(run.info.id, "renamed", "")
    assert [info.name for info in store.runs() if not isinstance(info, DamagedRun)] == ["renamed"]


def test_open_during_delete_returns_run_or_raises_run_error(store: RunStore, run: Run) -> None:
    store.save(run)
    other, faults, refusals = RunStore(store.folder), list[BaseException](), list[str]()
    done = threading.Event()

    def delete_and_restore() -> None:
        try:
            for _ in range(100):
                other.delete(run.info.id)
                other.restore(run.info.id)
        except BaseException as error:
            faults.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=delete_and_restore)
    thread.start()
    while not done.is_set():
        assert store.runs() in ([], [run.info])
        try:
            assert store.open(run.info.id).info == run.info
        except RunError as error:
            refusals.append(str(error))
    thread.join()
    assert faults == []
    assert set(refusals) <= {"This run cannot be read: No such file or directory."}
    assert store.open(run.info.id).info == run.info


def test_is_saved_until_deleted(store: RunStore, run: Run) -> None:
    assert not store.is_saved(run.info.id)
    store.save(run)
    assert store.is_saved(run.info.id)
    store.delete(run.info.id)
    assert not store.is_saved(run.info.id)


def test_full_disk_leaves_existing_runs_unchanged(
    store: RunStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save(run)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, step, full)
            with pytest.raises(OSError, match="No space left"):
                store.save(another(run))
            with pytest.raises(OSError, match="No space left"):
                store.describe(run.info.id, "other", "")
    assert store.runs() == [run.info]
    left = {path.name for path in store.folder.iterdir()}
    assert left == {f"{run.info.id}.safetensors", "runs.lock"}


def test_damaged_file_is_listed_as_damaged(store: RunStore, run: Run) -> None:
    store.save(run)
    data = run_bytes(run)
    damaged = {
        new_id(): data[: len(data) // 2],
        new_id(): data,  # whole, but another run's
        new_id(): b"",
        new_id(): b"\xff" * 100,
    }
    for name, content in damaged.items():
        (store.folder / f"{name}.safetensors").write_bytes(content)
    (store.folder / "notes.txt").write_text("not a run")
    found = store.runs()
    assert run.info in found
    assert {info.id for info in found if isinstance(info, DamagedRun)} == set(damaged)
    assert all(info.error for info in found if isinstance(info, DamagedRun))
    for name in damaged:
        with pytest.raises(RunError):
            store.open(name) if damaged[name] != data else store.open("f" * 32)


def test_changed_file_is_read_again(store: RunStore, run: Run) -> None:
    store.save(run)
    assert store.runs() == [run.info]
    path = store.folder / f"{run.info.id}.safetensors"
    path.write_bytes(b"broken")
    assert isinstance(store.runs()[0], DamagedRun)


def test_describe_changes_only_name_and_notes(store: RunStore, run: Run) -> None:
    store.save(run)
    store.describe(run.info.id, "  My <b>best</b>\n", "line\nline")
    (info,) = store.runs()
    assert isinstance(info, type(run.info))
    assert info.name == "My <b>best</b>"
    assert info.notes == "line\nline"
    assert store.open(info.id).info == replace(run.info, name=info.name, notes=info.notes)


def test_empty_name_keeps_the_old_name(store: RunStore, run: Run) -> None:
    store.save(run)
    store.describe(run.info.id, " ", "")
    assert store.open(run.info.id).info.name == run.info.name


def test_deleted_run_can_be_restored(store: RunStore, run: Run) -> None:
    store.save(run)
    store.delete(run.info.id)
    assert store.runs() == []
    with pytest.raises(RunError):
        store.open(run.info.id)
    store.restore(run.info.id)
    assert store.runs() == [run.info]


def test_deleted_runs_and_partial_files_expire_after_a_day(store: RunStore, run: Run) -> None:
    store.save(run)
    store.delete(run.info.id)
    deleted = store.folder / f"{run.info.id}.deleted"
    half = store.folder / "half.part"
    half.write_bytes(b"half")
    store.runs()
    assert deleted.exists()
    assert half.exists()
    for path in (deleted, half):
        os.utime(path, (0, 0))
    store.runs()
    assert not deleted.exists()
    assert not half.exists()
    with pytest.raises(RunError, match="cannot be restored"):
        store.restore(run.info.id)


@pytest.mark.parametrize("name", ["", "x", "../" + "a" * 29, "A" * 32, "a" * 31, "a" * 33])
def test_ids_outside_the_folder_are_refused(store: RunStore, name: str) -> None:
    for action in (store.open, store.delete, store.restore, store.stamp, store.read):
        with pytest.raises(RunError):
            action(name)


def test_uploaded_run_gets_a_new_id_and_owner(store: RunStore, run: Run) -> None:
    store.save(run)
    info = store.upload(run_bytes(run), "bob")
    assert info.id != run.info.id
    assert info.visitor_id == "bob"
    assert len(store.runs()) == 2
    assert store.open(info.id).info == info


def many_records(run: Run) -> bytes:
    """Return the file of a run in its shortest form, which `run_bytes` would make larger."""
    data = run_bytes(run)
    header = read_header(data)
    texts = header["__metadata__"] | {"more": "x" * 1_000}
    columns = {name: 200 * values for name, values in json.loads(texts["history"]).items()}
    count = len(columns["step"])
    columns |= {"step": list(range(1, count + 1)), "gradient_norm": count * [-1e15]}
    history = json.dumps(columns, separators=(",", ":"))
    texts["history"] = history.replace("-1000000000000000.0", "-1e15")
    arrays = safetensors.numpy.load(data)
    arrays["layers.0.W"] = arrays["layers.0.W"].astype(np.float16)
    return bytes(safetensors.numpy.save(arrays, texts))


def test_uploaded_and_renamed_runs_are_written_as_they_were_checked(
    store: RunStore, run: Run
) -> None:
    data = many_records(run)
    texts = read_header(data)["__metadata__"]
    info = store.upload(data, "b" * 32)
    assert len(run_bytes(store.open(info.id))) > len(data) + 20_000
    for _ in range(2):
        written = store.read(info.id)
        assert len(written) < len(data)
        new = read_header(written)["__metadata__"]
        assert new.keys() == texts.keys() - {"more"}
        assert {k for k in new if new[k] != texts[k]} == {"run", "owner"}
        assert [found.id for found in store.runs() if isinstance(found, RunInfo)] == [info.id]
        store.describe(info.id, "renamed", "")
    assert store.open(info.id).info.name == "renamed"


def test_saved_run_is_written_as_it_was_checked(store: RunStore, run: Run) -> None:
    data = many_records(run)
    store.save(run_from_bytes(data), data)
    assert store.read(run.info.id) == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x" * 100,
        bytes(8) + b"{}",
        (2).to_bytes(8, "little") + b"[]",
        model_bytes(load_pretrained()),
    ],
)
def test_file_without_a_run_cannot_be_uploaded(store: RunStore, data: bytes) -> None:
    with pytest.raises(RunError):
        store.upload(data, "b" * 32)
    assert store.runs() == []


def test_failed_save_leaves_no_file(store: RunStore, run: Run) -> None:
    store.folder.parent.mkdir(parents=True)
    store.folder.write_text("a file where the folder should be")
    with pytest.raises(OSError):  # noqa: PT011 - which one depends on the system
        store.save(run)
    assert store.runs() == []


def test_many_threads_save_list_and_rename_at_once(store: RunStore, run: Run) -> None:
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                mine = another(run)
                store.save(mine)
                store.runs()
                store.describe(mine.info.id, "n", "")
                store.delete(mine.info.id)
                store.restore(mine.info.id)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(store.runs()) == 20
    assert not [info for info in store.runs() if isinstance(info, DamagedRun)]


def test_simultaneous_uploads_stay_within_the_quota(tmp_path: Path, run: Run) -> None:
    data = run_bytes(run)
    store = RunStore(tmp_path, quota=2.5 * len(data))
    barrier, refusals = threading.Barrier(8), list[OSError]()

    def upload() -> None:
        barrier.wait()
        try:
            store.upload(data, "a" * 32)
        except OSError as error:
            refusals.append(error)

    threads = [threading.Thread(target=upload) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(store.runs()), len(refusals)) == (2, 6)


def test_byte_quota_is_per_visitor(tmp_path: Path, run: Run) -> None:
    size = len(run_bytes(run))
    store = RunStore(tmp_path, quota=2.5 * size)
    mine = [another(run, visitor_id="a" * 32) for _ in range(3)]
    store.save(mine[0])
    store.save(mine[1])
    with pytest.raises(OSError, match="your runs fill the 0 MiB that each visitor has"):
        store.save(mine[2])
    store.save(another(run, visitor_id="b" * 32))
    store.describe(mine[0].info.id, "renamed", "")  # what is there may be written anew
    store.delete(mine[0].info.id)
    store.save(mine[2])
    assert len(store.runs()) == 3


def test_deleted_runs_count_and_the_oldest_are_removed_for_room(tmp_path: Path, run: Run) -> None:
    size = len(run_bytes(run))
    store = RunStore(tmp_path, quota=3.5 * size)
    first, second, third, fourth = (another(run) for _ in range(4))
    for k, each in enumerate((second, first, third)):
        store.save(each)
        if each is not third:
            store.delete(each.info.id)
            changed = time.time() - 60 * k
            os.utime(tmp_path / f"{each.info.id}.deleted", (changed, changed))
    with pytest.raises(OSError, match="your runs fill"):
        store.save(fourth, run_bytes(fourth) + bytes(2 * size))
    assert len(list(tmp_path.glob("*.deleted"))) == 2  # a refused run removes none
    store.save(fourth)
    assert [path.stem for path in tmp_path.glob("*.deleted")] == [second.info.id]
    with pytest.raises(RunError, match="newer runs needed the space"):
        store.restore(first.info.id)
    store.restore(second.info.id)
    assert {info.id for info in store.runs()} == {each.info.id for each in (second, third, fourth)}


def test_restored_run_is_within_the_quota(tmp_path: Path, run: Run) -> None:
    size = len(run_bytes(run))
    kept, deleted = another(run), another(run)
    store = RunStore(tmp_path, quota=2.5 * size)
    store.save(kept)
    store.save(deleted)
    store.delete(deleted.info.id)
    smaller = RunStore(tmp_path, quota=1.5 * size)
    with pytest.raises(OSError, match="your runs fill"):
        smaller.restore(deleted.info.id)
    assert [info.id for info in smaller.runs()] == [kept.info.id]
    store.restore(deleted.info.id)
    assert len(store.runs()) == 2


def test_damaged_runs_count_for_the_owner_in_their_header(tmp_path: Path, run: Run) -> None:
    mine, other = "a" * 32, "b" * 32
    size = len(run_bytes(run))
    store = RunStore(tmp_path, quota=1.5 * size)
    damaged = another(run, visitor_id=mine)
    store.save(damaged)
    path = tmp_path / f"{damaged.info.id}.safetensors"
    path.write_bytes(path.read_bytes()[:-1])
    nameless = tmp_path / f"{new_id()}.safetensors"
    nameless.write_bytes(path.read_bytes()[:100])
    owners = {i.id: i.visitor_id for i in store.runs() if isinstance(i, DamagedRun)}
    assert owners == {damaged.info.id: mine, nameless.stem: ""}
    with pytest.raises(OSError, match="your runs fill"):
        store.save(another(run, visitor_id=mine))
    store.save(another(run, visitor_id=other))
    store.delete(damaged.info.id)
    store.save(another(run, visitor_id=mine))


WRITER = """
import sys, threading
from dataclasses import replace
from pathlib import Path
from inkling.runs.run import new_id
from inkling.runs.run_file import run_from_bytes
from inkling.runs.store import RunStore
run = run_from_bytes(Path(sys.argv[1]).read_bytes())
store = RunStore(Path(sys.argv[2]), quota=float(sys.argv[3]))
barrier = threading.Barrier(17)
results = []
def save():
    mine = replace(run, info=replace(run.info, id=new_id()))
    barrier.wait()
    try:
        store.save(mine)
    except OSError as error:
        results.append(error.strerror)
    else:
        results.append("saved")
threads = [threading.Thread(target=save) for _ in range(16)]
for thread in threads:
    thread.start()
print("ready", flush=True)
sys.stdin.readline()
barrier.wait()
for thread in threads:
    thread.join()
print(*results, sep="\\n")
"""


def test_threads_of_two_processes_keep_within_the_quota(tmp_path: Path, run: Run) -> None:
    file, folder = tmp_path / "run", tmp_path / "runs"
    file.write_bytes(run_bytes(run))
    command = [sys.executable, "-c", WRITER, str(file), str(folder), str(3.5 * len(run_bytes(run)))]
    writers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("\n")
        writer.stdin.flush()
    lines = [line for writer in writers for line in writer.communicate()[0].splitlines()]
    assert len(lines) == 32
    assert lines.count("saved") == len(list(folder.glob("*.safetensors"))) == 3
    assert {line[:14] for line in lines} == {"saved", "your runs fill"}


def test_changes_wait_for_the_lock_of_another_server(
    store: RunStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_LOCK_SECONDS", 0.0)
    store.save(run)
    deleted = another(run)
    store.save(deleted)
    store.delete(deleted.info.id)
    file = acquire_lock(store.folder / "runs.lock", 0.0)
    assert file is not None
    with file:
        for change in (
            lambda: store.save(another(run)),
            lambda: store.describe(run.info.id, "other", ""),
            lambda: store.delete(run.info.id),
            lambda: store.restore(deleted.info.id),
        ):
            with pytest.raises((OSError, RunError), match="another server is writing runs"):
                change()
    assert store.runs() == [run.info]
    store.restore(deleted.info.id)
    assert len(store.runs()) == 2


def test_runs_are_saved_where_files_cannot_be_locked(
    store: RunStore, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(store_module, "acquire_lock", no_locks)
    store.save(run)
    assert store.runs() == [run.info]
