"""A chat taken away: as Markdown to read, as JSON to work with."""

import json
import re
from dataclasses import dataclass
from uuid import UUID

from portal.domain.chats import State
from portal.domain.people import Actor
from portal.services.chat import chats
from portal.services.chat.chats import AttemptView, ChatView
from portal.services.runtime import Runtime

SAID_OF: dict[State, str] = {
    State.STREAMING: "still being written",
    State.INCOMPLETE: "broke off",
    State.STOPPED: "stopped",
    State.FAILED: "no answer",
    State.FALLBACK: "no answer: the provider failed",
}


@dataclass(frozen=True)
class Transcript:
    """A file to download."""

    filename: str
    mimetype: str
    text: str


def take(actor: Actor, runtime: Runtime, chat_id: UUID, kind: str) -> Transcript:
    """The branch that is shown, whole; `kind` is `md` or `json`."""
    chat = chats.show_whole(actor, runtime, chat_id)
    name = re.sub(r"[^\w.-]+", "-", chat.title).strip("-.")[:80] or "chat"
    if kind == "json":
        return Transcript(f"{name}.json", "application/json", _as_json(chat))
    return Transcript(f"{name}.md", "text/markdown", _as_markdown(chat))


def _as_markdown(chat: ChatView) -> str:
    parts = [f"# {chat.title}"]
    if chat.system_prompt:
        parts.append(f"## System prompt\n\n{chat.system_prompt}")
    for turn in chat.turns:
        parts.append(f"## You, {turn.created_at:%Y-%m-%d %H:%M} UTC\n\n{turn.text}")
        if turn.answer:
            parts.append(f"## {_author(turn.answer)}\n\n{turn.answer.text}".rstrip())
    return "\n\n".join(parts) + "\n"


def _author(attempt: AttemptView) -> str:
    name = attempt.display_name or "LLM Portal"
    model = f" ({attempt.selected_model})" if attempt.selected_model else ""
    said = SAID_OF.get(attempt.state, "")
    return f"{name}{model}" + (f", {said}" if said else "")


def _as_json(chat: ChatView) -> str:
    taken = {
        "id": str(chat.id),
        "title": chat.title,
        "system_prompt": chat.system_prompt,
        "created_at": chat.created_at.isoformat(),
        "turns": [
            {
                "id": str(turn.id),
                "parent_id": str(turn.parent_id) if turn.parent_id else None,
                "text": turn.text,
                "created_at": turn.created_at.isoformat(),
                "attempts": [_attempt(attempt) for attempt in turn.attempts],
            }
            for turn in chat.turns
        ],
    }
    return json.dumps(taken, ensure_ascii=False, indent=2) + "\n"


def _attempt(attempt: AttemptView) -> dict[str, object]:
    return {
        "id": str(attempt.id),
        "state": attempt.state.value,
        "text": attempt.text,
        "thinking": attempt.thinking,
        "model": attempt.selected_model,
        "reported_model": attempt.reported_model,
        "layer": attempt.layer,
        "trail": [
            {"layer": step.layer.value, "outcome": str(step.outcome), "candidate": step.candidate}
            for step in attempt.trail
        ],
        "key_source": attempt.key_source,
        "tokens_in": attempt.tokens_in,
        "tokens_out": attempt.tokens_out,
        "cost_usd": str(attempt.cost) if attempt.cost is not None else None,
        "total_ms": attempt.total_ms,
        "created_at": attempt.created_at.isoformat(),
    }
