"""`GET /gates`"""

from portal.domain.permissions import Permission
from portal.services.overrides import gates
from portal.services.overrides.gates import GateView
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Told


class Gate(Told):
    """A switch of the whole deployment. `people` counts whom turning it changes."""

    key: str
    label: str
    explanation: str
    on: bool
    people: int


def gate_of(view: GateView) -> Gate:
    """A gate as it is told."""
    return Gate.of(view.gate, on=view.on, people=view.people)


@endpoint("GET", "/gates", Permission.PROVIDER_VIEW)
def run(call: Call) -> Page[Gate]:
    """List the gates, and how they stand. There is one page of them."""
    return Page(data=[gate_of(view) for view in gates.list_for(call.actor, call.runtime)])
