"""The pages of providers."""
