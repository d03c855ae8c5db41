"""Data sets of digits: found on disk or downloaded, and verified.

`load_mnist` searches the given folder, then the one that ``MNIST_DIR`` names, then the cache, and
finally downloads MNIST into the cache. A file counts as MNIST by the SHA-256 of its unzipped bytes,
since gzip files differ from host to host. Damaged files in the cache are replaced. Named folders
belong to the user and are only read.

`load_builtin` needs neither files nor a network: the digits are drawn once and cached. `load`
returns the data set that the ``data`` of a training config names.
"""

import hashlib
import os
import re
import reprlib
import shutil
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import numpy as np

from digits.builtin import VERSION, draw_digits
from digits.idx import IdxError, parse_idx, read_bytes

MNIST_SHA256 = {  # of the unzipped files
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}
DOWNLOAD_BYTES = {  # of the gzipped files, as the mirrors have them
    "train-images-idx3-ubyte": 9_912_422,
    "train-labels-idx1-ubyte": 28_881,
    "t10k-images-idx3-ubyte": 1_648_877,
    "t10k-labels-idx1-ubyte": 4_542,
}
MAX_GROWTH = 5  # some servers decompress in transit: up to 4.8 times as large
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
# Seconds: to connect to one of a host's addresses (there may be a dozen), and between two packets.
TIMEOUT = (3, 15)
STAGING = "download-"  # prefix of temporary folders in the cache
STAGING_AGE = 3600  # seconds after which such a folder counts as abandoned

REPLACE = (
    "Replace the damaged files with good copies, or leave MNIST_DIR unset: Inkling then "
    "downloads MNIST."
)

BUILTIN = "Built-in digits"
LONGEST_NAME = 80  # characters of a data set's name

Progress = Callable[[float], object]

_one_download = threading.Lock()


class DataError(Exception):
    """There is no usable data; the message gives the reason and a remedy."""


class MissingData(DataError):
    """A folder, or a file that should be in it, is not there or cannot be read."""


class CorruptData(DataError):
    """A file is damaged, or does not fit the others."""


class DownloadFailed(DataError):
    """No mirror provided the files, or the cache could not be written."""


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Attributes
    ----------
    images : np.ndarray
        (n, 28, 28) uint8, from 0 (paper) to 255 (ink); made read-only.
    labels : np.ndarray
        (n,) uint8, from 0 to 9; made read-only.
    """

    images: np.ndarray
    labels: np.ndarray

    def __post_init__(self) -> None:
        self.images.setflags(write=False)
        self.labels.setflags(write=False)


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training images, and test images to be evaluated once, at the end.

    Attributes
    ----------
    name : str
        ``"MNIST"``, `BUILTIN`, or the name of another set.
    source : str
        Its origin.
    train, test : Split
        The two parts.
    """

    name: str
    source: str
    train: Split
    test: Split


def load(data: str = "mnist", progress: Progress | None = None) -> Dataset:
    """Load the data set that the ``data`` of a training config names.

    Parameters
    ----------
    data : {"mnist", "builtin", "both"}
        MNIST (or the set in its place), the built-in digits, or `join` of the two.
    progress : callable, optional
        As in `load_mnist` and `load_builtin`.

    Returns
    -------
    Dataset

    Raises
    ------
    DataError
        As `load_mnist`.
    """
    if data == "builtin":
        return load_builtin(progress=progress)
    mnist = load_mnist(progress=progress)
    return mnist if data == "mnist" else join(load_builtin(progress=progress), mnist)


def join(extra: Dataset, main: Dataset) -> Dataset:
    """Return `main` with the training images of `extra` placed before its own.

    The last training images, which are held back for validation, and the test images are those of
    `main`.
    """
    return Dataset(
        name=f"{main.name} and {extra.name.lower()}",
        source=main.source,
        train=Split(
            np.concatenate([extra.train.images, main.train.images]),
            np.concatenate([extra.train.labels, main.train.labels]),
        ),
        test=main.test,
    )


