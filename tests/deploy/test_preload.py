"""Files that the browser loads beside the page that needs them."""

from pathlib import Path

import streamlit as st

from deploy.preload import Preload, streamlit_modules
from tests.deploy.test_compressed import Files, fetch

MODULE = "</all.js>; rel=modulepreload; crossorigin; fetchpriority=low"


def test_pages_name_the_files_that_they_need() -> None:
    files = {"/draw": ["/canvas.js", "/canvas.css"]}
    app = Preload(Files("text/html; charset=utf-8"), ["/all.js"], files)
    assert fetch(app, "/train")[0].getlist("link") == [MODULE]
    assert fetch(app, "/draw")[0].getlist("link") == [
        "</canvas.js>; rel=modulepreload; crossorigin; fetchpriority=low",
        "</canvas.css>; rel=preload; as=style; fetchpriority=low",
        MODULE,
    ]


def test_only_pages_name_files() -> None:
    app = Preload(Files("text/css"), ["/all.js"], {"/draw": ["/canvas.js"]})
    assert "link" not in fetch(app, "/static/css/index.css")[0]


def test_streamlits_modules_are_found() -> None:
    root = Path(st.__file__).parent / "static"
    modules = streamlit_modules(root)
    assert [Path(module).name.partition(".")[0] for module in modules] == [
        "Html",
        "purify",
        "BidiComponent",
        "serialization",
        "recordbatch",
    ]
    assert all((root / module.lstrip("/")).is_file() for module in modules)
