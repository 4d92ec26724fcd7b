"""Access tokens: made, replaced and revoked by their owners, looked up by the value that a request brings."""
