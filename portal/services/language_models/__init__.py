"""The published language models: found, published, listed, and exactly one of them the default."""
