"""Entry point: files of runs."""

from contextlib import suppress
from functools import partial
from pathlib import Path

from inkling.exports.run_script import run_script
from inkling.runs.run_file import (
    MAX_NAME,
    MAX_NOTES,
    RunError,
    read_info,
    run_bytes,
    run_from_bytes,
    with_identity,
)
from inkling.ui.markdown import escape_markdown
from tools.fuzz.checks import check_markdown, check_script, check_sentence
from tools.fuzz.entrypoint import MIB, VISITOR_ID, Entrypoint
from tools.fuzz.safetensors_files import attacks, generate

_LONGEST_IDENTITY = 100  # bytes: an id, a number in full, the padding


def exercise(data: bytes, folder: Path) -> bool:
    """Read a run: one with clean texts that can be saved and exported, or a `RunError`."""
    path = folder / f"{VISITOR_ID}.safetensors"
    path.write_bytes(data)
    try:
        read_info(path)
    except RunError as error:
        check_sentence(error)
    with suppress(RunError):
        with_identity(data)
    try:
        run = run_from_bytes(data)
    except RunError as error:
        check_sentence(error)
        return False
    info = run.info
    assert len(info.name) <= MAX_NAME
    assert len(info.notes) <= MAX_NOTES
    for cleaned in (info.name, info.data_name, info.error, *info.notes.split("\n")):
        assert cleaned == "" or cleaned.isprintable()
    check_markdown(escape_markdown(info.name), info.name)
    check_markdown(escape_markdown(info.notes), info.notes)
    check_script(run_script(info.config, run.events, info.steps), info.config)
    again = run_from_bytes(run_bytes(run))
    assert repr(again.info) == repr(info)
    changed = with_identity(data, visitor_id=VISITOR_ID, group="")
    assert run_from_bytes(changed).info.visitor_id == VISITOR_ID
    assert len(changed) <= len(data) + _LONGEST_IDENTITY
    return True


ENTRYPOINT = Entrypoint(
    "runs", partial(generate, "run"), exercise, partial(attacks, "run"), 288 * MIB
)
