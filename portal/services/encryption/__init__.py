"""The master keys, and the settings that are encrypted under them."""
