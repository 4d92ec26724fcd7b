"""Limits and budgets: what is allowed, counting what is asked and spent, and refusing what goes beyond."""
