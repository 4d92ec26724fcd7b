"""The summaries of a chat, which stand in the place of its older messages."""
