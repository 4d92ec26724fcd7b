"""Where a chat stands in its owner's list."""

from datetime import timedelta

OPEN, PINNED, ARCHIVED, DELETED = "open", "pinned", "archived", "deleted"

SHELVES = frozenset({OPEN, PINNED, ARCHIVED, DELETED})

MOST_PINNED = 50
"""Chats that stand above all others: more than that, and none of them stands out."""

DELETED_FOR = timedelta(hours=1)
"""How long a deleted chat can be brought back. Then it is gone with everything in it."""
