"""The whole story, in order, and where to read on."""

from typing import NamedTuple

from inkling.lessons.story.better import BETTER
from inkling.lessons.story.chapter import Chapter
from inkling.lessons.story.experiment_a import EXPERIMENT_A
from inkling.lessons.story.experiment_b import EXPERIMENT_B
from inkling.lessons.story.first_steps import FIRST_STEPS

CHAPTERS: dict[str, Chapter] = {
    chapter.key: chapter for chapter in (*FIRST_STEPS, *EXPERIMENT_A, *EXPERIMENT_B, *BETTER)
}
"""All chapters by key, in order."""


class Resource(NamedTuple):
    """Something to read or watch.

    Attributes
    ----------
    title, address : str
    about : str
        What one finds there.
    """

    title: str
    address: str
    about: str


RESOURCES = (
    Resource(
        "Learn NumPy", "https://numpy.org/learn", "Lessons and books, from the first array on."
    ),
    Resource(
        "NumPy quickstart",
        "https://numpy.org/devdocs/user/quickstart.html",
        "The lesson with the two pictures of the first chapter.",
    ),
    Resource(
        "The MNIST page",
        "http://yann.lecun.com/exdb/mnist",
        "Where the digits came from. It turns visitors away today; Inkling fetches them elsewhere.",
    ),
    Resource(
        "Artificial neuron",
        "https://en.wikipedia.org/wiki/Artificial_neuron",
        "What is called a unit here.",
    ),
    Resource(
        "Perceptron",
        "https://en.wikipedia.org/wiki/Perceptron",
        "The first of these networks, from 1957.",
    ),
    Resource(
        "Backpropagation",
        "https://en.wikipedia.org/wiki/Backpropagation",
        "How the error finds its way back, with all the formulas.",
    ),
    Resource(
        "Neural networks with NumPy, as computational graphs",
        "https://www.kdnuggets.com/2019/08/numpy-neural-networks-computational-graphs.html",
        "KDnuggets, 2019: another network from scratch.",
    ),
    Resource(
        "3Blue1Brown: Neural networks",
        "https://www.youtube.com/playlist?list=PLZHQObOWTQDNU6R1_67000Dx_ZCJB-3pi",
        "Videos that show this very network in motion.",
    ),
    Resource("Keras", "https://keras.io", "A library that does all of this, and far more."),
    Resource(
        "Handwritten digits with deep learning",
        "https://data-flair.training/blogs/python-deep-learning-project-handwritten-digit-recognition",
        "The same digits, read with Keras.",
    ),
)
"""What both experiments point to."""