def load_builtin(
    train: int = 60_000, test: int = 10_000, seed: int = 0, progress: Progress | None = None
) -> Dataset:
    """Load digits drawn by `digits.builtin`; drawn once, then cached.

    Parameters
    ----------
    train, test : int
        How many images of each part.
    seed : int
        Other seeds give other digits; the two parts never share any.
    progress : callable, optional
        Called with the fraction drawn so far, from 0 to 1, if they are not cached.

    Returns
    -------
    Dataset
        Named `BUILTIN`.
    """
    path = _builtin_file(train, test, seed)
    parts = _read_cached(path, train, test)
    if parts is None:
        report = progress or (lambda share: None)
        first = train / (train + test)
        parts = (
            *draw_digits(train, (seed, 0), progress=lambda share: report(first * share)),
            *draw_digits(
                test, (seed, 1), progress=lambda share: report(first + (1 - first) * share)
            ),
        )
        with suppress(OSError):  # without a cache they are drawn again next time
            _write_cached(path, parts)
    return Dataset(
        BUILTIN, "drawn by Inkling", Split(parts[0], parts[1]), Split(parts[2], parts[3])
    )


def find_builtin(train: int = 60_000, test: int = 10_000, seed: int = 0) -> Path | None:
    """Return the file that `load_builtin` would read; None if it has to be drawn first."""
    path = _builtin_file(train, test, seed)
    return path if path.is_file() else None


def _builtin_file(train: int, test: int, seed: int) -> Path:
    return cache_folder() / f"builtin-{VERSION}-{seed}-{train}-{test}.npz"


def _read_cached(path: Path, train: int, test: int) -> tuple[np.ndarray, ...] | None:
    """Return the four arrays that `_write_cached` wrote; None if missing or damaged."""
    shapes = (train, 28, 28), (train,), (test, 28, 28), (test,)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            parts = tuple(arrays[name] for name in arrays.files)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    whole = [part.shape for part in parts] == list(shapes)
    return parts if whole and all(part.dtype == np.uint8 for part in parts) else None


def _write_cached(path: Path, parts: tuple[np.ndarray, ...]) -> None:
    """Write the arrays to the cache atomically, and remove those of older versions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for older in path.parent.glob("builtin-*.npz"):
        if not older.name.startswith(f"builtin-{VERSION}-"):
            older.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix=STAGING, dir=path.parent) as staging:
        whole = Path(staging, path.name)
        np.savez(whole, *parts)
        os.replace(whole, path)


def load_mnist(
    directory: str | os.PathLike[str] | None = None, progress: Progress | None = None
) -> Dataset:
    """Load MNIST, or another set in its format; download it if need be.

    Parameters
    ----------
    directory : str or path-like, optional
        A folder with the four IDX files, gzipped or not. By default the one that ``MNIST_DIR``
        names, else the cache.
    progress : callable, optional
        Called with the fraction downloaded, from 0 to 1, if there is a download.

    Returns
    -------
    Dataset
        Named ``"MNIST"`` if the files are MNIST's own; otherwise by the name of their folder.

    Raises
    ------
    MissingData
        If a named folder lacks a file.
    CorruptData
        If a file in a named folder is damaged, or the four do not belong together.
    DownloadFailed
        If no mirror provides the files, or the cache cannot be written.
    """
    named = _named_folder(directory)
    if named:
        return _open(named)
    with suppress(DataError):  # the download repairs the cache
        dataset = _open(_mnist_cache())
        if dataset.name == "MNIST":
            return dataset
    return _open(download_mnist(progress))


def find_mnist(directory: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the folder where `load_mnist` would find the four files, without reading them.

    Parameters
    ----------
    directory : str or path-like, optional
        As for `load_mnist`.

    Returns
    -------
    Path or None
        The folder; None if they would have to be downloaded.

    Raises
    ------
    MissingData
        If a named folder lacks a file.
    """
    named = _named_folder(directory)
    folder = named or _mnist_cache()
    try:
        _find_all(folder)
    except MissingData:
        if named:
            raise
        return None
    return folder


