"""Taking a run away: its network for other programs, its code, and a link to its settings."""
