"""Embedding applications: registered, given other keys, turned off and deleted."""
