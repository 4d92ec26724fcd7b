"""What people type and paste, read: base URLs (`addresses`), web pages (`web_pages`), credentials (`typed_keys`)."""
