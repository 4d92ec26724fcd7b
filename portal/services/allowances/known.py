"""What is allowed, as this process knows it: read anew when the catalog has another version."""

from portal.domain.allowances import Allowances
from portal.store import allowances as store
from portal.store.base import Database, one_for, reading


class _Known:
    def __init__(self, _database: Database) -> None:
        self.allowances: Allowances | None = None


def of_version(version: int) -> Allowances:
    """What is allowed at this version of the catalog, or a newer one. It is read once for each; no session is open."""
    known = one_for(_Known)
    found = known.allowances
    if found is None or found.version < version:
        with reading() as session:
            found = store.read(session)
        known.allowances = found
    return found
