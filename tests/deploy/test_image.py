"""What goes into the container image, and whether the app starts from that alone."""

import os
import re
import subprocess
import sys
import venv
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest
from packaging.requirements import Requirement

from benchmarks.classroom import DIGITS, Notes, RandomVisitor
from benchmarks.visitor import Visitor
from data_loader import Dataset
from digits.idx import write_idx
from tests.deploy.build_context import command, context_files, copy_app
from tests.running import run
from tools.app_driver import ROOT, free_port, serving

LOCK = ROOT / "deploy/requirements.lock"


def pinned() -> dict[str, str]:
    """Return the versions that go into the image."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", LOCK.read_text(), re.MULTILINE))


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-cluster.txt"])
def test_image_pins_every_requirement(file: str) -> None:
    lines = (ROOT / file).read_text().splitlines()
    required = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    assert required
    for requirement in required:
        assert requirement.specifier.contains(pinned()[requirement.name]), requirement


def test_image_requirements_have_hashes() -> None:
    assert len(locked()) == len(pinned())
    assert all("--hash=sha256:" in text for text in locked().values())


def locked() -> dict[str, str]:
    """Return the lines of each library in the lock."""
    parts = re.split(r"\n(?=[a-z])", LOCK.read_text())
    return {part.partition("==")[0]: part for part in parts if not part.startswith("#")}


def test_rules_decide_in_order_and_for_whole_folders(tmp_path: Path) -> None:
    for name in ("a/b.py", "a/b.pyc", "a/c/d.py", "e/f.py", "e/g.txt", "h.py", "a/c/skip/i.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    rules = ["*", "!a", "!e/*.py", "**/*.pyc", "**/skip"]
    found = {path.as_posix() for path in context_files(tmp_path, rules)}
    assert found == {"a/b.py", "a/c/d.py", "e/f.py"}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, missing: Callable[[str], NoReturn]) -> Path:
    """Python of an environment with the locked libraries and no others.

    Libraries that are installed here in the locked version are linked, the others are installed.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin/python"
    site = next(folder.glob("lib/python*/site-packages"))
    others = folder / "others.txt"
    with others.open("w") as file:
        for name, wanted in pinned().items():
            if version_here(name) == wanted:
                link(name, site)
            else:
                file.write(f"{locked()[name]}\n")
    if others.stat().st_size and (error := install(others, site)):
        missing(f"needs the locked libraries: {error}")
    return python


def install(requirements: Path, site: Path) -> str:
    """Install libraries into a folder; return the last line of the error, empty without one."""
    pip = [sys.executable, "-m", "pip"] if find_spec("pip") else ["uv", "pip"]
    options = ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    settings = {
        "PIP_RETRIES": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "UV_PYTHON": sys.executable,
    }
    done = subprocess.run(
        [*pip, "install", *options, "--target", site, "-r", requirements],
        env=os.environ | settings,
        capture_output=True,
        text=True,
    )
    return done.stderr.splitlines()[-1] if done.returncode else ""


def version_here(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def link(name: str, site: Path) -> None:
    """Link the files of an installed library into another environment."""
    files = distribution(name).files or []
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        place = site / top
        if not place.exists():
            place.symlink_to(Path(str(distribution(name).locate_file(top))))


@pytest.fixture(scope="module")
def mnist_dir(small: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of digits, as mounted into the container."""
    folder = tmp_path_factory.mktemp("digits")
    for name, split in (("train", small.train), ("t10k", small.test)):
        write_idx(split.images, folder / f"{name}-images-idx3-ubyte")
        write_idx(split.labels, folder / f"{name}-labels-idx1-ubyte")
    return folder


def start(python: Path, app: Path, mnist_dir: Path) -> AbstractContextManager[str]:
    """Start the image's command, on this machine only, without the variables of this process."""
    data = app.parent / "data"
    data.mkdir()
    port = free_port()
    options = ["--server.address=127.0.0.1", f"--server.port={port}"]
    return serving(
        [str(python), "-m", *command(), *options],
        port,
        app,
        {
            "HOME": str(data),
            "RUNS_DIR": str(data / "runs"),
            "INKLING_CACHE": str(data / "cache"),
            "MNIST_DIR": str(mnist_dir),
        },
    )


def test_app_starts_from_the_image_alone_and_answers_a_drawing(
    python: Path, mnist_dir: Path, tmp_path: Path
) -> None:
    notes = Notes()

    async def visit(address: str) -> None:
        async with Visitor(address, notes.add) as visitor:
            actor = RandomVisitor(visitor, notes, seed=0, thinking=(0.0, 0.0))
            await actor.arrive()
            for page in ("train", "mistakes", "inside", "learn", "draw"):
                await actor.go(page)
            await actor.send_strokes(DIGITS[1], "a stroke")

    with start(python, copy_app(tmp_path), mnist_dir) as address:
        run(visit(address))
    assert notes.faults == {}
    assert len(notes.seconds["a stroke"]) == 1


def test_app_does_not_start_without_a_module(python: Path, mnist_dir: Path, tmp_path: Path) -> None:
    app = copy_app(tmp_path)
    (app / "deploy/compressed.py").unlink()
    with (
        pytest.raises(RuntimeError, match=r"No module named 'deploy\.compressed'"),
        start(python, app, mnist_dir),
    ):
        pass
