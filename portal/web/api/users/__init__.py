"""People: who has an account, and with which roles."""
