"""Addresses that every page repeats: put together once, and then only set below the path of this request."""

from typing import Any

from flask import current_app, request, url_for

EXTENSION = "portal_addresses"
MOST = 500
"""So many are remembered; those of assets change with their files."""


def fixed_url(endpoint: str, **values: Any) -> str:
    """What `url_for` says of an endpoint, for one of few sets of values: below whatever path the portal is served."""
    known: dict[Any, str] = current_app.extensions.setdefault(EXTENSION, {})
    key = (endpoint, *values.values()) if values else endpoint
    path = known.get(key)
    if path is None:
        if len(known) >= MOST:
            known.clear()
        path = known[key] = url_for(endpoint, **values).removeprefix(request.script_root)
    return request.script_root + path
