"""`POST /chats/import`"""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from portal.domain.carried_chats import FORMAT
from portal.domain.permissions import Permission
from portal.services.chat import importing
from portal.services.chat.importing import GivenFile
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Told
from portal.web.bodies import CHATS


class CarriedChat(Given):
    """A chat as `export.json` wrote it. Of what else stands in it, what is not known is left aside."""

    model_config = ConfigDict(extra="allow")

    format: Annotated[str, Field(max_length=100)] = FORMAT
    turns: Annotated[Sequence[Any], Field(max_length=100_000)]


class Imported(Told):
    """The chat that was made of it."""

    id: UUID
    title: str


@endpoint("POST", "/chats/import", Permission.CHAT, status=201, size=CHATS, pointer=lambda _name: "")
def run(call: Call, body: CarriedChat) -> Imported:
    """Make a chat of one’s own of an exported one, with every version and every answer."""
    made = importing.bring_in(call.actor, call.runtime, [GivenFile("chat.json", body.model_dump_json().encode())])[0]
    return Imported(id=made.chat_id, title=made.title)
