"""Addresses that every page repeats: put together once, and then only set below the path of this request."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, request, url_for

EXTENSION = "portal_addresses"
MOST = 500
"""So many are remembered; those of assets change with their files."""

_OPEN = UUID(int=1)
"""What stands in a remembered address where an id will."""


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


@dataclass(frozen=True)
class OpenUrl:
    """An address but for one id: a page with many of a kind asks for it once, and sets each id in."""

    before: str
    after: str

    def of(self, id: UUID | str) -> str:
        """The address of this one."""
        return f"{self.before}{id}{self.after}"


def open_url(endpoint: str, name: str, **ids: UUID) -> OpenUrl:
    """What `url_for` says of an endpoint that takes an id by this name, beside these: asked once for all of them."""
    slots = {each: UUID(int=number) for number, each in enumerate(ids, _OPEN.int + 1)}
    before, _, after = fixed_url(endpoint, **slots, **{name: _OPEN}).partition(str(_OPEN))
    for each, slot in slots.items():
        before, after = before.replace(str(slot), str(ids[each])), after.replace(str(slot), str(ids[each]))
    return OpenUrl(before, after)
