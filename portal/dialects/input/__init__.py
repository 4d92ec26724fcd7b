"""What people type and paste, read: base URLs, addresses of web pages, and credentials."""
