"""Messages of one’s chats, and their answers."""
