"""The attacks on a running server, with a fraction of their requests."""

from collections.abc import Iterator

import pytest

from benchmarks.classroom import ENTRY
from benchmarks.server_attacks import ATTACKS, CLASS, SESSION_TTL, Attack, attack, first_visit
from data_loader import Dataset
from digits.idx import write_idx
from tests.running import run
from tools.app_driver import serve

SHARE = 0.02


@pytest.fixture(scope="module")
def address(small: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("digits")
    for name, split in (("train", small.train), ("t10k", small.test)):
        write_idx(split.images, folder / f"{name}-images-idx3-ubyte")
        write_idx(split.labels, folder / f"{name}-labels-idx1-ubyte")
    ttl = {"STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL": str(SESSION_TTL)}
    with serve(ENTRY, MNIST_DIR=str(folder), **ttl, **CLASS) as url:
        run(first_visit(url))
        yield url


@pytest.mark.parametrize("each", ATTACKS, ids=[each.name for each in ATTACKS])
def test_server_withstands_attack(
    address: str, each: Attack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert attack(address, each, share=SHARE), capsys.readouterr().out
