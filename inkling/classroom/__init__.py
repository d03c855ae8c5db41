"""A class: names, the lesson's current step, votes, and what pupils send to the board."""
