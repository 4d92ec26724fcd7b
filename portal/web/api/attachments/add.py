"""`POST /attachments`"""

import base64
import binascii
import io
from typing import Annotated

from pydantic import Field

from portal.domain.errors import Invalid
from portal.domain.permissions import Permission
from portal.services.chat import uploads
from portal.services.chat.attachments import FIELD
from portal.web.admission import Waits
from portal.web.api.attachments.shapes import Attachment
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Word
from portal.web.bodies import LISTING

MOST = LISTING - 4096


class AttachmentGiven(Given):
    """A file of about 3 MiB at most, in base64. What it is, is found in it."""

    name: Word
    data: Annotated[str, Field(max_length=MOST, description="In base64.")]


@endpoint(
    "POST",
    "/attachments",
    Permission.CHAT,
    status=201,
    size=LISTING,
    waits=Waits.FILE,
    pointer=lambda name: "/data" if name == FIELD else f"/{name}",
)
def run(call: Call, body: AttachmentGiven) -> Attachment:
    """Take a file in for a message that is sent after it. One that none is sent with is gone in a day."""
    try:
        data = base64.b64decode(body.data, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid({"data": "This is no base64."}) from None
    return Attachment.model_validate(uploads.add(call.actor, call.runtime, io.BytesIO(data), body.name))
