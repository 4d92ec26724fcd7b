"""One’s own budgets."""
