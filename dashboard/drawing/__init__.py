"""The parts of the Draw page that look further: why this answer, a second model, teaching."""
