"""An attempt as it begins: with the model that was chosen for it, or failed at once for want of one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from portal.domain.chats import LEASE, NO_MODEL, OwnedChatId, State
from portal.domain.errors import Unavailable
from portal.domain.gates import AI, GATES
from portal.domain.reasons import REASON_SENTENCES, REASON_WORDS, Layer, Reason
from portal.domain.selection import Refusal, Selection, trail_to_rows
from portal.store import attempts as stored
from portal.store.base import Session


class SwitchedOff(Unavailable):
    """The gate of AI is off. Nothing is stored, so what was typed stays where it was typed."""

    def __init__(self) -> None:
        super().__init__(GATES[AI].off)


def begin_attempt(
    session: Session,
    owned: OwnedChatId,
    turn_id: UUID,
    chosen: Selection | Refusal,
    requested: UUID | None,
    now: datetime,
    context: str,
    *,
    beside: bool = False,
) -> Any:
    """Store it with its selection. Without a model it has failed at once, and says why.

    Raises `SwitchedOff` while the gate of AI is off.
    """
    if isinstance(chosen, Refusal) and chosen.reason is Reason.GATE_OFF:
        raise SwitchedOff
    return stored.begin(
        session,
        chat_id=owned,
        turn_id=turn_id,
        context=context,
        layer=chosen.layer.value,
        trail=trail_to_rows(chosen.trail),
        requested_model=str(requested or ""),
        created_at=now,
        beside=beside,
        **(_selected(chosen, now) if isinstance(chosen, Selection) else _refused(chosen, now)),
    )


def _selected(chosen: Selection, now: datetime) -> dict[str, Any]:
    return {
        "state": State.STREAMING.value,
        "lease_until": now + LEASE,
        "language_model_id": chosen.language_model_id,
        "provider_id": chosen.provider_id,
        "selected_model": f"{chosen.provider_name}:{chosen.name}",
        "display_name": chosen.display_name,
        "provider_label": chosen.provider_label,
        "key_source": chosen.credential,
        "effort": chosen.effort,
    }


def _refused(refusal: Refusal, now: datetime) -> dict[str, Any]:
    sentence = REASON_SENTENCES[refusal.reason]
    if refusal.layer is not Layer.EXPLICIT:
        sentence = f"No model can be used right now. Ask an administrator: {_because(refusal)}."
    return {
        "state": State.FAILED.value,
        "finished_at": now,
        "category": NO_MODEL,
        "detail": refusal.reason.value,
        "hint": sentence,
        "selected_model": refusal.candidate,
    }


def _because(refusal: Refusal) -> str:
    if not refusal.candidate:
        return "no model is published yet"
    return f"of {refusal.candidate}, the first one, it says: {REASON_WORDS[refusal.reason]}"
