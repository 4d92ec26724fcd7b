"""A chat as its owner sees it: its turns, and the attempts at answering each, as they stand at a moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from portal.domain import versions
from portal.domain.chats import OwnedChatId, State, state_at
from portal.domain.compaction import State as Made
from portal.domain.selection import Trail, trail_from_rows
from portal.domain.shelves import OPEN
from portal.domain.subagents import Run, run_of
from portal.services.chat import attachments
from portal.services.chat.attachments import AttachmentView
from portal.services.chat.summaries import CompactionView
from portal.store import attachments as stored_attachments
from portal.store import attempts as stored_attempts
from portal.store import chats as stored
from portal.store.attempts import AttemptRecord
from portal.store.base import Session
from portal.store.chats import ChatRecord, TurnRecord


@dataclass(frozen=True)
class AttemptView:
    """One attempt at an answer. `state` is as everybody reads it now; `ready_at` is when asking again makes sense.

    Tokens and cost are None when they are not known; `selected_model` reads `provider:model`.
    """

    id: UUID
    turn_id: UUID
    state: State
    text: str
    thinking: str
    language_model_id: UUID | None
    provider_id: UUID | None
    display_name: str
    provider_label: str
    selected_model: str
    reported_model: str
    effort: str
    layer: str
    trail: Trail
    key_source: str
    fingerprint: str
    finish: str
    tokens_in: int | None
    tokens_out: int | None
    tokens_reasoning: int | None
    cost: Decimal | None
    first_ms: int | None
    total_ms: int | None
    thought_ms: int | None
    category: str
    status: int | None
    detail: str
    hint: str
    request_id: str
    ready_at: datetime | None
    notes: tuple[str, ...]
    stop_asked: bool
    created_at: datetime
    beside: bool = False
    context: str = "root"
    finished_at: datetime | None = None

    @property
    def running(self) -> bool:
        return self.state is State.STREAMING


@dataclass(frozen=True)
class TurnView:
    """What a person asked, with every attempt at an answer, oldest first, and its siblings (itself among them)."""

    id: UUID
    chat_id: UUID
    parent_id: UUID | None
    text: str
    created_at: datetime
    attempts: tuple[AttemptView, ...]
    siblings: tuple[UUID, ...]
    attachments: tuple[AttachmentView, ...] = ()
    picked_id: UUID | None = None

    @property
    def answer(self) -> AttemptView | None:
        """The one that is shown: what somebody picked, else the newest, which stands beside its rival until then."""
        if not self.attempts:
            return None
        return self.attempts[-1] if self.rival else self._picked or self.attempts[-1]

    @property
    def _picked(self) -> AttemptView | None:
        return next((attempt for attempt in self.attempts if attempt.id == self.picked_id), None)

    @property
    def rival(self) -> AttemptView | None:
        """The one that stands beside the newest until somebody picks either: what was picked before, else the last."""
        if len(self.attempts) < 2 or not self.attempts[-1].beside:
            return None
        return self._picked or self.attempts[-2]

    @property
    def run(self) -> Run | None:
        """What was delegated to a subagent; None for a question that the chat's own model answers."""
        return run_of(self.text)

    @property
    def place(self) -> int:
        """Which of its siblings it is, counted from 1."""
        return self.siblings.index(self.id) + 1


@dataclass(frozen=True)
class ChatView:
    """A chat with the turns of one branch, oldest first. `earlier` says that more lie before the first one shown.

    `summaries` are those that end with a turn, by that turn's id.
    """

    id: UUID
    title: str
    system_prompt: str
    language_model_id: UUID | None
    effort: str
    turns: tuple[TurnView, ...]
    earlier: bool
    running: UUID | None
    created_at: datetime
    changed_at: datetime
    shelf: str = OPEN
    leaf_id: UUID | None = None
    """The last turn of the branch that is shown."""
    titled_by: str = ""
    summaries: Mapping[UUID, Sequence[CompactionView]] = field(default_factory=dict)

    @property
    def summary(self) -> CompactionView | None:
        """The summary that models read in this branch, if it ends with one of the turns that are shown."""
        found = [each for turn in self.turns for each in self.summaries.get(turn.id, ()) if each.in_effect]
        return found[-1] if found else None

    @property
    def awaits(self) -> bool:
        """Whether a summary is being made."""
        return any(each.state is Made.RUNNING for several in self.summaries.values() for each in several)

    def lines(self, turn_id: UUID) -> list[CompactionView]:
        """The summaries told of after a turn: the newest that was made, and one that is being made or just failed."""
        here = self.summaries.get(turn_id, ())
        complete = [each for each in here if each.state is Made.COMPLETE][-1:]
        newest = max((each.made_at for several in self.summaries.values() for each in several), default=None)
        return complete + [each for each in here if each.state is not Made.COMPLETE and each.made_at == newest]

    @property
    def version(self) -> str:
        """What the form of this chat is drawn from."""
        return versions.version_of(fields_of(self))


