"""A team, as its own managers see it."""
