"""Imports point down only: each folder may import the folders listed for it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
NN_AND_DIGITS = {"nn", "digits"}
DATA = {*NN_AND_DIGITS, "data_loader", "inkling.data"}
FIRST_FLOOR = {
    *DATA,
    "inkling.runs",
    "inkling.server",
    "inkling.analysis",
    "inkling.classroom",
}
SECOND_FLOOR = {*FIRST_FLOOR, "inkling.exports", "inkling.lessons", "inkling.training"}
CHARTS = {*SECOND_FLOOR, "inkling.charts", "plotly"}
UI = {*CHARTS, "inkling.ui", "streamlit", "streamlit_drawable_canvas"}
ALLOWED = {  # the folders and frameworks that a folder may import, besides itself
    "nn": set(),
    "nn/__main__.py": {"digits", "data_loader"},
    "digits": set(),
    "data_loader.py": {"digits"},
    "inkling/data": DATA,
    "inkling/runs": DATA,
    "inkling/server": {*DATA, "inkling.runs"},
    "inkling/classroom": {*DATA, "inkling.runs"},
    "inkling/analysis": {*DATA, "inkling.runs"},
    "inkling/exports": {*FIRST_FLOOR, "inkling.__version__"},
    "inkling/training": FIRST_FLOOR,
    "inkling/lessons": {*FIRST_FLOOR, "inkling.training"},
    "inkling/charts": CHARTS,
    "inkling/ui": UI,
    "pages": UI,
    "app.py": {"nn", "inkling.ui", "streamlit"},
    "deploy": {"inkling.server"},
    "deploy/fonts.py": {"data_loader", "nn"},
    "deploy/messages.py": {"streamlit"},
    "deploy/sessions.py": {"streamlit"},
    "deploy/asgi.py": {"nn", "data_loader", "inkling.server", "inkling.ui", "streamlit"},
}
WATCHED = {"streamlit", "streamlit_drawable_canvas", "plotly"}
OURS = ("nn", "digits", "data_loader", "inkling", "pages", "app", "deploy", "benchmarks", "tests")
FILES = [
    path.relative_to(ROOT).as_posix()
    for place in ("nn", "digits", "inkling", "pages", "deploy")
    for path in sorted((ROOT / place).rglob("*.py"))
] + ["data_loader.py", "app.py"]


def imported_modules(path: Path) -> set[str]:
    """Full names of the modules that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def place_of(module: str) -> str:
    """Folder of a module as it stands in `ALLOWED`: two parts for `inkling`, else one."""
    return ".".join(module.split(".")[: 2 if module.startswith("inkling.") else 1])


def refused_imports(file: str) -> set[str]:
    """Return the folders and frameworks that a file imports and its row does not allow."""
    rows = [file, *(parent.as_posix() for parent in Path(file).parents)]
    row = next((row for row in rows if row in ALLOWED), None)
    if row is None:
        assert file == "inkling/__init__.py", f"{file}: its folder has no row"
        return set()
    places = {place_of(module) for module in imported_modules(ROOT / file)}
    own = place_of(file.removesuffix(".py").replace("/", "."))
    watched = {place for place in places if place.startswith(OURS) or place in WATCHED}
    return watched - ALLOWED[row] - {own}


def test_imports_point_down() -> None:
    found = {file: refused for file in FILES if (refused := refused_imports(file))}
    assert found == {}


def test_modules_import_in_no_circle() -> None:
    modules = {
        file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file for file in FILES
    }

    def module_of(name: str) -> str | None:
        """The file's module behind an imported name: the name itself, or the one it stands in."""
        return next((m for m in (name, name.rpartition(".")[0]) if m in modules), None)

    imports = {
        module: {module_of(name) for name in imported_modules(ROOT / file)} - {module, None}
        for module, file in modules.items()
    }
    while leaves := [module for module, found in imports.items() if not found]:
        for module in leaves:
            del imports[module]
        for found in imports.values():
            found -= set(leaves)
    assert not imports, "modules that import each other, or import such modules"
