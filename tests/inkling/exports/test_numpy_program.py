"""The exported NumPy program: same probabilities as the network, without this project."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data_loader import Dataset
from inkling.exports.numpy_program import numpy_program
from nn import Network, cnn, load_pretrained
from nn.activations import HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS
from nn.convolution import SHRINK

ROOT = Path(__file__).parents[3]
TOLERANCE = {"float32": 1e-6, "float64": 1e-14}
# Runs every program in the folder on images.npy, saves its output, and prints imported modules.
DRIVER = """
import json, runpy, sys
from pathlib import Path
import numpy as np
images = np.load("images.npy")
for path in Path().glob("*.py"):
    program = runpy.run_path(str(path))
    np.save(path.with_suffix(".out.npy"), program["predict_proba"](images))
print(json.dumps(sorted(sys.modules)))
"""


def run_isolated(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with NumPy but without this project."""
    return subprocess.run(
        [sys.executable, "-I", *arguments], cwd=folder, capture_output=True, text=True, timeout=120
    )


def predicted(
    folder: Path, networks: dict[str, Network], images: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the output of the programs of some networks, from a process without this project."""
    np.save(folder / "images.npy", images)
    for name, network in networks.items():
        (folder / f"{name}.py").write_text(numpy_program(network), encoding="utf-8")
    done = run_isolated(folder, "-W", "error", "-c", DRIVER)
    assert done.returncode == 0, done.stderr
    imported = {module.partition(".")[0] for module in json.loads(done.stdout)}
    assert not imported & {path.stem for path in ROOT.iterdir()}
    return {name: np.load(folder / f"{name}.out.npy") for name in networks}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("hidden", [(), (12,), (12, 9)], ids=str)
def test_programs_agree_with_predict_proba(
    make_network: Any, images: np.ndarray, tmp_path: Path, hidden: tuple[int, ...], dtype: str
) -> None:
    networks = {
        f"{activation}-{output}": make_network(hidden, activation, output, dtype)
        for activation, output in product(HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS)
    }
    for name, probabilities in predicted(tmp_path, networks, images).items():
        expected = networks[name].predict_proba(images)
        assert probabilities.dtype == expected.dtype
        assert expected.std() > 1e-3, "the answers differ, so that agreeing means something"
        np.testing.assert_allclose(
            probabilities, expected, rtol=0, atol=TOLERANCE[dtype], err_msg=name
        )


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shrink", SHRINK)
@pytest.mark.parametrize(("filters", "hidden"), [((3,), ()), ((3, 5), (12, 9))], ids=str)
def test_programs_of_convolutional_networks_agree_with_predict_proba(
    images: np.ndarray,
    tmp_path: Path,
    filters: tuple[int, ...],
    hidden: tuple[int, ...],
    shrink: str,
    dtype: str,
) -> None:
    networks = {
        f"{activation}-{output}": with_biases(
            cnn(
                filters,
                (784, *hidden, 10),
                activation,
                output,
                kernel_size=4,
                shrink=shrink,
                dtype=dtype,
            )
        )
        for activation, output in product(HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS)
    }
    for name, probabilities in predicted(tmp_path, networks, images).items():
        expected = networks[name].predict_proba(images)
        assert probabilities.dtype == expected.dtype
        assert expected.std() > 1e-3, "the answers differ, so that agreeing means something"
        np.testing.assert_allclose(
            probabilities, expected, rtol=0, atol=TOLERANCE[dtype], err_msg=name
        )


def with_biases(network: Network) -> Network:
    """Give every unit and filter another bias."""
    for b in network.parameters[1::2]:
        b[:] = np.linspace(-0.1, 0.1, len(b))
    return network


def test_program_of_a_convolutional_network_takes_any_number_of_images(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    network = with_biases(cnn((2, 3), (784, 10)))
    for n in (0, 1, 500, 1_001):
        images = rng.integers(0, 256, (n, 28, 28), np.uint8)
        probabilities = predicted(tmp_path, {"any": network}, images)["any"]
        assert probabilities.shape == (n, 10)
        np.testing.assert_allclose(probabilities, network.predict_proba(images), rtol=0, atol=1e-6)


def test_the_shipped_model_and_raw_pixels_agree(
    make_network: Any, tiny: Dataset, tmp_path: Path
) -> None:
    networks = {
        "shipped": load_pretrained(),
        "raw": make_network(activation="published-sigmoid", output="sigmoid", input_scale=1.0),
    }
    images = tiny.test.images
    for name, probabilities in predicted(tmp_path, networks, images).items():
        np.testing.assert_allclose(
            probabilities, networks[name].predict_proba(images), rtol=0, atol=1e-6, err_msg=name
        )


def test_extreme_sums_give_probabilities_and_no_warnings(
    make_network: Any, images: np.ndarray, tmp_path: Path
) -> None:
    networks = {
        f"{activation}-{output}": make_network((12,), activation, output)
        for activation, output in product(HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS)
    }
    for network in networks.values():
        network.dense_layers[0].b[::2] = -10_000
        network.dense_layers[-1].b[:] = -10_000
        network.dense_layers[-1].b[3] = 10_000 if network.output != "sigmoid" else -10_000
    for name, probabilities in predicted(tmp_path, networks, images).items():
        expected = networks[name].predict_proba(images)
        np.testing.assert_allclose(probabilities, expected, rtol=1e-6, err_msg=name)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6, err_msg=name)


def test_empty_batch_gives_empty_output(
    make_network: Any, images: np.ndarray, tmp_path: Path
) -> None:
    assert predicted(tmp_path, {"none": make_network()}, images[:0])["none"].shape == (0, 10)


def test_program_passes_ruff(
    make_network: Any, ruff_output: Callable[[Sequence[str]], str]
) -> None:
    kinds = product([(), (100,) * 10], HIDDEN_ACTIVATIONS, OUTPUT_ACTIVATIONS)
    networks = [make_network(*kind) for kind in kinds]
    networks += [cnn((8,), (784, 10)), cnn((8, 4, 4), (784, 16, 10), kernel_size=3, shrink="pool")]
    assert ruff_output([numpy_program(network) for network in networks]) == ""


def test_ruff_output_detects_a_fault(ruff_output: Callable[[Sequence[str]], str]) -> None:
    assert "D103" in ruff_output(["def undocumented():\n    pass\n"])
    assert "-a = ( 1, 2)" in ruff_output(["a = ( 1, 2)\n"])


def test_program_contains_only_used_formulas(make_network: Any) -> None:
    def functions(**kind: Any) -> list[str]:
        return re.findall(r"^def (\w+)", numpy_program(make_network(**kind)), re.MULTILINE)

    rest = ["predict_proba", "read_layers", "main"]
    assert functions() == ["relu", "softmax", *rest]
    assert functions(hidden=(), activation="tanh") == ["softmax", *rest]
    assert functions(activation="sigmoid", output="sigmoid") == ["sigmoid", *rest]
    assert "convolve" in numpy_program(cnn())
    assert "max_pool" not in numpy_program(cnn())
    assert "max_pool" in numpy_program(cnn(shrink="pool"))


@pytest.fixture
def program(make_network: Any, tmp_path: Path) -> Path:
    path = tmp_path / "digits.py"
    path.write_text(numpy_program(make_network()), encoding="utf-8")
    return path


def test_command_line_prints_one_line_per_image(
    program: Path, images: np.ndarray, make_network: Any
) -> None:
    network = make_network()
    program.write_text(numpy_program(network), encoding="utf-8")
    np.save(program.parent / "images.npy", images)
    done = run_isolated(program.parent, program.name, "images.npy")
    assert (done.returncode, done.stderr) == (0, "")
    answers = [int(digit) for digit in re.findall(r"^image \d+: (\d) \(", done.stdout, re.M)]
    assert answers == network.predict_proba(images).argmax(axis=1).tolist()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 2, "Usage: python digits.py images.npy"),
        (["a.npy", "b.npy"], 2, "Usage: python digits.py images.npy"),
        (["missing.npy"], 1, "missing.npy cannot be read: No such file or directory."),
        (["empty.npy"], 1, "empty.npy is not a .npy file of images: "),
        (["text.npy"], 1, "text.npy is not a .npy file of images: "),
        (["objects.npy"], 1, "objects.npy is not a .npy file of images: "),
        (["zip.npz"], 1, "zip.npz is not a .npy file of images: "),
        (["float.npy"], 1, "images are (n, 28, 28) uint8, not (1, 28, 28) float64."),
        (["one.npy"], 1, "images are (n, 28, 28) uint8, not (28, 28) uint8."),
        (["number.npy"], 1, "images are (n, 28, 28) uint8, not () uint8."),
    ],
)
def test_command_line_misuse_prints_one_sentence(
    program: Path, arguments: list[str], code: int, message: str
) -> None:
    folder = program.parent
    (folder / "empty.npy").touch()
    (folder / "text.npy").write_text("these are no images")
    np.save(folder / "objects.npy", np.array([{}, None]), allow_pickle=True)
    np.savez(folder / "zip.npz", images=np.zeros((1, 28, 28), np.uint8))
    np.save(folder / "float.npy", np.zeros((1, 28, 28)))
    np.save(folder / "one.npy", np.zeros((28, 28), np.uint8))
    np.save(folder / "number.npy", np.uint8(0))
    done = run_isolated(folder, program.name, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_non_finite_network_is_refused(make_network: Any, value: float) -> None:
    network = make_network()
    network.theta[5] = value
    with pytest.raises(ValueError, match="finite"):
        numpy_program(network)
