"""What is allowed, as this process knows it: read anew when the catalog has another version."""

from uuid import UUID

from portal.domain.allowances import Allowances
from portal.domain.limits import Limits
from portal.store import allowances as store
from portal.store.base import Database, one_for, reading

MOST_KEPT = 10_000
"""So many combinations of person, token, provider and application have their limits at hand."""

_Asked = tuple[UUID | None, UUID | None, UUID, UUID | None]


class _OfVersion:
    """What is allowed, and the limits of those who asked since."""

    def __init__(self, allowances: Allowances) -> None:
        self.allowances = allowances
        self.limits: dict[_Asked, Limits | None] = {}


class _Known:
    def __init__(self, _database: Database) -> None:
        self.newest: _OfVersion | None = None


def of_version(version: int) -> Allowances:
    """What is allowed at this version of the catalog, or a newer one. It is read once for each; no session is open."""
    return _newest(version).allowances


def limits(
    version: int, user_id: UUID | None, token_id: UUID | None, provider_id: UUID, application_id: UUID | None = None
) -> Limits | None:
    """The limits of one request at this version or a newer one; None where none is set."""
    newest = _newest(version)
    if not newest.allowances.of:
        return None
    asked = user_id, token_id, provider_id, application_id
    try:
        return newest.limits[asked]
    except KeyError:
        pass
    several = newest.allowances.limits(*asked)
    if len(newest.limits) >= MOST_KEPT:
        newest.limits = {}
    newest.limits[asked] = found = Limits.of(several) if several else None
    return found


def _newest(version: int) -> _OfVersion:
    known = one_for(_Known)
    found = known.newest
    if found is None or found.allowances.version < version:
        with reading() as session:
            found = _OfVersion(store.read(session))
        known.newest = found
    return found
