"""Limits and budgets: what is set for whom, and how one stands oneself."""
