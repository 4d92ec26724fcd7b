"""Overrides: what is pinned for everybody, the contexts it is pinned to, and the gates."""
