"""The story in chapters, the failure lab and the quiz."""
