"""Listing the words of what was said, so that a search finds it: done by the worker, a little at a time."""

from collections.abc import Callable

from portal.domain.search_words import words_of
from portal.store import chat_words
from portal.store.base import reading, transaction

AT_ONCE = 100
"""Questions and as many answers in one transaction: on SQLite nobody else writes meanwhile."""


def list_all(*, pause: Callable[[], bool] = lambda: False) -> int:
    """List what no search finds yet; how many questions and answers it was.

    `pause` is called between two transactions, so that others can write, and ends the work when it returns True.
    """
    total = 0
    while True:
        with reading() as session:
            due = chat_words.unlisted(session, AT_ONCE)
        if not due:
            return total
        words = [words_of(one.text) for one in due]
        with transaction() as session:
            for one, found in zip(due, words, strict=True):
                chat_words.list_words(session, one, found)
        total += len(due)
        if pause():
            return total
