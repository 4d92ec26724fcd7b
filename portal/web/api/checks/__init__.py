"""Health checks: what was asked of a provider, and what came back."""