def download_mnist(progress: Progress | None = None) -> Path:
    """Download the files that are missing from the cache or damaged in it.

    Parameters
    ----------
    progress : callable, optional
        Called with the fraction of the four files that is present, from 0 to 1.

    Returns
    -------
    Path
        The folder in the cache that now holds the four files.

    Raises
    ------
    DownloadFailed
        If no mirror provides the files, or the cache cannot be written.
    """
    import requests  # slow to import, rarely needed

    report = progress or (lambda fraction: None)
    cache = _mnist_cache()
    failures = []
    with _one_download:  # a second visitor waits here, and then finds the files
        try:
            cache.mkdir(parents=True, exist_ok=True)
            for mirror in MIRRORS:
                try:
                    for name in _repair_cache(cache):
                        _fetch(name, mirror, cache, report)
                except (requests.RequestException, ValueError) as error:
                    failures.append(f"{urlsplit(mirror).hostname} ({_reason(error)})")
                else:
                    report(1.0)
                    return cache
        except OSError as error:  # a RequestException is one too, but is caught above
            raise DownloadFailed(
                f"MNIST cannot be saved in the cache folder {cache}: "
                f"{error.strerror or error}. Make room there, or set INKLING_CACHE to a "
                "folder that can be written."
            ) from error
    raise DownloadFailed(
        f"MNIST could not be downloaded from {' or '.join(failures)}. Try again, or put the four "
        "files, gzipped or not, in a folder and set MNIST_DIR to it."
    )


def cache_folder() -> Path:
    """Return the cache folder: ``INKLING_CACHE``, or else the system's default.

    Returns
    -------
    Path
        The folder, which need not exist yet.
    """
    import pooch

    return Path(os.environ.get("INKLING_CACHE") or pooch.os_cache("inkling"))


def _mnist_cache() -> Path:
    return cache_folder() / "mnist"


def _named_folder(directory: str | os.PathLike[str] | None) -> Path | None:
    named = directory or os.environ.get("MNIST_DIR")
    return Path(os.path.expanduser(named)) if named else None


def _find(folder: Path, name: str) -> Path | None:
    dotted = name.replace("-idx", ".idx")  # as some unpackers and mirrors spell it
    candidates = (folder / (stem + end) for stem in (name, dotted) for end in ("", ".gz"))
    return next(filter(os.path.isfile, candidates), None)


def _find_all(folder: Path) -> dict[str, Path]:
    try:
        os.listdir(folder)
    except (OSError, ValueError) as error:  # ValueError: a zero byte
        why = error.strerror if isinstance(error, OSError) else ("that is not a valid folder name")
        raise MissingData(
            f"The folder {folder} cannot be opened: {why}. Name a folder with the four "
            "MNIST files, or leave MNIST_DIR unset: Inkling then downloads them."
        ) from error
    paths = {name: path for name in MNIST_SHA256 if (path := _find(folder, name))}
    missing = [name for name in MNIST_SHA256 if name not in paths]
    if missing:
        raise MissingData(
            f"The folder {folder} lacks these files: {', '.join(missing)}. Put them there, "
            "gzipped or not, or leave MNIST_DIR unset: Inkling then downloads all four "
            "files."
        )
    return paths


