"""The Learn page: a chapter of the story, its run and its question."""
