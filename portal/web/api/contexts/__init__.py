"""Contexts: named purposes that clients ask for, the built-in ones and those of one’s own making."""
