"""The chat: conversations, streamed answers, and where each answer came from."""
