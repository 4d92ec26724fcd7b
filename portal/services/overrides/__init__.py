"""Overrides: models pinned to a purpose by administrators and by people themselves, and the gates."""
