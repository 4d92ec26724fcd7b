"""`GET /copies/{copy_id}`"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from portal.domain.chats import State
from portal.domain.permissions import Permission
from portal.services.chat import sharing
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Told


class CopiedAnswer(Told):
    """An answer."""

    state: State
    text: str
    name: str
    created_at: datetime


class CopiedTurn(Told):
    """A question with its answers."""

    text: str
    created_at: datetime
    answers: Sequence[CopiedAnswer]


class CopiedChat(Told):
    """A copy, to be read. `mine`: whoever asks gave it."""

    id: UUID
    title: str
    owner: str
    mine: bool
    created_at: datetime
    turns: Sequence[CopiedTurn]


@endpoint("GET", "/copies/{copy_id}", Permission.CHAT)
def run(call: Call, copy_id: UUID) -> CopiedChat:
    """Read a copy that one gave or was given."""
    found = sharing.read(call.actor, call.runtime, copy_id)
    return CopiedChat(
        id=found.id,
        title=found.chat.title,
        owner=found.owner,
        mine=found.mine,
        created_at=found.created_at,
        turns=[CopiedTurn.model_validate(turn) for turn in found.chat.turns],
    )
