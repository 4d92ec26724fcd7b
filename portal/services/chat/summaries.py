"""The summaries of a chat as pages tell them: what they stand for, where they came from, whether models read them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from portal.domain.chats import OwnedChatId
from portal.domain.compaction import State, Why
from portal.domain.selection import Trail, trail_from_rows
from portal.store import compactions as stored
from portal.store.base import Session
from portal.store.compactions import CompactionRecord

BROKE_OFF = "The process that made it ended before it was done."


@dataclass(frozen=True)
class CompactionView:
    """A summary and where it came from. `in_effect`: models read it, unless a later one of the branch is in effect too.

    Tokens and cost are None where they are not known.
    """

    id: UUID
    turn_id: UUID
    state: State
    why: Why
    text: str
    messages: int
    tokens: int
    tokens_before: int
    tokens_after: int
    language_model_id: UUID | None
    display_name: str
    provider_label: str
    selected_model: str
    layer: str
    trail: Trail
    key_source: str
    tokens_in: int | None
    tokens_out: int | None
    total_ms: int | None
    cost: Decimal | None
    hint: str
    made_at: datetime
    undone_at: datetime | None

    @property
    def undone(self) -> bool:
        return self.undone_at is not None

    @property
    def in_effect(self) -> bool:
        return self.state is State.COMPLETE and not self.undone


def of_chat(session: Session, chat_id: OwnedChatId, now: datetime) -> dict[UUID, list[CompactionView]]:
    """A chat's compactions by the turn that each ends with, oldest first."""
    found: dict[UUID, list[CompactionView]] = {}
    for record in stored.of_chat(session, chat_id):
        found.setdefault(record.turn_id, []).append(view_of(record, now))
    return found


def view_of(record: CompactionRecord, now: datetime) -> CompactionView:
    state, hint = State(record.state), record.hint
    if state is State.RUNNING and (record.lease_until is None or record.lease_until <= now):
        state, hint = State.FAILED, BROKE_OFF
    return CompactionView(
        id=record.id,
        turn_id=record.turn_id,
        state=state,
        why=Why(record.why),
        text=record.text,
        messages=record.messages,
        tokens=record.tokens,
        tokens_before=record.tokens_before,
        tokens_after=record.tokens_after,
        language_model_id=record.language_model_id,
        display_name=record.display_name,
        provider_label=record.provider_label,
        selected_model=record.selected_model,
        layer=record.layer,
        trail=trail_from_rows(record.trail),
        key_source=record.key_source,
        tokens_in=record.tokens_in,
        tokens_out=record.tokens_out,
        total_ms=record.total_ms,
        cost=record.cost,
        hint=hint,
        made_at=record.made_at,
        undone_at=record.undone_at,
    )
