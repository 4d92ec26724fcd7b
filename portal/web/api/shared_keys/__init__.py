"""The keys of a provider that everybody uses. They go in, and nobody sees them again."""
