"""Imports point down: who may know whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"nn", "digits", "data_loader", "dashboard", "pages", "app", "benchmarks"}
ALLOWED = {  # top-level names of ours, or of frameworks, that a place may import
    "nn": {"nn"},
    "nn/__main__.py": {"nn", "digits", "data_loader"},
    "digits": {"digits"},
    "data_loader.py": {"digits"},
    "dashboard": {"nn", "digits", "data_loader", "dashboard", "streamlit", "plotly"},
    "dashboard/charts.py": {"nn", "plotly"},
    "dashboard/datasets.py": {"data_loader"},
    "dashboard/jobs.py": {"nn", "data_loader", "dashboard"},
    "dashboard/run_worker.py": {"nn", "digits", "data_loader", "dashboard"},
    "dashboard/training_processes.py": {"data_loader", "dashboard"},
    "dashboard/models.py": {"nn"},
    "dashboard/answer_table.py": set(),
    "dashboard/verdicts.py": {"digits"},
    "dashboard/label_doubt.py": {"digits"},
    "dashboard/model_comparison.py": set(),
    "dashboard/model_comparison_charts.py": {"dashboard", "plotly"},
    "dashboard/pictures.py": set(),
    "dashboard/weight_picture.py": set(),
    "dashboard/run.py": {"nn"},
    "dashboard/run_file.py": {"nn", "digits", "dashboard"},
    "dashboard/checkpoint_file.py": {"nn", "digits", "dashboard"},
    "dashboard/checkpoints.py": {"nn", "dashboard"},
    "dashboard/runs.py": {"nn", "dashboard"},
    "dashboard/sweep_plan.py": {"nn", "digits", "dashboard"},
    "dashboard/sweeps.py": {"nn", "data_loader", "dashboard"},
    "dashboard/trial_workers.py": {"nn", "digits", "data_loader", "dashboard"},
    "dashboard/processes.py": {"dashboard"},
    "dashboard/keepsakes.py": {"nn", "dashboard"},
    "dashboard/classroom.py": {"dashboard"},
    "dashboard/limits.py": {"nn"},
    "dashboard/failures.py": {"nn", "dashboard"},
    "dashboard/core_work.py": set(),
    "dashboard/race.py": {"nn", "dashboard"},
    "dashboard/taught.py": {"digits"},
    "dashboard/fine_tuning.py": {"nn", "digits", "dashboard"},
    "dashboard/drawing_steps.py": {"nn", "digits"},
    "dashboard/walkthrough.py": {"nn"},
    "dashboard/saliency.py": {"nn"},
    "dashboard/unit_importance.py": {"nn"},
    "dashboard/unseen.py": {"nn", "dashboard"},
    "dashboard/biography.py": {"nn", "dashboard"},
    "dashboard/contest.py": {"nn"},
    "dashboard/damage.py": {"nn"},
    "dashboard/inside_charts.py": {"dashboard", "plotly"},
    "dashboard/unit_charts.py": {"dashboard", "plotly"},
    "dashboard/mistake_charts.py": {"nn", "dashboard", "plotly"},
    "dashboard/markdown.py": set(),
    "dashboard/trigger.py": set(),
    "dashboard/sketch.py": {"dashboard"},
    "dashboard/layer_charts.py": {"nn", "dashboard", "plotly"},
    "dashboard/comparison_chart.py": {"nn", "dashboard", "plotly"},
    "dashboard/sweep_charts.py": {"dashboard", "plotly"},
    "dashboard/failure_charts.py": {"dashboard", "plotly"},
    "dashboard/story_charts.py": {"dashboard", "plotly"},
    "dashboard/exports": {"nn", "dashboard"},
    "dashboard/story": {"nn", "digits", "data_loader", "dashboard"},
    "pages": {"nn", "digits", "data_loader", "dashboard", "streamlit", "plotly"},
    "app.py": {"nn", "dashboard"},
}
WATCHED = OURS | {"streamlit", "plotly"}
FILES = [
    path.relative_to(ROOT).as_posix()
    for place in ("nn", "digits", "dashboard", "pages")
    for path in sorted((ROOT / place).rglob("*.py"))
] + ["data_loader.py", "app.py"]


def imports(path: Path) -> set[str]:
    """Return the first part of every module that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("file", FILES)
def test_imports_point_down(file: str) -> None:
    places = [file, *(parent.as_posix() for parent in Path(file).parents)]
    allowed = next((ALLOWED[place] for place in places if place in ALLOWED), None)
    assert allowed is not None, f"{file} has no floor"
    assert imports(ROOT / file) & WATCHED <= allowed


LOWER = [
    place.removeprefix("dashboard/")
    for place, allowed in ALLOWED.items()
    if place.startswith("dashboard/") and place.endswith(".py") and "streamlit" not in allowed
]


@pytest.mark.parametrize("file", LOWER)
def test_the_lower_dashboard_does_not_know_the_upper(file: str) -> None:
    text = (ROOT / "dashboard" / file).read_text(encoding="utf-8")
    tree = ast.parse(text)
    modules = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dashboard")
        for alias in node.names
    }
    upper = tuple(
        f"dashboard.{name}"
        for name in ("state", "controls", "data_choice", "training_form", "frame")
    )
    assert not [module for module in modules if module.startswith(upper)]
