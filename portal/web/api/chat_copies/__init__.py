"""Copies of chats that people give each other to read."""
