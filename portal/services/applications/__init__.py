"""Embedding applications: registered with a key, and known by the tokens that they sign for their own users."""
