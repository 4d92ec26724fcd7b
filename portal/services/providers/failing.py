"""How many providers fail now: what the menu says on every page, so it reads no more than a verdict needs."""

from portal.domain.health import Level
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.services.encryption import master_keys
from portal.services.health.provider_status import joined, remembered, speaking
from portal.services.providers.listing import key_lines
from portal.services.runtime import Runtime
from portal.store import provider_status
from portal.store.base import reading


def count_failing(actor: Actor, runtime: Runtime) -> int:
    """As many as the list of providers has behind its tab `failing`, in two queries; one more for secret headers.

    Where another key serves than the newest check was made with, the last check of that key speaks: one query more.
    """
    if not actor.may(Permission.PROVIDER_VIEW):
        return 0
    master_keys.ensure(runtime)
    with reading() as session:
        found = provider_status.living(session)
        credentials = {id: line.credential for id, line in key_lines(session, runtime, found).items()}
        checks = speaking(session, {row.id: row for row in found if row.at}, credentials)
    now = runtime.now()
    return sum(
        joined(row, credentials[row.id], checks[row.id], remembered(row, "fault_"), now)[0].verdict.level is Level.BAD
        for row in found
    )
