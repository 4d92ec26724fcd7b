"""The page of one's own usage."""
