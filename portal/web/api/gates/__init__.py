"""The switches of the whole deployment."""
