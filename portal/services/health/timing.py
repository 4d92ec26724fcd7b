"""The steps of a test: which ones its call took, and how long each was."""

from portal.dialects.base import Call, Carrier, HangUp, Limits, Reply, Stream
from portal.domain.faults import Step, UpstreamError


class Timed:
    """A carrier that remembers what its calls did, whether an answer came or not; equal steps are added up."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self._took: dict[str, int] = {}

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self._took.items())

    def send(self, call: Call, destination: frozenset[str], limits: Limits, hang_up: HangUp | None = None) -> Reply:
        try:
            reply = self._carrier.send(call, destination, limits, hang_up)
        except UpstreamError as error:
            self._add(error.steps)
            raise
        self._add(reply.steps)
        return reply

    def open(self, call: Call, destination: frozenset[str], limits: Limits, hang_up: HangUp | None = None) -> Stream:
        return self._carrier.open(call, destination, limits, hang_up)

    def _add(self, steps: tuple[Step, ...]) -> None:
        for doing, took in steps:
            self._took[doing] = self._took.pop(doing, 0) + took  # what was done last stands last
