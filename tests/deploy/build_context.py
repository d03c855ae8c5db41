"""What `docker build` copies into the image, by the rules of .dockerignore and the Dockerfile."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from tools.app_driver import ROOT

DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
APP = "/app"
"""Folder of the app in the image."""


def context_files(root: Path, rules: list[str]) -> Iterator[Path]:
    """Yield the files of a folder, relative to it, that are sent to the engine.

    The last rule that matches a file or one of its folders decides; a rule that begins with ``!``
    includes. See https://docs.docker.com/build/concepts/context/#dockerignore-files.
    """
    compiled = [(rule.startswith("!"), _expression(rule.lstrip("!"))) for rule in rules]
    included = [rule[1:] for rule in rules if rule.startswith("!")]

    def is_sent(path: Path) -> bool:
        places = [path.as_posix(), *(parent.as_posix() for parent in path.parents)]
        matching = [sends for sends, rule in compiled if any(map(rule.fullmatch, places))]
        return not matching or matching[-1]

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted((root / folder).iterdir()):
            name = path.relative_to(root)
            if not path.is_dir():
                if is_sent(name):
                    yield name
            elif is_sent(name) or any(rule.startswith(f"{name.as_posix()}/") for rule in included):
                yield from walk(name)

    return walk(Path())


def _expression(rule: str) -> re.Pattern[str]:
    """Return the regular expression of a rule."""
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(parts.get(part, re.escape(part)) for part in re.split(r"(\*\*/?|\*|\?)", rule))
    )


def copy_app(image: Path) -> Path:
    """Copy what the Dockerfile copies from the project into a folder; return the app's folder."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line]
    files = list(context_files(ROOT, [rule for rule in rules if not rule.startswith("#")]))
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
        for file in files:
            if source == ".":
                place = image / target.lstrip("/") / file
            elif file.as_posix() == source:
                place = image / target.lstrip("/")
            else:
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, place)
    return image / APP.lstrip("/")


def command() -> list[str]:
    """Return the command that the image runs."""
    found: list[str] = json.loads(re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)[-1])
    return found
