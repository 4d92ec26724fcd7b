"""The steps of a test: which ones its requests took, and how long each was."""

from portal.dialects.base import CancelToken, Limits, Stream, Transport, UpstreamRequest, UpstreamResponse
from portal.domain.faults import Step, UpstreamError


class Timed:
    """A transport that remembers what its requests did, whether an answer came or not; equal steps are added up."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._took: dict[str, int] = {}

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self._took.items())

    def send(
        self, request: UpstreamRequest, destination: frozenset[str], limits: Limits, cancel: CancelToken | None = None
    ) -> UpstreamResponse:
        try:
            response = self._transport.send(request, destination, limits, cancel)
        except UpstreamError as error:
            self._add(error.steps)
            raise
        self._add(response.steps)
        return response

    def open(
        self, request: UpstreamRequest, destination: frozenset[str], limits: Limits, cancel: CancelToken | None = None
    ) -> Stream:
        return self._transport.open(request, destination, limits, cancel)

    def _add(self, steps: tuple[Step, ...]) -> None:
        for doing, took in steps:
            self._took[doing] = self._took.pop(doing, 0) + took  # what was done last stands last