def fields_of(chat: ChatRecord | ChatView) -> versions.Fields:
    """What the form of a chat shows."""
    return {"title": chat.title, "system_prompt": chat.system_prompt}


def view_of(session: Session, chat: ChatRecord, owned: OwnedChatId, path: list[TurnRecord], now: datetime) -> ChatView:
    """The chat with these turns, in as many queries however long it is."""
    siblings = stored.siblings_of(session, owned, path)
    attempts = stored_attempts.attempts_at(session, owned, [turn.id for turn in path])
    attached = stored_attachments.at_turns(session, owned, [turn.id for turn in path])
    running = stored_attempts.running_attempt(session, owned)
    return ChatView(
        id=chat.id,
        title=chat.title,
        system_prompt=chat.system_prompt,
        language_model_id=chat.language_model_id,
        effort=chat.effort,
        turns=tuple(
            turn_view(
                turn,
                attempts.get(turn.id, []),
                siblings.get(turn.parent_id, (turn.id,)),
                now,
                attachments.views(attached.get(turn.id, ())),
            )
            for turn in path
        ),
        earlier=bool(path) and path[0].parent_id is not None,
        running=running.id if running and state_at(running.state, running.lease_until, now) == "streaming" else None,
        created_at=chat.created_at,
        changed_at=chat.changed_at,
        shelf=chat.shelf,
        leaf_id=chat.leaf_id,
        titled_by=chat.titled_by,
    )


def turn_view(
    turn: TurnRecord,
    attempts: Iterable[AttemptRecord],
    siblings: Iterable[UUID],
    now: datetime,
    attached: tuple[AttachmentView, ...] = (),
) -> TurnView:
    """A turn with these attempts at answering it, and these files."""
    return TurnView(
        id=turn.id,
        chat_id=turn.chat_id,
        parent_id=turn.parent_id,
        text=turn.text,
        created_at=turn.created_at,
        attempts=tuple(_attempt(record, now) for record in attempts),
        siblings=tuple(siblings),
        attachments=attached,
        picked_id=turn.picked_id,
    )


def ready_again(retry_after: float | None, finished_at: datetime | None) -> datetime | None:
    """When asking again makes sense, if the provider said so."""
    if retry_after is None or finished_at is None:
        return None
    return finished_at + timedelta(seconds=min(retry_after, 86_400))


def _attempt(record: AttemptRecord, now: datetime) -> AttemptView:
    return AttemptView(
        id=record.id,
        turn_id=record.turn_id,
        state=state_at(record.state, record.lease_until, now),
        text=record.text,
        thinking=record.thinking,
        language_model_id=record.language_model_id,
        provider_id=record.provider_id,
        display_name=record.display_name,
        provider_label=record.provider_label,
        selected_model=record.selected_model,
        reported_model=record.reported_model,
        effort=record.effort,
        layer=record.layer,
        trail=trail_from_rows(record.trail),
        key_source=record.key_source,
        fingerprint=record.fingerprint,
        finish=record.finish,
        tokens_in=record.tokens_in,
        tokens_out=record.tokens_out,
        tokens_reasoning=record.tokens_reasoning,
        cost=record.cost,
        first_ms=record.first_ms,
        total_ms=record.total_ms,
        thought_ms=record.thought_ms,
        category=record.category,
        status=record.status,
        detail=record.detail,
        hint=record.hint,
        request_id=record.request_id,
        ready_at=ready_again(record.retry_after, record.finished_at),
        notes=tuple(record.notes),
        stop_asked=record.stop_asked,
        created_at=record.created_at,
        beside=record.beside,
        context=record.context,
        finished_at=record.finished_at,
    )
