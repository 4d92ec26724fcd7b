"""Dialects are tested with recorded JSON alone."""
