"""Whether an address may be asked at all, and how it is written when it is."""

from urllib.parse import urlsplit

import requests

from portal.domain.egress import EgressPolicy
from portal.domain.faults import Category, Fault
from portal.domain.origins import origin_of
from portal.wire.diagnosis import ERRORS, URL_HINT


def route_of(policy: EgressPolicy, url: str, destination: frozenset[str]) -> str | Fault:
    """The address as it is asked, or why it is not: the same for as long as the process lives."""
    fault = _fault_of_url(url)
    if fault is not None:
        return fault
    if origin_of(url) not in destination:
        return _outside(url, destination)
    try:
        prepared = requests.PreparedRequest()
        prepared.prepare_url(url, None)
    except ERRORS:
        return Fault(Category.ENDPOINT, "The base URL cannot be read.", URL_HINT)
    # Two parsers may read one URL differently; what counts is where requests would really go.
    asked = str(prepared.url)
    if origin_of(asked) not in destination and origin_of(asked) not in map(_as_sent, destination):
        return _outside(asked, destination)
    refusal = policy.refusal_of_host(urlsplit(asked).hostname or "")
    return Fault(Category.EGRESS, refusal.sentence, refusal.hint) if refusal else asked


def _fault_of_url(url: str) -> Fault | None:
    if any(char <= " " or char in "\\\x7f" for char in url):
        return Fault(Category.ENDPOINT, "The base URL contains a space or a backslash.", URL_HINT)
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return Fault(Category.ENDPOINT, "The base URL cannot be read.", URL_HINT)
    if parts.scheme.lower() not in ("http", "https"):
        return Fault(Category.ENDPOINT, "The base URL does not start with https:// or http://.", URL_HINT)
    if not host:
        return Fault(Category.ENDPOINT, "The base URL names no host.", URL_HINT)
    if "@" in parts.netloc:
        return Fault(Category.ENDPOINT, "The base URL contains a user name.", "Put the key in its own field.")
    return None


def _outside(url: str, destination: frozenset[str]) -> Fault:
    known = ", ".join(sorted(destination)) or "nowhere"
    return Fault(
        Category.EGRESS,
        f"{origin_of(url)} is not where this provider's requests may go. They go to: {known}.",
        "Change the provider’s base URL and enter its key again.",
    )


def _as_sent(origin: str) -> str:
    """An origin as requests writes it: foreign scripts in ASCII."""
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(origin, None)
        return origin_of(str(prepared.url))
    except ERRORS:
        return origin
