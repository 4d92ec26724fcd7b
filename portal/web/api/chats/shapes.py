"""A chat as JSON: its turns, and every attempt at answering them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from portal.domain.chats import State
from portal.domain.compaction import State as Made
from portal.domain.compaction import Why
from portal.domain.reasons import Layer
from portal.services.chat.summaries import CompactionView
from portal.services.chat.view import AttemptView, ChatView, TurnView
from portal.web.api.attachments.shapes import Attachment
from portal.web.api.operations import Call
from portal.web.api.schemas import Told
from portal.web.api.selection.shapes import AskedLayer

Shelf = Literal["open", "pinned", "archived", "deleted"]


class Attempt(Told):
    """One try at an answer, and which model gave it and why. Numbers and `cost`, in US dollars, are null where unknown.

    `ready_at`: the provider said when asking again makes sense. `beside`: it stands beside the one before it until
    somebody picks either.
    """

    id: UUID
    state: State
    text: str
    thinking: str
    context: str
    model_id: UUID | None
    model: str
    display_name: str
    provider: str
    reported_model: str
    layer: Layer | None
    trail: Sequence[AskedLayer]
    key_source: str
    finish: str
    tokens_in: int | None
    tokens_out: int | None
    tokens_reasoning: int | None
    cost: Decimal | None
    first_ms: int | None
    total_ms: int | None
    category: str
    status: int | None
    hint: str
    request_id: str
    ready_at: datetime | None
    notes: Sequence[str]
    beside: bool
    created_at: datetime


class Turn(Told):
    """What was asked. `versions` are the turns in its place, itself among them; `answer` is the attempt that counts."""

    id: UUID
    parent: UUID | None
    text: str
    created_at: datetime
    versions: Sequence[UUID]
    attachments: Sequence[Attachment]
    attempts: Sequence[Attempt]
    answer: UUID | None
    picked: UUID | None


class Summary(Told):
    """What stands for all messages up to a turn. `in_effect`: models read it in their place."""

    id: UUID
    turn: UUID
    state: Made
    why: Why
    text: str
    messages: int
    model: str
    hint: str
    in_effect: bool
    made_at: datetime


class Chat(Told):
    """A chat with the turns of one branch, oldest first. `earlier`: more come before the first of them.

    `running` is the attempt that is being written. The last turn of the branch that is shown is `leaf`.
    """

    id: UUID
    title: str
    system_prompt: str
    model_id: UUID | None
    effort: str
    shelf: Shelf
    leaf: UUID | None
    running: UUID | None
    created_at: datetime
    changed_at: datetime
    turns: Sequence[Turn]
    earlier: bool
    summaries: Sequence[Summary]


def chat_of(call: Call, view: ChatView) -> Chat:
    """A chat as it is told, with its version in the answer’s head."""
    call.etag = view.version
    return Chat(
        id=view.id,
        title=view.title,
        system_prompt=view.system_prompt,
        model_id=view.language_model_id,
        effort=view.effort,
        shelf=view.shelf,  # type: ignore[arg-type]
        leaf=view.leaf_id,
        running=view.running,
        created_at=view.created_at,
        changed_at=view.changed_at,
        turns=[turn_of(turn) for turn in view.turns],
        earlier=view.earlier,
        summaries=[summary_of(each) for several in view.summaries.values() for each in several],
    )


def turn_of(view: TurnView) -> Turn:
    """A turn as it is told."""
    return Turn(
        id=view.id,
        parent=view.parent_id,
        text=view.text,
        created_at=view.created_at,
        versions=view.siblings,
        attachments=[Attachment.model_validate(file) for file in view.attachments],
        attempts=[_attempt(attempt) for attempt in view.attempts],
        answer=view.answer.id if view.answer else None,
        picked=view.picked_id,
    )


def summary_of(view: CompactionView) -> Summary:
    """A summary as it is told."""
    return Summary(
        id=view.id,
        turn=view.turn_id,
        state=view.state,
        why=view.why,
        text=view.text,
        messages=view.messages,
        model=view.selected_model,
        hint=view.hint,
        in_effect=view.in_effect,
        made_at=view.made_at,
    )


ALIKE = (
    *("id", "state", "text", "thinking", "context", "display_name", "reported_model", "key_source", "finish"),
    *("tokens_in", "tokens_out", "tokens_reasoning", "cost", "first_ms", "total_ms", "category", "status", "hint"),
    *("request_id", "ready_at", "notes", "beside", "created_at"),
)
"""What is called here as the chat's services call it."""


def _attempt(view: AttemptView) -> Attempt:
    return Attempt(
        **{name: getattr(view, name) for name in ALIKE},
        model_id=view.language_model_id,
        model=view.selected_model,
        provider=view.provider_label,
        layer=Layer(view.layer) if view.layer in set(Layer) else None,
        trail=[AskedLayer(layer=step.layer, outcome=str(step.outcome), model=step.candidate) for step in view.trail],
    )
