"""Configuration as data: one document of what administrators typed, written, read, foreign ones too, and compared."""
