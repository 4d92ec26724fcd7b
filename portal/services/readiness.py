"""Whether this process can serve: the database answers at the right revision, and stored keys would open."""

import structlog

from portal.domain.errors import Unavailable
from portal.services.runtime import Runtime
from portal.store import readiness as store
from portal.store.base import reading

log = structlog.get_logger("portal.readiness")


def is_ready(runtime: Runtime) -> bool:
    """One short query of the database. Why it is not ready goes to the log, not to whoever asked."""
    try:
        with reading() as session:
            revision, master_key_ids = store.read_state(session)
    except (store.DatabaseError, Unavailable) as error:
        log.error("the database does not answer", reason=type(error.__cause__ or error).__name__)
        return False
    if revision != store.head():
        log.error("the database is at another revision", revision=revision)
        return False
    unknown = [key for key in master_key_ids if not runtime.vault.knows(key)]
    if unknown:
        log.error("stored keys are encrypted under an unknown master key", master_key_ids=unknown)
    return not unknown
