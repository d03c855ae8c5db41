"""The application behind the pages. Imports point down: see docs/architecture.md."""
