"""Fuzzing of every place where untrusted input enters the program.

Each entry point is one module with a generator of input (mostly mutated valid input), a table of
known attacks, and a check that any input is either accepted and well-formed, or refused by the one
documented exception, in a sentence for users. `tests/fuzz` exercises each entry point a few times
with Hypothesis as the source of randomness; ``python -m benchmarks hostile`` does so many times.
"""

from tools.fuzz import (
    browser_messages,
    checkpoints,
    class_acts,
    downloads,
    environment,
    idx_files,
    lesson_plans,
    links,
    models,
    names,
    pictures,
    runs,
    slow_pictures,
    teacher_cookie,
    visitor_files,
)

ENTRYPOINTS = {
    "idx": idx_files.ENTRYPOINT,
    "pictures": pictures.ENTRYPOINT,
    "slow-pictures": slow_pictures.ENTRYPOINT,
    "runs": runs.ENTRYPOINT,
    "models": models.ENTRYPOINT,
    "checkpoints": checkpoints.ENTRYPOINT,
    "downloads": downloads.ENTRYPOINT,
    "links": links.ENTRYPOINT,
    "names": names.ENTRYPOINT,
    "messages": browser_messages.ENTRYPOINT,
    "visitor-files": visitor_files.ENTRYPOINT,
    "environment": environment.ENTRYPOINT,
    "class-acts": class_acts.ENTRYPOINT,
    "teacher-cookie": teacher_cookie.ENTRYPOINT,
    "lesson-plans": lesson_plans.ENTRYPOINT,
}
