"""The chapters of the story from 10% to 99%."""
