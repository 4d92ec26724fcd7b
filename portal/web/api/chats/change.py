"""`PATCH /chats/{chat_id}`"""

from uuid import UUID

from portal.domain.permissions import Permission
from portal.services.chat import chats
from portal.web.api.chats.shapes import Chat, chat_of
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Given, Text, Word
from portal.web.bodies import TEXT


class ChatFields(Given):
    """What can be said of a chat. What is left out stays as it is."""

    title: Word = ""
    system_prompt: Text = ""


@endpoint("PATCH", "/chats/{chat_id}", Permission.CHAT, changes=True, versioned=True, size=TEXT)
def run(call: Call, chat_id: UUID, body: ChatFields) -> Chat:
    """Rename a chat, or change what its models are told first."""
    now, sent = chats.show(call.actor, call.runtime, chat_id, last=1), body.sent
    chats.change(
        call.actor,
        call.runtime,
        chat_id,
        title=sent.get("title", now.title),
        system_prompt=sent.get("system_prompt", now.system_prompt),
        version=now.version if call.version is None else call.version,
    )
    return chat_of(call, chats.show(call.actor, call.runtime, chat_id))
