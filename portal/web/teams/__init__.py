"""Teams, as an administrator keeps them."""
