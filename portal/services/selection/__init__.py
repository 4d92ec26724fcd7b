"""Which model answers, for whom and why: the newest catalog and the pure decision."""
