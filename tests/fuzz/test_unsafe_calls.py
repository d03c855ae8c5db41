"""The program and its exports never unpickle, evaluate text or write raw HTML."""

import ast
import re
from pathlib import Path

import pytest

from inkling.exports.numpy_program import numpy_program
from nn import load_pretrained

ROOT = Path(__file__).parents[2]
PLACES = [
    "app.py",
    "data_loader.py",
    "nn",
    "digits",
    "inkling",
    "pages",
    "deploy",
    "benchmarks",
    "tools",
]
UNSAFE = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "yaml", "xmlrpc"}
SOURCES = sorted(
    path
    for place in PLACES
    for path in ([ROOT / place] if place.endswith(".py") else (ROOT / place).rglob("*.py"))
)


PICKLING_MODULE = ROOT / "inkling" / "training" / "worker_process.py"
"""Pickles messages to the worker processes that this program has started, over their pipes."""


STYLE_MODULES = [
    ROOT / "inkling" / "ui" / place
    for place in (
        "frame.py",
        "classroom/board.py",
        "draw/layout.py",
        "explore/layout.py",
        "inside/layout.py",
        "learn/layout.py",
        "mistakes/layout.py",
    )
]
"""Load a style file of their own."""

NO_STYLE = "st.html('<style>/* */</style>')"
"""Takes the place of a toast among the styles of a page."""


def unsafe_calls(source: str) -> list[str]:
    """Return imports and calls of a program that unpickle, evaluate text or write raw HTML."""
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


def test_modules_have_no_unsafe_calls() -> None:
    found = {
        path: sorted(set(calls)) for path in SOURCES if (calls := unsafe_calls(path.read_text()))
    }
    styles = {key: ["st.html"] for key in STYLE_MODULES}
    assert found == {PICKLING_MODULE: ["pickle"], **styles}


@pytest.mark.parametrize("module", STYLE_MODULES, ids=lambda module: module.stem)
def test_html_is_a_style_file_beside_its_module(module: Path) -> None:
    calls = [
        node
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.html"
    ]
    arguments = [argument for call in calls if (argument := ast.unparse(call)) != NO_STYLE]
    assert arguments in (["st.html(_STYLE)"], ["st.html(Path(__file__).with_suffix('.css'))"])
    if "_STYLE" in arguments[0]:
        assert re.search(
            r'^_STYLE = Path\(__file__\)\.with_name\("\w+\.css"\)$', module.read_text(), re.M
        )


def test_the_exported_program_has_no_unsafe_calls() -> None:
    assert unsafe_calls(numpy_program(load_pretrained())) == []


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
def test_unsafe_calls_are_found(source: str) -> None:
    assert unsafe_calls(source)
