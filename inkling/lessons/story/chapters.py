"""All chapters of the story, in order."""

from inkling.lessons.story.chapter import Chapter
from inkling.lessons.story.experiment_a import ONE_LAYER, TWO_LAYERS
from inkling.lessons.story.experiment_b import IMAGE_8, MISSING_TERM
from inkling.lessons.story.first_steps import BLAME, COST, DIGITS, DOWNHILL, RANDOM, TOGETHER, UNIT
from inkling.lessons.story.improvements import BY_HEART, NEIGHBOURS, WELL_MADE

CHAPTERS: dict[str, Chapter] = {
    chapter.key: chapter
    for chapter in (
        DIGITS,
        UNIT,
        RANDOM,
        COST,
        DOWNHILL,
        BLAME,
        TOGETHER,
        WELL_MADE,
        TWO_LAYERS,
        ONE_LAYER,
        MISSING_TERM,
        BY_HEART,
        NEIGHBOURS,
        IMAGE_8,
    )
}
"""All chapters by key, in order."""
