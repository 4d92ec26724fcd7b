"""A copy of a chat in a list, as JSON."""

from datetime import datetime
from uuid import UUID

from portal.web.api.schemas import Told


class Copy(Told):
    """A copy that was given. `person` is the other side, whoever asks."""

    id: UUID
    title: str
    person: str
    created_at: datetime
