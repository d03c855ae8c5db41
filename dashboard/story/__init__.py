"""The story from 10% to 99%, as data: what each chapter says, runs and asks."""
