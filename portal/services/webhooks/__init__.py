"""The webhook: what is told to it, and how it gets there."""
