"""All chapters of the story, in order."""

from inkling.lessons.story.chapter import Chapter
from inkling.lessons.story.experiment_a import EXPERIMENT_A
from inkling.lessons.story.experiment_b import EXPERIMENT_B
from inkling.lessons.story.first_steps import FIRST_STEPS
from inkling.lessons.story.improvements import IMPROVEMENTS

CHAPTERS: dict[str, Chapter] = {
    chapter.key: chapter for chapter in (*FIRST_STEPS, *EXPERIMENT_A, *EXPERIMENT_B, *IMPROVEMENTS)
}
"""All chapters by key, in order."""
