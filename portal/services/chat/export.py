"""A chat taken away: as Markdown to read, as JSON to work with."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from portal.domain.chats import State
from portal.domain.people import Actor
from portal.services.chat import attachments, chats
from portal.services.chat.attachments import AttachmentView
from portal.services.chat.chats import AttemptView, ChatView
from portal.services.runtime import Runtime
from portal.store.base import Database, at, this_database

SAID_OF: dict[State, str] = {
    State.STREAMING: "still being written",
    State.INCOMPLETE: "broke off",
    State.STOPPED: "stopped",
    State.FAILED: "no answer",
    State.FALLBACK: "no answer: the provider failed",
}


_MARK = "content of "
"""What stands where a file's content will, with quotes around it that no text of a person can write into JSON."""


@dataclass(frozen=True)
class Transcript:
    """A file to download. `files` are those whose contents stand in it: `written` puts each where its mark is."""

    filename: str
    mimetype: str
    text: str
    files: tuple[UUID, ...] = ()


def written(actor: Actor, runtime: Runtime, transcript: Transcript) -> Iterator[str]:
    """The text of the download, with the contents of its files in base64: one piece of one file in memory at a time."""
    return _written(this_database(), actor, runtime, transcript)


def _written(database: Database, actor: Actor, runtime: Runtime, transcript: Transcript) -> Iterator[str]:
    text = transcript.text
    for id in transcript.files:
        before, _, text = text.partition(f'"data": "{_MARK}{id}"')
        yield f'{before}"data": "'
        with at(database):
            pieces = attachments.content(actor, runtime, id)
        for piece in pieces:
            yield b64encode(piece).decode("ascii")  # of a size that leaves no rest: pieces join to one text
        yield '"'
    yield text


def take(actor: Actor, runtime: Runtime, chat_id: UUID, kind: str) -> Transcript:
    """The branch that is shown, whole; `kind` is `md` or `json`."""
    chat = chats.show_whole(actor, runtime, chat_id)
    name = re.sub(r"[^\w.-]+", "-", chat.title).strip("-.")[:80] or "chat"
    if kind == "json":
        files = tuple(file.id for turn in chat.turns for file in turn.attachments)
        return Transcript(f"{name}.json", "application/json", _as_json(chat), files)
    return Transcript(f"{name}.md", "text/markdown", _as_markdown(chat))


def _as_markdown(chat: ChatView) -> str:
    parts = [f"# {chat.title}"]
    if chat.system_prompt:
        parts.append(f"## System prompt\n\n{chat.system_prompt}")
    for turn in chat.turns:
        files = "".join(f"\n\nAttached: {file.name} ({file.facts})" for file in turn.attachments)
        parts.append(f"## You, {turn.created_at:%Y-%m-%d %H:%M} UTC\n\n{turn.text}{files}")
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
                "attachments": [_file(file) for file in turn.attachments],
                "attempts": [_attempt(attempt) for attempt in turn.attempts],
            }
            for turn in chat.turns
        ],
    }
    return json.dumps(taken, ensure_ascii=False, indent=2) + "\n"


def _file(file: AttachmentView) -> dict[str, object]:
    return {
        "id": str(file.id),
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
        "data": f"{_MARK}{file.id}",
    }


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
