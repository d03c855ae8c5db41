"""The application behind the pages. Imports point down: see docs/architecture.md."""

__version__ = "0.2.0"
