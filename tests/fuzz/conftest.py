"""Fixtures of the page tests, for entry points on pages."""

from tests.pages.conftest import app, mnist_place, without_mnist

__all__ = ["app", "mnist_place", "without_mnist"]
