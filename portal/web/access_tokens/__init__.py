"""Access tokens: one's own, made and shown once, replaced and revoked."""
