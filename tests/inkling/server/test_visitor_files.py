"""What visitors leave behind, each their own."""

import os
from pathlib import Path

import pytest

from inkling.server.visitor_files import MAX_BYTES, VisitorFiles

ANN, BOB = "a" * 32, "b" * 32


@pytest.fixture
def keepsakes(tmp_path: Path) -> VisitorFiles:
    return VisitorFiles(tmp_path / "not" / "there" / "yet")


def test_what_was_kept_is_there_again_and_only_for_its_owner(keepsakes: VisitorFiles) -> None:
    assert keepsakes.read(ANN, "progress.json") is None
    keepsakes.write(ANN, "progress.json", b"1")
    keepsakes.write(ANN, "progress.json", b"2")
    keepsakes.write(ANN, "verdicts.json", b"3")
    assert VisitorFiles(keepsakes.folder).read(ANN, "progress.json") == b"2"
    assert keepsakes.read(ANN, "verdicts.json") == b"3"
    assert keepsakes.read(BOB, "progress.json") is None
    assert sorted(path.name for path in (keepsakes.folder / ANN).iterdir()) == [
        "progress.json",
        "verdicts.json",
    ]


def test_what_was_removed_is_gone(keepsakes: VisitorFiles) -> None:
    keepsakes.write(ANN, "drawings.npz", b"x")
    keepsakes.remove(ANN, "drawings.npz")
    keepsakes.remove(ANN, "drawings.npz")
    assert keepsakes.read(ANN, "drawings.npz") is None


@pytest.mark.parametrize(
    "visitor_id", ["", "..", "../" + "a" * 29, "A" * 32, "a" * 33, "a" * 32 + "\n"]
)
def test_an_owner_is_a_visitors_id(keepsakes: VisitorFiles, visitor_id: str) -> None:
    for use in (keepsakes.read, keepsakes.remove):
        with pytest.raises(ValueError, match="32 hexadecimal digits"):
            use(visitor_id, "progress.json")


@pytest.mark.parametrize("name", ["", "..", "../x.json", "a/b.json", "a.json/", ".json", "A.json"])
def test_a_name_stays_in_its_folder(keepsakes: VisitorFiles, name: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        keepsakes.write(ANN, name, b"x")


def test_what_is_too_large_is_refused_and_changes_nothing(keepsakes: VisitorFiles) -> None:
    keepsakes.write(ANN, "progress.json", b"small")
    with pytest.raises(ValueError, match="at most"):
        keepsakes.write(ANN, "progress.json", bytes(MAX_BYTES + 1))
    assert keepsakes.read(ANN, "progress.json") == b"small"


def test_a_file_that_grew_elsewhere_is_not_read(keepsakes: VisitorFiles) -> None:
    keepsakes.write(ANN, "progress.json", b"x")
    (keepsakes.folder / ANN / "progress.json").write_bytes(bytes(MAX_BYTES + 1))
    assert keepsakes.read(ANN, "progress.json") is None


def test_folder_that_cannot_be_created_raises_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    keepsakes = VisitorFiles(tmp_path / "file")
    assert keepsakes.read(ANN, "progress.json") is None
    with pytest.raises(OSError, match="irectory"):
        keepsakes.write(ANN, "progress.json", b"x")


def test_what_a_killed_server_left_half_written_goes_after_an_hour(keepsakes: VisitorFiles) -> None:
    keepsakes.write(ANN, "progress.json", b"1")
    old, new = (keepsakes.folder / ANN / f"progress.json{k}.part" for k in "ab")
    for half in (old, new):
        half.write_bytes(b"half")
    os.utime(old, (0, 0))
    keepsakes.write(ANN, "progress.json", b"2")
    assert not old.exists()
    assert new.exists(), "another server may be writing it"
    assert keepsakes.read(ANN, "progress.json") == b"2"
