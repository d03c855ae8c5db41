"""Files of visitors: private to each, bounded in size and number."""

import os
from pathlib import Path

import pytest

from inkling.server.visitor_files import MAX_BYTES, VisitorFiles

ANN, BOB = "a" * 32, "b" * 32


@pytest.fixture
def visitor_files(tmp_path: Path) -> VisitorFiles:
    return VisitorFiles(tmp_path / "not" / "there" / "yet")


def test_file_is_readable_only_by_its_owner(visitor_files: VisitorFiles) -> None:
    assert visitor_files.read(ANN, "progress.json") is None
    visitor_files.write(ANN, "progress.json", b"1")
    visitor_files.write(ANN, "progress.json", b"2")
    visitor_files.write(ANN, "verdicts.json", b"3")
    assert VisitorFiles(visitor_files.folder).read(ANN, "progress.json") == b"2"
    assert visitor_files.read(ANN, "verdicts.json") == b"3"
    assert visitor_files.read(BOB, "progress.json") is None
    assert sorted(path.name for path in (visitor_files.folder / ANN).iterdir()) == [
        "progress.json",
        "verdicts.json",
    ]


def test_removed_file_is_not_found(visitor_files: VisitorFiles) -> None:
    visitor_files.write(ANN, "drawings.npz", b"x")
    visitor_files.remove(ANN, "drawings.npz")
    visitor_files.remove(ANN, "drawings.npz")
    assert visitor_files.read(ANN, "drawings.npz") is None


@pytest.mark.parametrize(
    "visitor_id", ["", "..", "../" + "a" * 29, "A" * 32, "a" * 33, "a" * 32 + "\n"]
)
def test_invalid_visitor_id_is_refused(visitor_files: VisitorFiles, visitor_id: str) -> None:
    for use in (visitor_files.read, visitor_files.remove):
        with pytest.raises(ValueError, match="32 hexadecimal digits"):
            use(visitor_id, "progress.json")


@pytest.mark.parametrize("name", ["", "..", "../x.json", "a/b.json", "a.json/", ".json", "A.json"])
def test_name_with_path_is_refused(visitor_files: VisitorFiles, name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        visitor_files.write(ANN, name, b"x")


def test_too_large_file_is_refused_and_old_file_stays(visitor_files: VisitorFiles) -> None:
    visitor_files.write(ANN, "progress.json", b"small")
    with pytest.raises(ValueError, match="at most"):
        visitor_files.write(ANN, "progress.json", bytes(MAX_BYTES + 1))
    assert visitor_files.read(ANN, "progress.json") == b"small"


def test_file_above_limit_on_disk_is_not_read(visitor_files: VisitorFiles) -> None:
    visitor_files.write(ANN, "progress.json", b"x")
    (visitor_files.folder / ANN / "progress.json").write_bytes(bytes(MAX_BYTES + 1))
    assert visitor_files.read(ANN, "progress.json") is None


def test_folder_that_cannot_be_created_raises_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    visitor_files = VisitorFiles(tmp_path / "file")
    assert visitor_files.read(ANN, "progress.json") is None
    with pytest.raises(OSError, match="irectory"):
        visitor_files.write(ANN, "progress.json", b"x")


def test_partial_files_expire_after_an_hour(visitor_files: VisitorFiles) -> None:
    visitor_files.write(ANN, "progress.json", b"1")
    old, new = (visitor_files.folder / ANN / f"progress.json{k}.part" for k in "ab")
    for half in (old, new):
        half.write_bytes(b"half")
    os.utime(old, (0, 0))
    visitor_files.write(ANN, "progress.json", b"2")
    assert not old.exists()
    assert new.exists(), "another server may be writing it"
    assert visitor_files.read(ANN, "progress.json") == b"2"
