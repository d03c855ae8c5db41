"""Finding, downloading and verifying the four files.

The real MNIST appears once. Everything else runs on a set of a few images: the hashes of its files
take the place of MNIST's, and a server on the loopback the place of the mirrors.
"""

import gzip
import hashlib
import os
import re
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import data_loader
from data_loader import (
    CorruptData,
    DataError,
    Dataset,
    DownloadFailed,
    MissingData,
    download_mnist,
    find_mnist,
    load_mnist,
)
from digits.idx import read_bytes, write_idx

NAMES = tuple(data_loader.MNIST_SHA256)
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = NAMES


def write_set(folder: Path, seed: int = 0, ending: str = ".gz") -> Path:
    """Write a set of 20 training and 10 test images of noise."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for part, count in (("train", 20), ("t10k", 10)):
        images = random.integers(0, 256, (count, 28, 28), np.uint8)
        write_idx(images, folder / f"{part}-images-idx3-ubyte{ending}")
        write_idx(
            random.integers(0, 10, count, np.uint8), folder / f"{part}-labels-idx1-ubyte{ending}"
        )
    return folder


class Mirror:
    """A server on the loopback with configurable faults; counts its requests."""

    def __init__(self, folder: Path) -> None:
        self.answers = {f"{name}.gz": (folder / f"{name}.gz").read_bytes() for name in NAMES}
        self.headers: dict[str, str] = {}
        self.cut = 0  # bytes of Content-Length that are not sent, at the end
        self.silence = threading.Event()  # cleared: no answer
        self.silence.set()
        self.asked: Counter[str] = Counter()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.removeprefix("/mnist/")
                mirror.asked[name] += 1
                mirror.silence.wait(10)
                if name not in mirror.answers:
                    self.send_error(404)
                    return
                body = mirror.answers[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                for key, value in mirror.headers.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body[: len(body) - mirror.cut])

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.url = f"http://127.0.0.1:{self.server.server_port}/mnist/"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.silence.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def genuine(tmp_path: Path) -> Path:
    """Return a folder whose four files stand for MNIST."""
    return write_set(tmp_path / "genuine")


@pytest.fixture
def mirrors(genuine: Path) -> Iterator[list[Mirror]]:
    both = [Mirror(genuine), Mirror(genuine)]
    yield both
    for mirror in both:
        mirror.close()


@pytest.fixture(autouse=True)
def cache(
    tmp_path: Path, genuine: Path, mirrors: list[Mirror], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Return an empty cache, with the checksums of `genuine` taken as MNIST's."""
    files = {name: genuine / f"{name}.gz" for name in NAMES}
    hashes = {name: hashlib.sha256(read_bytes(path)).hexdigest() for name, path in files.items()}
    monkeypatch.setattr(data_loader, "MNIST_SHA256", hashes)
    sizes = {name: path.stat().st_size for name, path in files.items()}
    monkeypatch.setattr(data_loader, "DOWNLOAD_BYTES", sizes)
    monkeypatch.setattr(data_loader, "MIRRORS", tuple(mirror.url for mirror in mirrors))
    monkeypatch.setenv("INKLING_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("MNIST_DIR", raising=False)
    return tmp_path / "cache" / "mnist"


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


WHOLE = sorted(f"{name}.gz" for name in NAMES)


# MNIST


def test_mnist_has_known_statistics(mnist: Dataset) -> None:
    assert mnist.name == "MNIST"
    assert mnist.train.images.shape == (60_000, 28, 28)
    assert mnist.test.images.shape == (10_000, 28, 28)
    assert mnist.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert mnist.test.labels[0] == 7
    assert np.count_nonzero(mnist.test.labels == 1) == 1135
    assert mnist.train.images.mean() == pytest.approx(0.1307 * 255, rel=1e-3)


# Named folders


def test_a_folder_is_loaded(genuine: Path) -> None:
    dataset = load_mnist(genuine)
    assert dataset.name == "MNIST"
    assert dataset.source == str(genuine)
    for split, count in ((dataset.train, 20), (dataset.test, 10)):
        assert split.images.shape == (count, 28, 28)
        assert split.labels.shape == (count,)
        for array in (split.images, split.labels):
            assert array.dtype == np.uint8
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 0


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("dotted", [False, True])
def test_common_file_name_variants_are_found(tmp_path: Path, ending: str, dotted: bool) -> None:
    folder = write_set(tmp_path / "wild", ending=ending)
    if dotted:
        for path in folder.iterdir():
            path.rename(folder / path.name.replace("-idx", ".idx"))
            (folder / path.name).mkdir()  # some archives unpack to a folder of this name as well
    assert load_mnist(folder).name == "MNIST"


def test_argument_precedes_environment_precedes_cache(
    tmp_path: Path, genuine: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(genuine, cache)
    assert load_mnist().source == str(cache)
    assert find_mnist() == cache
    named = write_set(tmp_path / "named")
    monkeypatch.setenv("MNIST_DIR", str(named))
    assert load_mnist().source == str(named)
    assert find_mnist() == named
    assert load_mnist(genuine).source == str(genuine)
    assert find_mnist(genuine) == genuine


def test_empty_mnist_dir_is_ignored(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DIR", "")
    assert find_mnist() is None
    assert load_mnist().source == str(cache)


def test_tilde_is_expanded(tmp_path: Path, genuine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert load_mnist(f"~/{genuine.name}").name == "MNIST"


@pytest.mark.parametrize("how", ["argument", "environment"])
@pytest.mark.parametrize("name", NAMES)
def test_named_folder_lacking_a_file_is_an_error(
    genuine: Path, mirrors: list[Mirror], monkeypatch: pytest.MonkeyPatch, how: str, name: str
) -> None:
    (genuine / f"{name}.gz").unlink()
    argument = genuine if how == "argument" else None
    monkeypatch.setenv("MNIST_DIR", str(genuine))
    with pytest.raises(MissingData, match=rf"genuine lacks these files: {name}\. Put"):
        load_mnist(argument)
    with pytest.raises(MissingData, match=name):
        find_mnist(argument)
    assert not mirrors[0].asked


def test_missing_named_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("file", "nothing"):
        with pytest.raises(MissingData, match=f"{name} cannot be opened"):
            load_mnist(tmp_path / name)


def test_unreadable_file_is_an_error(genuine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(data_loader, "read_bytes", refuse)
    with pytest.raises(MissingData, match=f"{TRAIN_IMAGES}.gz cannot be read: Permission denied"):
        load_mnist(genuine)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda stored: stored[:-20], "damaged gzip"),
        (lambda stored: stored[:-8] + bytes(8), "damaged gzip"),
        (lambda stored: gzip.decompress(stored)[:-1], "cut short"),
        (lambda stored: gzip.decompress(stored) + b"\0", "too long"),
        (lambda stored: b"<!DOCTYPE html><title>Sign in</title>", "not an IDX file"),
        (lambda stored: b"", "cut short"),
    ],
    ids=["cut gzip", "checksum", "cut", "too long", "web page", "empty"],
)
def test_damaged_file_is_named_and_not_changed(
    genuine: Path, damage: Callable[[bytes], bytes], words: str
) -> None:
    path = genuine / f"{TEST_IMAGES}.gz"
    path.write_bytes(damage(path.read_bytes()))
    before = path.read_bytes()
    with pytest.raises(
        CorruptData, match=f"{re.escape(str(path))} .*{words}.* Replace the damaged files"
    ):
        load_mnist(genuine)
    assert path.read_bytes() == before


def test_single_non_mnist_file_is_corrupt(tmp_path: Path, genuine: Path) -> None:
    other = write_set(tmp_path / "other", seed=1)
    shutil.copy(other / f"{TEST_LABELS}.gz", genuine)
    with pytest.raises(CorruptData, match=f"not MNIST's: {TEST_LABELS}.gz"):
        load_mnist(genuine)
    shutil.copy(other / f"{TRAIN_LABELS}.gz", genuine)
    with pytest.raises(CorruptData, match=f"not MNIST's: {TRAIN_LABELS}.gz, {TEST_LABELS}.gz"):
        load_mnist(genuine)


def test_other_dataset_is_named_after_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_set(tmp_path / "Fashion-MNIST", seed=1)
    assert load_mnist(folder).name == "Fashion-MNIST"
    monkeypatch.chdir(folder)
    assert load_mnist(".").name == "Fashion-MNIST"


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        (TRAIN_IMAGES, np.zeros((20, 32, 32), np.uint8), r"train images .* \(20, 32, 32\)"),
        (TEST_IMAGES, np.zeros((10, 784), np.uint8), r"t10k images .* \(10, 784\)"),
        (TRAIN_LABELS, np.zeros(19, np.uint8), r"train labels .* \(19,\), for 20 images"),
        (TEST_LABELS, np.zeros((10, 1), np.uint8), r"t10k labels .* \(10, 1\), for 10 images"),
        (TEST_LABELS, np.full(10, 26, np.uint8), "t10k label 26"),
    ],
    ids=["size", "flat", "count", "column", "letters"],
)
def test_dataset_unlike_mnist_is_refused(
    tmp_path: Path, name: str, array: np.ndarray, words: str
) -> None:
    folder = write_set(tmp_path / "odd", seed=1)
    write_idx(array, folder / f"{name}.gz")
    with pytest.raises(CorruptData, match=words):
        load_mnist(folder)


