"""A file of a message as JSON."""

from uuid import UUID

from portal.domain.attachments import Kind
from portal.web.api.schemas import Told


class Attachment(Told):
    """A file, but not what is in it."""

    id: UUID
    name: str
    kind: Kind
    media_type: str
    size: int
    sha256: str
