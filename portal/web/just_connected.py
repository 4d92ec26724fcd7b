"""A provider that was saved a moment ago: its page tests it by itself, once, as soon as it is drawn."""

from flask import session

_NAME = "just_connected"


def remember(name: str) -> None:
    session[_NAME] = name


def was(name: str) -> bool:
    """Whether this is that provider. Asked once: a page that is opened again tests nothing."""
    return session.pop(_NAME, None) == name