# Downloads


def test_a_download_fills_the_cache_and_is_not_repeated(cache: Path, mirrors: list[Mirror]) -> None:
    fractions: list[float] = []
    assert find_mnist() is None
    dataset = load_mnist(progress=fractions.append)
    assert dataset.name == "MNIST"
    assert contents(cache) == WHOLE
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < fractions[-1] == 1

    assert find_mnist() == cache
    load_mnist()
    assert mirrors[0].asked == dict.fromkeys(WHOLE, 1)
    assert not mirrors[1].asked


def test_only_missing_files_are_downloaded(
    cache: Path, genuine: Path, mirrors: list[Mirror]
) -> None:
    shutil.copytree(genuine, cache)
    (cache / f"{TEST_LABELS}.gz").unlink()
    load_mnist()
    assert mirrors[0].asked == {f"{TEST_LABELS}.gz": 1}


def test_file_decompressed_in_transit_is_accepted(cache: Path, mirrors: list[Mirror]) -> None:
    mirrors[0].headers["Content-Encoding"] = "gzip"
    assert load_mnist().name == "MNIST"
    assert (cache / f"{TRAIN_LABELS}.gz").read_bytes()[:4] == b"\0\0\x08\x01"


def break_by_404(mirror: Mirror) -> None:
    del mirror.answers[f"{TEST_IMAGES}.gz"]


