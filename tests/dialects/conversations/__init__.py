"""Tools, images, documents and reasoning, towards each dialect and back."""
