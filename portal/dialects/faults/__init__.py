"""What a refusal says: its shapes taken apart, classified, with a hint, and what may be adjusted after it."""
