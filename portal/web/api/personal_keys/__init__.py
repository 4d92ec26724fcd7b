"""One’s own keys. They go in, they serve their owner, and nobody sees them again."""
