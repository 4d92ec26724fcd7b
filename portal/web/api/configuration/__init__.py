"""The configuration as one document: taken away, looked at, read in."""
