"""Providers: connected, changed, tested and taken away."""
