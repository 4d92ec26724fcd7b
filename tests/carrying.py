"""What tests about chats in files begin with: a question answered twice, taking a chat away, and bringing it in."""

import io
from uuid import UUID

from portal.domain.people import Actor
from portal.services.chat import export, importing, sending
from portal.services.chat.export import Of
from portal.services.chat.importing import GivenFile
from portal.services.chat.sending import Sent
from portal.services.runtime import Runtime
from tests.chatting import collect_events, connect, send_message

ANSWER = "Move it to `settle`."
"""What the provider says to everything."""


def given(text: str, name: str = "chat.json") -> GivenFile:
    """A file as somebody gives it."""
    return GivenFile(name, io.BytesIO(text.encode()))


def bring_in(actor: Actor, runtime: Runtime, text: str) -> UUID:
    """The chat that becomes of it."""
    (imported,) = importing.bring_in(actor, runtime, [given(text)])
    return imported.chat_id


def take(actor: Actor, runtime: Runtime, chat_id: UUID, of: Of = Of.ALL) -> str:
    """A chat as JSON."""
    return export.take(actor, runtime, chat_id, "json", of).text


def answered_twice(runtime: Runtime, owner: Actor, administrator: Actor, base_url: str, **more: object) -> Sent:
    """A question of a new chat, to a model at this address, and the second answer that was asked for."""
    connect(runtime, administrator, base_url)
    first = send_message(owner, runtime, "Where is rounding done?", **more)
    collect_events(owner, runtime, first)
    collect_events(owner, runtime, sending.send_again(owner, runtime, first.chat_id, first.turn_id))
    return first
