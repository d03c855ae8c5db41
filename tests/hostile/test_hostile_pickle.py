"""Nothing of ours opens a pickle, and no program that we hand out does."""

import ast
from pathlib import Path

import pytest

from inkling.exports.numpy_program import numpy_program
from nn import load_pretrained

ROOT = Path(__file__).parents[2]
OURS = ["app.py", "data_loader.py", "nn", "digits", "inkling", "pages", "deploy", "benchmarks"]
UNSAFE = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "xmlrpc"}
SOURCES = sorted(
    path
    for place in OURS
    for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
)


BETWEEN_OWN_PROCESSES = ROOT / "inkling" / "training" / "worker_process.py"
"""Pickles what this program says to the processes that it has started, over their own pipes."""


def faults_of(source: str) -> list[str]:
    """Return what in a program would open a pickle, or run text or HTML from elsewhere."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.split(".")[0] in UNSAFE]
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            found += [module] if module.split(".")[0] in UNSAFE else []
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            words = {word.arg: ast.unparse(word.value) for word in node.keywords}
            if name in ("np.load", "numpy.load") and words.get("allow_pickle") != "False":
                found.append("np.load without allow_pickle=False")
            if name in ("eval", "exec", "os.system", "np.fromfile"):
                found.append(name)
            found += [
                w for w in ("allow_pickle", "unsafe_allow_html", "shell") if words.get(w) == "True"
            ]
            if name.endswith((".html", ".iframe")) and name.startswith(("st.", "components.")):
                found.append(name)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_of_ours_opens_a_pickle_or_writes_html(path: Path) -> None:
    expected = ["pickle"] if path == BETWEEN_OWN_PROCESSES else []
    assert faults_of(path.read_text()) == expected


def test_the_program_that_is_handed_out_opens_none_either() -> None:
    assert faults_of(numpy_program(load_pretrained())) == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from pickle import loads",
        "np.load('x')",
        "np.load('x', allow_pickle=True)",
        "st.markdown('x', unsafe_allow_html=True)",
        "eval('1')",
    ],
)
def test_the_search_finds_what_it_looks_for(source: str) -> None:
    assert faults_of(source)
