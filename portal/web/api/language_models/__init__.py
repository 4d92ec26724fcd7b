"""Models: published, changed, taken away, and which of them one may use."""
