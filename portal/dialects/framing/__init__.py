"""How answers are cut into events on the wire, read as the bytes arrive."""
