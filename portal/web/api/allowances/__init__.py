"""Limits and budgets: what administrators allow."""
