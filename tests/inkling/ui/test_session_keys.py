"""Keys of the session and of widgets, read from the source."""

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[3]
SESSION_KEYS = ROOT / "inkling/ui/session_keys.py"
FILES = [*sorted((ROOT / "inkling/ui").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]
KEY = re.compile(
    "[a-z0-9]+_[a-z0-9_]*"
)  # outside of `session_keys`; other constants look otherwise


def keys_of(path: Path) -> list[str]:
    """Keys, or constant beginnings of keys, that a module declares."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    values = [*constants, *(v for c in constants if isinstance(c, ast.Tuple) for v in c.elts)]
    literals = [
        node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "key"
    ]
    keys = [node.value for node in values + literals if isinstance(node, ast.Constant)]
    return [
        key for key in keys if isinstance(key, str) and (path == SESSION_KEYS or KEY.fullmatch(key))
    ]


def test_session_keys_are_declared_once() -> None:
    places = defaultdict(list)
    for path in FILES:
        for key in keys_of(path):
            places[key].append(path.relative_to(ROOT).as_posix())
    assert len(places) > 120
    assert {key: paths for key, paths in places.items() if len(paths) > 1} == {}
