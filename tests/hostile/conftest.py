"""The app of the pages' tests stands behind some of the doors."""

from tests.pages.conftest import app, mnist_place, without_mnist

__all__ = ["app", "mnist_place", "without_mnist"]
