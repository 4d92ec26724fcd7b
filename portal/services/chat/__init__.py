"""Chats: what is sent, what answers, and what is kept of both."""
