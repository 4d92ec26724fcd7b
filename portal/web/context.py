"""What a view reaches for: the tools of this application."""

from flask import current_app

from portal.services.runtime import Tools

EXTENSION = "portal"


def tools() -> Tools:
    return current_app.extensions[EXTENSION]
