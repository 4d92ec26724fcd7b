"""Why this model, whom it serves, and what a change would do to people: selection, told."""
