"""The way to a target in one API: the first key that serves, and the address, headers and origins that go with it.

A key that is ready stays the first one until something changes, which the target's moment tells. So it is decrypted
once for that time and not with each request; it is held in a `Secret`, as one from the environment is all along.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portal.dialects.apis import api_headers, api_origins, api_url
from portal.dialects.secret import Secret
from portal.domain.cooldown import READY
from portal.services.gateway.targets import Target
from portal.services.keys import endpoints
from portal.services.keys.stored_endpoints import ResolvedEndpoint
from portal.services.runtime import Runtime


@dataclass(frozen=True)
class Route:
    """Where one API of a provider is asked with one key. `headers` are those that the endpoint and the API want.

    `url` is blank where the provider does not have that API: the request is translated then.
    """

    resolved: ResolvedEndpoint
    url: str
    headers: Mapping[str, str | Secret]
    destination: frozenset[str]


def candidates(runtime: Runtime, target: Target, api: str) -> Iterator[Route]:
    """One route after the other: ask for the next when a key failed. Raises as `endpoints.candidates` does.

    While the first key is ready nobody claims anything for it, so that it may be taken by all requests alike.
    """
    first: Route | None = target.kept.get(api)
    if first is not None:
        yield first
    found = endpoints.candidates(runtime, target.provider_id, target.who, target.wire_name, target.stored)
    for place, resolved in enumerate(found):
        if first is not None and place == 0 and resolved.key_id == first.resolved.key_id:
            continue
        route = _to(resolved, api, target.wire_name)
        if place == 0 and resolved.cooldown == READY and resolved.model_cooldown == READY:
            target.kept[api] = route
        yield route


def _to(resolved: ResolvedEndpoint, api: str, wire_name: str) -> Route:
    endpoint = resolved.endpoint
    url = api_url(endpoint, api, wire_name)
    if url is None:
        return Route(resolved, "", {}, resolved.destination)
    return Route(resolved, url, api_headers(endpoint, api, wire_name), resolved.destination | api_origins(endpoint))
