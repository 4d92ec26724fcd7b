"""Asking a provider for its models: page after page, and what some servers tell of them beside."""

from portal.dialects import DIALECTS, details
from portal.dialects.base import Endpoint, Limits, Listing, Transport
from portal.domain.faults import Category, UpstreamError
from portal.services.upstream.calls import PATIENCE
from portal.services.upstream.deadlines import Deadline
from portal.services.upstream.redaction import LastLook, told

MOST_PAGES = 25
MOST_LISTINGS = 5_000
MOST_DETAILS = 40

DETAILS_PATIENCE = 5.0
"""Seconds for one request that only makes a listing better."""


def list_all(
    transport: Transport, endpoint: Endpoint, destination: frozenset[str], limits: Limits = PATIENCE
) -> list[Listing]:
    """Every model that the provider lists, page after page; none where this kind of provider has no listing.

    What some servers tell of their models beside the listing is in it; where they do not, the listing stands as it is.
    """
    deadline = Deadline(limits)
    listings = _listed(transport, endpoint, destination, deadline)
    better = _detailed(transport, endpoint, destination, listings, deadline)
    shown = LastLook(endpoint).at([better.get(listing.wire_name, listing) for listing in listings])
    return list({listing.wire_name: listing for listing in shown}.values())


def names(
    transport: Transport, endpoint: Endpoint, destination: frozenset[str], limits: Limits = PATIENCE
) -> frozenset[str]:
    """The model IDs that the provider lists; none where it does not say. Never raises `UpstreamError`."""
    try:
        return frozenset(one.wire_name for one in _listed(transport, endpoint, destination, Deadline(limits)))
    except UpstreamError:
        return frozenset()


def _listed(transport: Transport, endpoint: Endpoint, destination: frozenset[str], deadline: Deadline) -> list[Listing]:
    """Page after page of the listing itself."""
    dialect = DIALECTS[endpoint.type.dialect]
    request = dialect.list_models(endpoint)
    found: dict[str, Listing] = {}
    for _ in range(MOST_PAGES):
        if request is None or len(found) >= MOST_LISTINGS:
            break
        try:
            page = dialect.read_models(endpoint, request, transport.send(request, destination, deadline.left()))
        except UpstreamError as error:
            raise told(endpoint, error) from None
        for listing in page.listings:
            found.setdefault(listing.wire_name, listing)
        request = page.next if page.next is None or page.next.url != request.url else None
    return list(found.values())[:MOST_LISTINGS]


def _detailed(
    transport: Transport, endpoint: Endpoint, destination: frozenset[str], listings: list[Listing], deadline: Deadline
) -> dict[str, Listing]:
    """The listings of which the server tells more, by model ID. It may refuse and break off: nothing is lost by it."""
    better: dict[str, Listing] = {}
    asked = 0
    for inquiry in details.inquiries(endpoint, listings):
        for request in inquiry.requests:
            left = deadline.left(DETAILS_PATIENCE)
            if asked == MOST_DETAILS or deadline.over:
                return better
            asked += 1
            try:
                told = details.read(endpoint, inquiry, transport.send(request, destination, left))
            except UpstreamError as error:
                if error.fault.category is Category.TIMEOUT:
                    return better  # a person waits, and the next question would hang as well
                continue
            better |= {listing.wire_name: listing for listing in told}
            break
    return better
