"""Locks on files."""

from pathlib import Path

from inkling.runs.file_lock import acquire_lock, is_locked


def test_lock_is_exclusive_until_its_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "one.lock"
    assert not is_locked(path)
    assert not path.exists()
    file = acquire_lock(path, 0.0)
    assert file is not None
    assert is_locked(path)
    assert acquire_lock(path, 0.0) is None
    file.close()
    assert not is_locked(path)
    again = acquire_lock(path, 0.0)
    assert again is not None
    again.close()
