"""When a provider is checked by itself."""
