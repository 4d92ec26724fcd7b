"""Models that one chose for oneself."""
