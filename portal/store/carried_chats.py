"""Writing a whole chat at once: one that somebody brings from a file, or copies from a colleague."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from portal.domain.carried_chats import IMPORTED, CarriedChat, CarriedTurn
from portal.domain.carried_selection import CarriedSelection
from portal.domain.chats import OwnedChatId
from portal.domain.compaction import State as Made
from portal.domain.subagents import context_of
from portal.store import attachments
from portal.store.attempts import AttemptRecord
from portal.store.chats import ChatRecord, TurnRecord
from portal.store.compactions import CompactionRecord


def add_chat(
    session: Session, user_id: UUID, chat: CarriedChat, now: datetime, files: Sequence[Sequence[UUID]] = ()
) -> UUID:
    """Store it with ids of its own. What it says of models is text: no provider is held to it.

    `files` are those of each turn, in order, as this person has just attached them and sent with no message yet.
    """
    chat_id, ids = uuid4(), _ids(chat.turns)
    answer_ids = [_ids(turn.answers) for turn in chat.turns]
    session.add(
        ChatRecord(
            id=chat_id,
            user_id=user_id,
            title=chat.title,
            titled_by="person",
            system_prompt=chat.system_prompt,
            effort=chat.effort,
            leaf_id=None if chat.shown is None else ids[chat.shown],
            created_at=chat.created_at,
            changed_at=now,
        )
    )
    session.flush()
    turns = [
        {
            "id": id,
            "chat_id": chat_id,
            "parent_id": None if turn.follows is None else ids[turn.follows],
            "client_id": f"imported-{number}",
            "text": turn.text,
            "created_at": turn.created_at,
            "picked_id": None if turn.picked is None else answer_ids[number][turn.picked],
        }
        for number, (id, turn) in enumerate(zip(ids, chat.turns, strict=True))
    ]
    attempts = [
        {
            "id": answer_id,
            "chat_id": chat_id,
            "turn_id": id,
            "context": context_of(turn.text),
            "state": answer.state.value,
            "text": answer.text,
            "thinking": answer.thinking,
            "reported_model": answer.reported_model,
            "effort": answer.effort,
            "finish": answer.finish,
            "notes": [*answer.notes, IMPORTED],
            "beside": answer.beside,
            "created_at": answer.created_at,
            "finished_at": answer.ended_at,
            "first_ms": answer.first_ms,
            "thought_ms": answer.thought_ms,
            "category": answer.fault.category,
            "status": answer.fault.status,
            "hint": answer.fault.hint,
            "request_id": answer.fault.request_id,
            **_selection(answer.selection),
        }
        for id, turn, its_ids in zip(ids, chat.turns, answer_ids, strict=True)
        for answer_id, answer in zip(its_ids, turn.answers, strict=True)
    ]
    if turns:
        session.execute(insert(TurnRecord), turns)
    if attempts:
        session.execute(insert(AttemptRecord), attempts)
    if chat.summaries:
        session.execute(insert(CompactionRecord), _summaries(chat, chat_id, ids))
    # house: proofs-are-proven because it has just been made this person’s
    owned = OwnedChatId(chat_id)
    for id, its_files in zip(ids, files, strict=False):
        for position, file_id in enumerate(its_files):
            attachments.claim(session, file_id, owned, id, position)
    return chat_id


def _summaries(chat: CarriedChat, chat_id: UUID, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    return [
        {
            "id": id,
            "chat_id": chat_id,
            "turn_id": ids[summary.turn],
            "state": Made.COMPLETE.value,
            "why": summary.why.value,
            "text": summary.text,
            "messages": summary.messages,
            "tokens": summary.tokens,
            "tokens_before": summary.tokens_before,
            "tokens_after": summary.tokens_after,
            "made_at": summary.made_at,
            "undone_at": summary.undone_at,
            "chat_length": sum(_length(turn) for turn in chat.turns if turn.created_at <= summary.made_at),
            **_selection(summary.selection),
        }
        for id, summary in zip(_ids(chat.summaries), chat.summaries, strict=True)
    ]


def _selection(selection: CarriedSelection) -> dict[str, Any]:
    return {
        "selected_model": selection.model,
        "display_name": selection.name,
        "provider_label": selection.provider,
        "layer": selection.layer,
        "trail": [dict(row) for row in selection.trail],
        "key_source": selection.key_source,
        "tokens_in": selection.tokens_in,
        "tokens_out": selection.tokens_out,
        "cost": selection.cost,
        "total_ms": selection.total_ms,
    }


def _ids(rows: Sequence[object]) -> list[UUID]:
    """An id for each, ascending: what has one time is ordered by its id, and so stays in the order of the file."""
    return sorted(uuid4() for _ in rows)


def _length(turn: CarriedTurn) -> int:
    return len(turn.text) + sum(len(answer.text) + len(answer.thinking) for answer in turn.answers)
