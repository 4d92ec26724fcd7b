"""What a view reaches for: the tools of this application."""

from flask import current_app

from portal.services.runtime import EXTENSION, Runtime


def runtime() -> Runtime:
    return current_app.extensions[EXTENSION]
