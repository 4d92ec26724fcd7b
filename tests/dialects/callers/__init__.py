"""The callers’ side of translation."""
