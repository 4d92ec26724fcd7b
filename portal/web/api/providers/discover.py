"""`POST /providers/{name}/discover`"""

from collections.abc import Sequence

from portal.domain.permissions import Permission
from portal.services.language_models import discovery
from portal.services.language_models.discovery import State
from portal.services.providers import reading
from portal.web.admission import Waits
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Told


class Listed(Told):
    """A model that the provider lists, or no longer lists."""

    wire_name: str
    display_name: str
    state: State
    chats: bool
    retired: bool
    context_limit: int


class Discovered(Told):
    """What a provider lists. `listed`: it could be asked; else `sentence` says why not."""

    models: Sequence[Listed]
    listed: bool
    sentence: str
    note: str


@endpoint("POST", "/providers/{name}/discover", Permission.PROVIDER_TEST, waits=Waits.PROVIDER)
def run(call: Call, name: str) -> Discovered:
    """Ask a provider which models it has, and say which of them are new, published or gone."""
    found = discovery.discover(call.actor, call.runtime, reading.id_of(call.actor, name))
    return Discovered(
        models=[Listed.of(row, chats=row.chat) for row in found.rows],
        listed=found.fault is None and found.can_list,
        sentence=found.sentence,
        note=found.note,
    )
