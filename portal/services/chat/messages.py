"""A message as a person sends it, and what was stored of it."""

from dataclasses import dataclass, replace
from uuid import UUID

from portal.domain.chats import SYSTEM_PROMPT_LIMIT, OwnedChatId, message_fault, tidy
from portal.domain.efforts import known
from portal.domain.errors import Invalid
from portal.domain.selection import Selection
from portal.domain.subagents import command_fault
from portal.services.chat.view import AttemptView, TurnView


@dataclass(frozen=True)
class Message:
    """What a person sends. `client_id` is made by their browser: sent twice, it is one message.

    `parent_id` is the turn that this one follows, None for the first; a turn's sibling is its edited version.
    `new` opens the chat; its id is made by the page that offers it, so that sending twice opens one chat.
    `language_model_id` is the model that somebody chose with it, `model_name` one that they typed as `provider:model`;
    without either the chat stays set to what it is set to. `effort` is the reasoning effort that somebody chose, blank
    for the model's own; None leaves the chat as it is. `attachments` are files, in order.
    """

    chat_id: UUID
    text: str
    client_id: str
    parent_id: UUID | None = None
    language_model_id: UUID | None = None
    system_prompt: str | None = None
    new: bool = False
    model_name: str = ""
    attachments: tuple[UUID, ...] = ()
    effort: str | None = None


@dataclass(frozen=True)
class Begun:
    """An attempt that waits for its answer, with all that was read when it began: none of it is read again.

    `turn` is the question with every attempt, this one last.
    """

    title: str
    system_prompt: str
    turn: TurnView
    selection: Selection

    @property
    def attempt(self) -> AttemptView:
        return self.turn.attempts[-1]


@dataclass(frozen=True)
class Sent:
    """What was stored. With `begun` the attempt waits for its answer to be generated, by whoever sent it."""

    chat_id: OwnedChatId
    turn_id: UUID
    attempt_id: UUID
    begun: Begun | None = None

    @property
    def fresh(self) -> bool:
        return self.begun is not None


def checked(message: Message) -> Message:
    """The message as it is kept. Raises `Invalid` for one that cannot be sent."""
    text = tidy(message.text).strip("\n")
    system_prompt = None if message.system_prompt is None else tidy(message.system_prompt).strip()
    faults = {}
    if fault := message_fault(text) or command_fault(text):
        faults["text"] = fault
    if system_prompt and len(system_prompt) > SYSTEM_PROMPT_LIMIT:
        faults["system_prompt"] = f"The system prompt is too long; {SYSTEM_PROMPT_LIMIT:,} characters fit."
    if message.effort and not known(message.effort):
        faults["effort"] = "There is no such effort. Choose one of the list."
    if not 0 < len(message.client_id) <= 64 or not message.client_id.isprintable():
        faults[""] = "The page lost track of this message. Copy it, load the page again, and send it from there."
    if faults:
        raise Invalid(faults)
    return replace(message, text=text, system_prompt=system_prompt, model_name=message.model_name.strip())
