"""`POST /chats/import`"""

import io
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from portal.domain.carried_chats import FORMAT
from portal.domain.permissions import Permission
from portal.services.chat import importing
from portal.services.chat.importing import GivenFile
from portal.web.admission import Waits
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Told
from portal.web.bodies import KIB

MOST = 16 * 1024 * KIB
"""A chat with what is attached in it, which is in memory here; a longer one comes in by the page."""


class CarriedChat(Given):
    """A chat as `export.json` wrote it. Of what else stands in it, what is not known is left aside."""

    model_config = ConfigDict(extra="allow")

    format: Annotated[str, Field(max_length=100)] = FORMAT
    turns: Annotated[Sequence[Any], Field(max_length=100_000)]


class LeftOut(Told):
    """A file that was attached in it and did not come in."""

    name: str
    why: str


class Imported(Told):
    """The chat that was made of it. `left_out` are files that were attached in it and could not be taken in."""

    id: UUID
    title: str
    left_out: Sequence[LeftOut]


@endpoint("POST", "/chats/import", Permission.CHAT, status=201, size=MOST, waits=Waits.FILE, pointer=lambda _name: "")
def run(call: Call, body: CarriedChat) -> Imported:
    """Make a chat of one’s own of an exported one, with every version, every answer and its files."""
    file = io.BytesIO(body.model_dump_json().encode())
    return imported_of(importing.bring_in(call.actor, call.runtime, [GivenFile("chat.json", file)])[0])


def imported_of(made: importing.Imported) -> Imported:
    """A chat that was just made, as it is told."""
    return Imported.of(made, id=made.chat_id)
