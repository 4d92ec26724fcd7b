"""Serving one request: by passing it on where the provider has the caller's API, by translating it elsewhere."""

from collections.abc import Callable

from portal.domain.catalog import Catalog
from portal.domain.faults import Category, Fault, UpstreamError
from portal.domain.selection import Selection
from portal.services.access_tokens.identity import Identity
from portal.services.gateway import failures, missing_apis, passing, routes, states, targets, translating
from portal.services.gateway.answers import Answer, Exchange
from portal.services.gateway.asking import Asked, Caller, Record
from portal.services.gateway.routes import Route
from portal.services.gateway.states import Referred
from portal.services.keys import cooldown as key_cooldown
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store.base import this_database

LEFT_STATUS = 499
"""What is written down of a caller who left before anything was answered."""


def catalog(runtime: Runtime, identity: Identity) -> Catalog:
    """The catalog as it was when the token was looked up, or newer: nothing is read when it is known already."""
    known = choosing.known_catalog(runtime)
    return known if known.version == identity.catalog_version else choosing.current_catalog(runtime)


def begin(
    runtime: Runtime,
    caller: Caller,
    asked: Asked,
    chosen: Selection,
    has_left: Callable[[], bool] | None = None,
    state: Referred | None = None,
) -> Exchange:
    """The request, ready to be sent. Raises `NotFound` for a model that was deleted just now."""
    target = targets.find(runtime, chosen, caller.actor.id, caller.moment)
    record = Record(caller, asked, chosen, runtime.now())
    has_left = has_left or (lambda: False)
    return Exchange(runtime, this_database(), asked, target, record, chosen.provider_label, has_left, state)


def _sent(exchange: Exchange, route: Route) -> tuple[Answer, Fault | None]:
    """What came back by this route: passed on, or translated where the provider has not got the caller's API."""
    if route.url:
        try:
            return passing.send(exchange, route)
        except passing.ApiMissing:
            missing_apis.remember(exchange.target.provider_id, exchange.asked.api)
            route = routes.without_api(route)
    return translating.send(exchange, route)


def _gone(exchange: Exchange, fault: Fault | None) -> str:
    """Why the key that made what is referred to serves no longer; blank where it does, or may in a while."""
    if fault is None and exchange.record.resolved is None:
        return states.OTHER_KEY if exchange.target.who else states.KEY_IS_GONE
    return states.KEY_IS_REFUSED if fault and fault.category in states.KEY_REFUSED else ""


def answer(exchange: Exchange) -> Answer:
    """Ask with one key after the other, and begin to answer. Raises `UpstreamError` when nobody answered.

    A row of usage is kept in any case but that of a request that nobody could have answered (`CallerRefusal`): at once,
    or when the chunks end.
    """
    tried: Answer | None = None
    fault: Fault | None = None
    runtime, target, state = exchange.runtime, exchange.target, exchange.state
    only = state.kept if state else None
    try:
        for route in routes.candidates(runtime, target, exchange.asked.api, only):
            exchange.record.resolved = route.resolved
            try:
                tried, fault = _sent(exchange, route)
            except UpstreamError as error:
                tried, fault = None, error.fault
            if not key_cooldown.note(runtime, route.resolved, fault, model=target.wire_name):
                break
    except UpstreamError as error:  # no further key
        fault = fault or error.fault
    if state and only and (no_longer := _gone(exchange, fault)):
        exchange.keep(fault or Fault(Category.NEED_KEY), states.GONE)
        raise state.gone(no_longer)
    if tried is None:
        fault = fault or Fault(Category.NEED_KEY)
        left = exchange.has_left()
        seen = failures.told(exchange.asked.api, fault, exchange.label).status
        exchange.keep(fault, LEFT_STATUS if left else seen, left=left)
        raise UpstreamError(fault)
    if tried.chunks is None:
        exchange.keep(fault, tried.status)
    return tried
