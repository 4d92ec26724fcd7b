"""Files that are sent while they are made."""

from collections.abc import Iterator
from typing import TypeVar

from flask import Flask

Piece = TypeVar("Piece", str, bytes)


def within(app: Flask, pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Each piece is made in an application context of its own, so that a reader who leaves early leaves none open."""
    while True:
        with app.app_context():
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece
