"""A message as it is sent, and its answer as JSON."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID, uuid4

from pydantic import Field

from portal.services.chat import chats
from portal.services.chat.attachments import FIELD
from portal.services.chat.messages import Message
from portal.web.api.chats.shapes import Turn
from portal.web.api.operations import Call
from portal.web.api.schemas import Given, Told, Word

Written = Annotated[str, Field(max_length=1_000_000)]


class MessageGiven(Given):
    """A message. With `new` it opens the chat, whose id whoever sends it makes, so that sent twice it opens one.

    `client_id` makes it one message however often it is sent; left out, each is another. `parent` is the turn that it
    follows: left out the last one that is shown, null for another version of the first. Without a model the chat stays
    set to what it is set to. `/explore …` and `/general …` delegate to a subagent.
    """

    text: Written
    new: bool = False
    client_id: Annotated[str, Field(max_length=64)] = ""
    parent: UUID | None = None
    model_id: UUID | None = None
    model: Annotated[str, Field(max_length=600, description="As `provider:model`, in the place of its id.")] = ""
    effort: Word | None = None
    system_prompt: Annotated[Written | None, Field(description="Of a new chat.")] = None
    attachments: Annotated[Sequence[UUID], Field(max_length=100)] = ()

    def message(self, call: Call, chat_id: UUID) -> Message:
        """The same as the services take it. Raises `NotFound` for a chat that is not there."""
        parent = self.parent
        if "parent" not in self.model_fields_set and not self.new:
            parent = chats.show(call.actor, call.runtime, chat_id, last=1).leaf_id
        return Message(
            chat_id=chat_id,
            text=self.text,
            client_id=self.client_id or str(uuid4()),
            parent_id=parent,
            language_model_id=self.model_id,
            system_prompt=self.system_prompt if self.new else None,
            new=self.new,
            model_name=self.model,
            attachments=tuple(self.attachments),
            effort=self.effort,
        )


class Again(Given):
    """By which model: the chat’s own where none is named. `beside`: beside the answer that is there, to pick either."""

    model_id: UUID | None = None
    beside: bool = False


class Answered(Told):
    """A question of a chat as it stands now. `attempt` is the answer that was asked for."""

    chat: UUID
    attempt: UUID
    turn: Turn


def pointer(name: str) -> str:
    """Where a field of the services stands in the body."""
    return {"model_name": "/model", FIELD: "/attachments", "": ""}.get(name, f"/{name}")
