"""Entry point: responses of the mirrors that MNIST is downloaded from."""

import gzip
import io
import itertools
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import requests
import urllib3

import data_loader
from data_loader import DownloadFailed, download_mnist, load_mnist
from digits.idx import idx_bytes, read_bytes
from tools.fuzz.checks import check_sentence
from tools.fuzz.entrypoint import MIB, Entrypoint
from tools.fuzz.generators import gzipped_zeros, mutate_bytes

_IDX_FILES = {
    "train-images-idx3-ubyte": idx_bytes(np.zeros((20, 28, 28), np.uint8)),
    "train-labels-idx1-ubyte": idx_bytes(np.zeros(20, np.uint8)),
    "t10k-images-idx3-ubyte": idx_bytes(np.zeros((10, 28, 28), np.uint8)),
    "t10k-labels-idx1-ubyte": idx_bytes(np.zeros(10, np.uint8)),
}

_GZIPPED_FILES = {name: gzip.compress(content, mtime=0) for name, content in _IDX_FILES.items()}


class EndlessStream(io.RawIOBase):
    """A stream that never ends."""

    def readable(self) -> bool:  # noqa: D102
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: D102
        buffer[:] = bytes(len(buffer))
        return len(buffer)


@dataclass(frozen=True)
class MirrorResponse:
    """HTTP response of a mirror, or an exception while it is fetched."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    """None stands for the requested file."""
    endless: bool = False
    error: type[requests.RequestException] | None = None


_ERRORS: list[type[requests.RequestException]] = [
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.SSLError,
    requests.exceptions.ChunkedEncodingError,
]

_HTML = b"<!doctype html><title>Sign in</title><script>alert(1)</script>"

_REDIRECT_TARGETS = [
    "file:///etc/passwd",
    "http://127.0.0.1:1/",
    "ftp://evil.example/x",
    "//evil.example/",
    "javascript:1",
    "https://evil.example/" + "a" * 3_000,
    "http://[::1",
    "\x00",
    "",
]


def generate(rng: random.Random) -> list[MirrorResponse]:
    """Return responses in order; the last one is repeated for further requests."""
    responses = []
    for _ in range(rng.randint(1, 6)):
        headers = []
        if rng.random() < 0.3:
            length = rng.choice(["0", "1", "-1", "9" * 30, "x", "99999999999"])
            headers.append(("Content-Length", length))
        if rng.random() < 0.3:
            encoding = rng.choice(["gzip", "deflate", "br", "gzip, gzip", "zstd", "x"])
            headers.append(("Content-Encoding", encoding))
        if rng.random() < 0.3:
            headers.append(("Location", rng.choice(_REDIRECT_TARGETS)))
        body = rng.choice(
            [
                None,
                None,
                None,
                b"",
                _HTML,
                gzip.compress(_HTML),
                rng.choice(list(_GZIPPED_FILES.values())),
            ]
        )
        if rng.random() < 0.3:
            body = mutate_bytes(rng, body or rng.choice(list(_GZIPPED_FILES.values())))
        responses.append(
            MirrorResponse(
                status=rng.choice([200, 200, 200, 206, 204, 301, 302, 307, 404, 416, 500, 999]),
                headers=tuple(headers),
                body=body,
                endless=rng.random() < 0.02,
                error=rng.choice(_ERRORS) if rng.random() < 0.1 else None,
            )
        )
    return responses


@contextmanager
def patched_mirrors(responses: list[MirrorResponse], cache: Path) -> Iterator[list[str]]:
    """Patch HTTP and the expected checksums to small files; yield the list of requested URLs."""
    requested_urls: list[str] = []
    queue = itertools.chain(responses, itertools.repeat(responses[-1]))

    def send(
        adapter: requests.adapters.HTTPAdapter, request: Any, *_: Any, **__: Any
    ) -> requests.Response:
        requested_urls.append(request.url)
        response = next(queue)
        if response.error is not None:
            raise response.error("evil.example", request=request)
        name = request.url.rsplit("/", 1)[-1].removesuffix(".gz")
        body = _GZIPPED_FILES.get(name, b"") if response.body is None else response.body
        stream: Any = io.BufferedReader(EndlessStream()) if response.endless else io.BytesIO(body)
        raw = urllib3.HTTPResponse(
            body=stream,
            headers=urllib3.HTTPHeaderDict(response.headers),
            status=response.status,
            preload_content=False,
        )
        return adapter.build_response(request, raw)

    sums = {
        name: data_loader.hashlib.sha256(content).hexdigest()
        for name, content in _IDX_FILES.items()
    }
    sizes = {name: len(data) for name, data in _GZIPPED_FILES.items()}
    with (
        mock.patch.object(requests.adapters.HTTPAdapter, "send", send),
        mock.patch.dict(data_loader.MNIST_SHA256, sums),
        mock.patch.dict(data_loader.DOWNLOAD_BYTES, sizes),
        mock.patch.dict(os.environ, {"INKLING_CACHE": str(cache)}),
    ):
        os.environ.pop("MNIST_DIR", None)
        yield requested_urls


def exercise(responses: list[MirrorResponse], folder: Path) -> bool:
    """Download: only complete, verified files in the cache, or `DownloadFailed`."""
    cache = folder / "cache" / "mnist"
    cache.mkdir(parents=True, exist_ok=True)
    for path in cache.iterdir():
        path.unlink()
    with patched_mirrors(responses, folder / "cache") as requested_urls:
        try:
            download_mnist()
        except DownloadFailed as error:
            check_sentence(error, str(cache))
            accepted = False
        else:
            accepted = True
            assert load_mnist().name == "MNIST"
        names = {f"{name}.gz" for name in _GZIPPED_FILES}
        for path in cache.iterdir():
            assert path.name in names, f"{path.name} was left in the cache"
            assert read_bytes(path) == _IDX_FILES[path.name.removesuffix(".gz")]
        assert all(url.startswith(("http://", "https://")) for url in requested_urls)
        assert not accepted or len(list(cache.iterdir())) == len(_GZIPPED_FILES)
    return accepted


def attacks() -> dict[str, list[MirrorResponse]]:
    """Return known attacks, and the valid response."""
    gzipped = (("Content-Encoding", "gzip"),)
    return {
        "a stream without end": [MirrorResponse(endless=True)],
        "a gzip bomb of 512 MiB": [MirrorResponse(body=gzipped_zeros(512 * MIB))],
        "a gzip bomb unzipped on its way": [
            MirrorResponse(body=gzipped_zeros(512 * MIB), headers=gzipped)
        ],
        "a gzip bomb in a gzip bomb": [
            MirrorResponse(
                body=gzip.compress(gzipped_zeros(512 * MIB)),
                headers=(("Content-Encoding", "gzip, gzip"),),
            )
        ],
        "a sign-in page": [MirrorResponse(body=_HTML)],
        "redirected to a file": [MirrorResponse(302, (("Location", "file:///etc/passwd"),), b"")],
        "redirected, after a stream without end": [
            MirrorResponse(302, (("Location", "https://evil.example/"),), endless=True)
        ],
        "redirected for ever": [MirrorResponse(302, (("Location", "https://evil.example/"),), b"")],
        "the wrong file, whole": [MirrorResponse(body=_GZIPPED_FILES["t10k-labels-idx1-ubyte"])],
        "cut off": [MirrorResponse(body=_GZIPPED_FILES["train-images-idx3-ubyte"][:20])],
        "shorter than it says": [MirrorResponse(headers=(("Content-Length", "999999"),))],
        "the right files": [MirrorResponse()],
    }


ENTRYPOINT = Entrypoint("downloads", generate, exercise, attacks, 128 * MIB)
