"""One’s own chats."""
