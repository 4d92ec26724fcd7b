"""Whose token a request carries, a person's or an application's: the first thing that all asks without a session."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Request, current_app

from portal.domain.applications import is_jwt
from portal.services.access_tokens import identity
from portal.services.access_tokens.identity import Identity
from portal.services.applications import identity as applications
from portal.services.gateway import credentials
from portal.web.admission import EXTENSION as ADMISSION
from portal.web.admission import Place
from portal.web.context import runtime


def of_request(asked: Request, kept: Any, headers: Mapping[str, str]) -> Iterator[Identity]:
    """Each token that works, with whose it is and what it may do, in the order in which they are sent.

    A request that waits for somebody is counted first, by its token, and `kept` holds its place: whoever is refused
    for want of places costs nothing. Raises `Overloaded` and `Throttled` then.
    """
    tokens = list(credentials.carried(headers))
    waits = getattr(asked.url_rule, "waits", None)
    if waits is not None:
        kept.place = Place(current_app.extensions[ADMISSION], waits, tokens[0].digest() if tokens else "")
    address = (asked.remote_addr or "")[:64]
    for token in tokens or (None,):
        if token is not None and token.judged_by(_is_signed):
            found = applications.identify(runtime(), token, address)
        else:
            found = identity.identify(runtime(), token, address)
        if found is not None:
            yield found


def _is_signed(value: str) -> str | None:
    """Whether it is a token of an application, by its shape; a person's begins otherwise."""
    return "signed" if is_jwt(value) else None