def _is_mnist(name: str, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == MNIST_SHA256[name]


def _open(folder: Path) -> Dataset:
    """Read the four files of a folder, and check them one by one and together."""
    paths = _find_all(folder)
    arrays = {}
    unrecognised_files = []
    for name, path in paths.items():
        arrays[name], is_mnist = _read(name, path)
        if not is_mnist:
            unrecognised_files.append(path.name)
    if 0 < len(unrecognised_files) < len(paths):
        raise CorruptData(
            f"The folder {folder} mixes genuine MNIST files with files of the same names "
            f"that are not MNIST's: {', '.join(unrecognised_files)}. {REPLACE}"
        )
    return Dataset(
        name=_set_name(folder) if unrecognised_files else "MNIST",
        source=str(folder),
        train=_split("train", arrays, folder),
        test=_split("t10k", arrays, folder),
    )


def _set_name(folder: Path) -> str:
    """Return the name of a data set: its folder's name without special characters."""
    words = re.sub(r"[^\w.,-]+", " ", folder.resolve().name).split()
    return " ".join(words)[:LONGEST_NAME] or "unnamed"


def _read(name: str, path: Path) -> tuple[np.ndarray, bool]:
    """Return a file's array, and whether it is MNIST's file of this name."""
    try:
        content = read_bytes(path)
    except IdxError as error:
        raise CorruptData(f"{error} {REPLACE}") from error
    except OSError as error:
        raise MissingData(
            f"{path} cannot be read: {error.strerror}. Make it readable, or name another folder."
        ) from error
    return parse_idx(content, path), _is_mnist(name, content)


def _split(part: str, arrays: dict[str, np.ndarray], folder: Path) -> Split:
    images = arrays[f"{part}-images-idx3-ubyte"]
    labels = arrays[f"{part}-labels-idx1-ubyte"]
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        shape = reprlib.repr(images.shape)
        problem = f"the {part} images have the shape {shape} instead of (n, 28, 28)"
    elif labels.shape != images.shape[:1]:
        shape = reprlib.repr(labels.shape)
        problem = f"the {part} labels have the shape {shape}, for {len(images)} images"
    elif labels.max() > 9:
        problem = f"there is a {part} label {labels.max()}, and only 0 to 9 are known"
    else:
        return Split(images, labels)
    raise CorruptData(f"The set in {folder} cannot be used: {problem}. Name another folder.")


def _repair_cache(cache: Path) -> list[str]:
    """Remove damaged and abandoned files from the cache; return the names that are missing."""
    for staging in cache.glob(f"{STAGING}*"):
        if time.time() - staging.stat().st_mtime > STAGING_AGE:
            shutil.rmtree(staging, ignore_errors=True)
    for name in MNIST_SHA256:
        while (path := _find(cache, name)) and not _holds_mnist(name, path):
            path.unlink(missing_ok=True)
    return [name for name in MNIST_SHA256 if not _find(cache, name)]


def _holds_mnist(name: str, path: Path) -> bool:
    try:
        return _is_mnist(name, read_bytes(path))
    except IdxError:
        return False


def _fetch(name: str, mirror: str, cache: Path, report: Progress) -> None:
    """Download one file into the cache, atomically and verified."""
    from pooch import HTTPDownloader

    there = sum(size for other, size in DOWNLOAD_BYTES.items() if _find(cache, other))
    total = sum(DOWNLOAD_BYTES.values())
    size = DOWNLOAD_BYTES[name]

    def show(received: int) -> None:
        report((there + min(received, size)) / total)

    with tempfile.TemporaryDirectory(prefix=STAGING, dir=cache) as staging:
        path = Path(staging, f"{name}.gz")
        with open(path, "wb") as file:
            meter = _LimitedFile(file, MAX_GROWTH * size, show)
            hooks = {"response": _refuse_redirect}
            downloader = HTTPDownloader(timeout=TIMEOUT, chunk_size=2**16, hooks=hooks)
            downloader(mirror + path.name, meter, None)
        if not _holds_mnist(name, path):
            raise ValueError(f"{mirror} sent the wrong file as {name}")
        os.replace(path, cache / path.name)


def _refuse_redirect(response: Any, *_: Any, **__: Any) -> None:
    """Refuse redirects: requests would first read the whole, perhaps endless, response body."""
    import requests

    if response.is_redirect:
        response.close()
        raise requests.TooManyRedirects("a mirror has the files itself", response=response)


class _LimitedFile:
    """File wrapper for pooch that reports progress and limits the size."""

    def __init__(self, file: BinaryIO, limit: int, report: Callable[[int], object]) -> None:
        self.file = file
        self.limit = limit
        self.report = report
        self.received = 0

    def write(self, chunk: bytes) -> None:
        self.received += len(chunk)
        if self.received > self.limit:
            raise ValueError(f"more than {self.limit} bytes were sent")
        self.file.write(chunk)
        self.report(self.received)

    def flush(self) -> None:
        self.file.flush()


def _reason(error: Exception) -> str:
    """Return a short reason for a mirror's failure, for a message."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"it answered {error.response.status_code}"
    if isinstance(error, requests.TooManyRedirects):
        return "it redirected elsewhere"
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.RequestException):
        return "the connection failed"
    return "it sent the wrong file"
