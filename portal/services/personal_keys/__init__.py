"""Personal keys: what people enter for themselves, one for each provider; and what administrators see of them."""
