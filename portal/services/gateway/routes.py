"""The way to a target in one API: the first key that serves, and the address, headers and origins that go with it.

A key that is ready stays the first one until something changes, which the target's moment tells. So it is decrypted
once for that time and not with each request; it is held in a `Secret`, as one from the environment is all along.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portal.dialects.apis import api_authority, api_headers, api_of, api_origins, api_url
from portal.dialects.base import AwsSignature
from portal.dialects.secret import Secret
from portal.domain.cooldown import READY
from portal.services.gateway.states import Kept
from portal.services.gateway.targets import Target
from portal.services.keys import credentials, endpoints
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime


@dataclass(frozen=True)
class Route:
    """Where one API of a provider is asked with one key. `headers` are those that the endpoint and the API want.

    `authority` signs what is sent, where the credential is no header.
    `url` is blank where the provider does not have that API: the request is translated then. `assumed`: nobody promises
    that it has; that shows when it is asked.
    """

    resolved: ResolvedEndpoint
    url: str
    headers: Mapping[str, str | Secret]
    destination: frozenset[str]
    assumed: bool = False
    authority: AwsSignature | None = None


def candidates(runtime: Runtime, target: Target, api: str, only: Kept | None = None) -> Iterator[Route]:
    """One route after the other: ask for the next when a key failed. Raises as `endpoints.candidates` does.

    `only` with the key by which something was made: none where that does not serve.

    While the first key is ready nobody claims anything for it, so that it may be taken by all requests alike.
    """
    if only is not None:
        yield from _with_the_key(runtime, target, api, only)
        return
    first: Route | None = target.kept.get(api)
    if first is not None:
        yield first
    found = endpoints.candidates(runtime, target.provider_id, target.who, target.wire_name, target.stored)
    for place, resolved in enumerate(found):
        if first is not None and place == 0 and resolved.key_id == first.resolved.key_id:
            continue
        route = _to(resolved, api, target)
        if place == 0 and resolved.cooldown == READY and resolved.model_cooldown == READY:
            target.kept[api] = route
        yield route


def _with_the_key(runtime: Runtime, target: Target, api: str, only: Kept) -> Iterator[Route]:
    shared = only.key_id if only.key_source == credentials.SHARED else None
    for resolved in endpoints.candidates(
        runtime, target.provider_id, target.who, target.wire_name, target.stored, only=shared
    ):
        if (resolved.source, resolved.key_id) == (only.key_source, only.key_id):
            yield _to(resolved, api, target)
        return


def without_api(route: Route) -> Route:
    """The same way to a provider that turned out not to have the API."""
    return Route(route.resolved, "", {}, route.resolved.destination)


def _to(resolved: ResolvedEndpoint, api: str, target: Target) -> Route:
    endpoint, wire_name = resolved.endpoint, target.wire_name
    row = api_of(endpoint, api, wire_name)
    url = api_url(endpoint, api, wire_name)
    if row is None or url is None or api in target.stored.provider.missing_apis:
        return Route(resolved, "", {}, resolved.destination)
    headers, origins = api_headers(endpoint, api, wire_name), api_origins(endpoint)
    authority = api_authority(endpoint, api, wire_name)
    return Route(resolved, url, headers, resolved.destination | origins, row.assumed, authority)
