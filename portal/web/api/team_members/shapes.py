"""A member of a team as JSON."""

from uuid import UUID

from portal.web.api.schemas import Told


class Member(Told):
    """Somebody in a team. `manages`: they connect its providers and choose its model."""

    id: UUID
    name: str
    email: str
    enabled: bool
    manages: bool
