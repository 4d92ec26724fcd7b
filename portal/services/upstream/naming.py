"""Trouble that may be no trouble: a name that the provider does not know, or a key that it never got."""

from fnmatch import fnmatchcase

from portal.dialects.base import Endpoint, Limits, Transport
from portal.dialects.provider_types.shape import KeyRule
from portal.domain.faults import Category, Fault
from portal.services.upstream.listing import names

NAME_FIRST = "Its own list has no model {}: check the name first. "
KEY_FIRST = "It was asked without a key, and named no models either. If it wants a key, enter that first. "


def name_first(
    transport: Transport, endpoint: Endpoint, destination: frozenset[str], wire_name: str, fault: Fault, limits: Limits
) -> Fault:
    """The fault of a chat, with what comes first in its hint when its provider's own list makes that likely.

    Some servers answer 500 to a name that they do not know, or to nobody's key. Every other fault comes back as it is,
    and nothing is asked about it.
    """
    if fault.category is not Category.SERVER or not fault.status or fault.status < 500 or endpoint.type.surfaces:
        return fault
    listed = names(transport, endpoint, destination, limits)
    if listed:
        return fault if is_listed(wire_name, listed) else fault.hinted(NAME_FIRST.format(wire_name) + fault.hint)
    keyless = endpoint.secret is None and endpoint.type.key is KeyRule.OPTIONAL
    return fault.hinted(KEY_FIRST + fault.hint) if keyless else fault


def is_listed(wire_name: str, listed: frozenset[str]) -> bool:
    """Whether a listing names it, be it by a pattern, under its vendor or with the tag that is meant by none."""
    name = wire_name.lower()
    for one in listed:
        other = one.lower().removeprefix("models/")
        if name in (other, other.removesuffix(":latest"), other.rpartition("/")[2]) or fnmatchcase(name, other):
            return True
    return False
