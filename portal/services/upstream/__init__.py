"""Asking a provider, without a database: requests, streams, and no key in what comes back."""