def break_by_cutting(mirror: Mirror) -> None:
    mirror.cut = 5


def break_by_other_contents(mirror: Mirror) -> None:
    mirror.answers[f"{TRAIN_LABELS}.gz"] = mirror.answers[f"{TEST_LABELS}.gz"]


def break_by_a_web_page(mirror: Mirror) -> None:
    mirror.answers[f"{TRAIN_IMAGES}.gz"] = b"<!DOCTYPE html><title>Sign in to the hotel</title>"


def break_by_size(mirror: Mirror) -> None:
    mirror.answers[f"{TRAIN_LABELS}.gz"] = bytes(10**6)


def break_by_absence(mirror: Mirror) -> None:
    mirror.server.server_close()


def break_by_silence(mirror: Mirror) -> None:
    mirror.silence.clear()


broken_mirror = pytest.mark.parametrize(
    ("make_broken", "reason"),
    [
        (break_by_404, "answered 404"),
        (break_by_cutting, "connection failed"),
        (break_by_other_contents, "sent the wrong file"),
        (break_by_a_web_page, "sent the wrong file"),
        (break_by_size, "sent the wrong file"),
        (break_by_absence, "connection failed"),
        (break_by_silence, "did not answer in time"),
    ],
)


@broken_mirror
def test_second_mirror_is_used_if_the_first_fails(
    cache: Path,
    mirrors: list[Mirror],
    monkeypatch: pytest.MonkeyPatch,
    make_broken: Callable[[Mirror], None],
    reason: str,
) -> None:
    monkeypatch.setattr(data_loader, "TIMEOUT", (5, 2))
    make_broken(mirrors[0])
    assert load_mnist().name == "MNIST"
    assert contents(cache) == WHOLE
    # Files downloaded from the first are not fetched again.
    assert sum(mirrors[0].asked.values()) - 1 + sum(mirrors[1].asked.values()) <= len(WHOLE)


