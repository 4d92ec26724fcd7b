"""A way out that tells a provider who asks: each request carries the same headers beside its own."""

from collections.abc import Mapping
from dataclasses import replace

from portal.dialects.base import CancelToken, Limits, Stream, Transport, UpstreamRequest, UpstreamResponse


class Introduced:
    """A transport whose requests carry these headers, whatever else was to stand under their names."""

    def __init__(self, transport: Transport, headers: Mapping[str, str]) -> None:
        self._transport = transport
        self._headers = headers
        self._names = {name.lower() for name in headers}

    def send(
        self, request: UpstreamRequest, destination: frozenset[str], limits: Limits, cancel: CancelToken | None = None
    ) -> UpstreamResponse:
        return self._transport.send(self._with(request), destination, limits, cancel)

    def open(
        self, request: UpstreamRequest, destination: frozenset[str], limits: Limits, cancel: CancelToken | None = None
    ) -> Stream:
        return self._transport.open(self._with(request), destination, limits, cancel)

    def _with(self, request: UpstreamRequest) -> UpstreamRequest:
        own = {name: value for name, value in request.headers.items() if name.lower() not in self._names}
        return replace(request, headers=own | dict(self._headers))
