"""Who has a key of their own for a provider, and taking one away."""