@broken_mirror
def test_failure_of_both_mirrors_raises_and_leaves_no_files(
    cache: Path,
    mirrors: list[Mirror],
    monkeypatch: pytest.MonkeyPatch,
    make_broken: Callable[[Mirror], None],
    reason: str,
) -> None:
    monkeypatch.setattr(data_loader, "TIMEOUT", (5, 2))
    monkeypatch.setattr(
        data_loader,
        "MIRRORS",
        (mirrors[0].url, mirrors[1].url.replace("127.0.0.1", "localhost")),
    )
    for mirror in mirrors:
        make_broken(mirror)
    with pytest.raises(DownloadFailed) as failed:
        load_mnist()
    message = str(failed.value)
    for words in ("127.0.0.1 (", "localhost (", reason, "Try again", "MNIST_DIR"):
        assert words in message
    for path in cache.iterdir():
        name = path.name.removesuffix(".gz")
        assert hashlib.sha256(read_bytes(path)).hexdigest() == data_loader.MNIST_SHA256[name]
    assert find_mnist() is None


def test_download_size_is_limited(mirrors: list[Mirror]) -> None:
    fractions: list[float] = []
    for mirror in mirrors:
        mirror.answers[f"{TRAIN_IMAGES}.gz"] = bytes(4 * 2**20)
    with pytest.raises(DownloadFailed, match="sent the wrong file"):
        load_mnist(progress=fractions.append)
    assert len(fractions) <= len(mirrors)  # of 64 chunks each, at most the first was written


def test_a_download_that_is_interrupted_leaves_nothing_and_can_be_repeated(cache: Path) -> None:
    class PageLeft(BaseException):
        """Streamlit stops a script by an exception from any of its calls."""

    def interrupt(fraction: float) -> None:
        raise PageLeft

    with pytest.raises(PageLeft):
        load_mnist(progress=interrupt)
    assert contents(cache) == []
    assert load_mnist().name == "MNIST"


def test_abandoned_downloads_are_removed_and_running_ones_kept(cache: Path) -> None:
    abandoned, running = cache / "download-abandoned", cache / "download-running"
    for folder in (abandoned, running):
        folder.mkdir(parents=True)
        (folder / f"{TRAIN_IMAGES}.gz").write_bytes(b"half")
    yesterday = time.time() - 86_400
    os.utime(abandoned, (yesterday, yesterday))
    load_mnist()
    assert contents(cache) == sorted([*WHOLE, running.name])


def test_two_visitors_share_one_download(cache: Path, mirrors: list[Mirror]) -> None:
    loaded: list[str] = []
    visitors = [threading.Thread(target=lambda: loaded.append(load_mnist().name)) for _ in range(2)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert loaded == ["MNIST", "MNIST"]
    assert mirrors[0].asked == dict.fromkeys(WHOLE, 1)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("wrong", [b"half", None], ids=["damaged", "another set"])
def test_a_broken_file_in_the_cache_is_replaced(
    tmp_path: Path, genuine: Path, cache: Path, ending: str, wrong: bytes | None
) -> None:
    other = write_set(tmp_path / "other", seed=1)
    shutil.copytree(genuine, cache)
    foreign = (other / f"{TRAIN_LABELS}.gz").read_bytes()
    (cache / f"{TRAIN_LABELS}{ending}").write_bytes(wrong or foreign)
    assert load_mnist().name == "MNIST"
    assert contents(cache) == WHOLE


def test_another_set_in_the_cache_is_replaced(cache: Path, mirrors: list[Mirror]) -> None:
    write_set(cache, seed=1)
    assert load_mnist().name == "MNIST"
    assert mirrors[0].asked == dict.fromkeys(WHOLE, 1)


def test_broken_cache_file_is_removed_even_if_download_fails(
    genuine: Path, cache: Path, mirrors: list[Mirror]
) -> None:
    shutil.copytree(genuine, cache)
    (cache / f"{TRAIN_LABELS}.gz").write_bytes(b"half")
    for mirror in mirrors:
        mirror.answers.clear()
    with pytest.raises(DownloadFailed):
        load_mnist()
    assert contents(cache) == [name for name in WHOLE if TRAIN_LABELS not in name]


def test_unwritable_cache_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("INKLING_CACHE", str(tmp_path / "file"))
    assert find_mnist() is None
    with pytest.raises(DownloadFailed, match="INKLING_CACHE"):
        download_mnist()


def test_full_disk_is_an_error(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(data_loader._LimitedFile, "write", full)
    with pytest.raises(DownloadFailed, match=r"No space left on device. Make room"):
        load_mnist()
    assert contents(cache) == []


def test_every_error_is_a_data_error() -> None:
    for error in (MissingData, CorruptData, DownloadFailed):
        assert issubclass(error, DataError)
