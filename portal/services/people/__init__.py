"""Who is here, what they may do, and how they sign in."""
