"""A chat taken away: as Markdown to read, as JSON to work with and to bring into a portal again."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from portal.domain.carried_chats import FORMAT, IMPORTED, VERSION
from portal.domain.chats import State
from portal.domain.compaction import State as Made
from portal.domain.people import Actor
from portal.services.chat import attachments, chats
from portal.services.chat.attachments import AttachmentView
from portal.services.chat.summaries import CompactionView
from portal.services.chat.view import AttemptView, ChatView, TurnView
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


class Of(StrEnum):
    """What of a chat: the branch that is shown, or every version and every answer."""

    SHOWN = "shown"
    ALL = "all"


def take(actor: Actor, runtime: Runtime, chat_id: UUID, kind: str, of: Of) -> Transcript:
    """The chat as a file; `kind` is `md` or `json`."""
    chat = chats.show_whole(actor, runtime, chat_id, every_branch=of is Of.ALL)
    name = re.sub(r"[^\w.-]+", "-", chat.title).strip("-.")[:80] or "chat"
    if kind == "json":
        files = tuple(file.id for turn in chat.turns for file in turn.attachments)
        return Transcript(f"{name}.json", "application/json", as_json(chat, of, contents=True), files)
    return Transcript(f"{name}.md", "text/markdown", _as_markdown(chat, of))


def _as_markdown(chat: ChatView, of: Of) -> str:
    parts = [f"# {chat.title}"]
    versions = {turn.id: len(turn.siblings) for turn in chat.turns}
    if of is Of.ALL:
        parts.append("*Every version of every question, with all answers.*")
    elif any(number > 1 for number in versions.values()):
        parts.append("*What was shown: other versions of some questions are not in this file.*")
    if chat.system_prompt:
        parts.append(f"## System prompt\n\n{chat.system_prompt}")
    for turn in chat.turns:
        files = "".join(f"\n\nAttached: {file.name} ({file.facts})" for file in turn.attachments)
        version = f", version {turn.place} of {len(turn.siblings)}" if len(turn.siblings) > 1 else ""
        parts.append(f"## You, {turn.created_at:%Y-%m-%d %H:%M} UTC{version}\n\n{turn.text}{files}")
        answers = _answers(turn, of)
        run = f"{turn.run.subagent.label}: " if turn.run else ""
        parts += [f"## {run}{_author(answer)}\n\n{answer.text}".rstrip() for answer in answers]
        parts += [_summary_to_read(made) for made in _summaries(chat, turn, of)]
    return "\n\n".join(parts) + "\n"


def _answers(turn: TurnView, of: Of) -> tuple[AttemptView, ...]:
    """All answers to a question, or the one that is shown: what somebody picked, else the newest."""
    if of is Of.ALL:
        return turn.attempts
    return (turn.answer,) if turn.answer else ()


def _summaries(chat: ChatView, turn: TurnView, of: Of) -> list[CompactionView]:
    """The summaries that end with a turn: all that were made, or the one that is told of where the chat is shown."""
    here = chat.summaries.get(turn.id, ()) if of is Of.ALL else chat.lines(turn.id)
    return [made for made in here if made.state is Made.COMPLETE]


def _summary_to_read(made: CompactionView) -> str:
    number = f"{made.messages:,} message{'' if made.messages == 1 else 's'} above"
    who = f", by {made.display_name}" if made.display_name else ""
    read = "Undone: models read the messages themselves." if made.undone else "Models read it in their place."
    return f"## Summary of the {number}{who}, {made.made_at:%Y-%m-%d %H:%M} UTC\n\n*{read}*\n\n{made.text}"


def _author(attempt: AttemptView) -> str:
    name = attempt.display_name or "LLM Portal"
    model = f" ({attempt.selected_model})" if attempt.selected_model else ""
    said = SAID_OF.get(attempt.state, "")
    return f"{name}{model}" + (f", {said}" if said else "")


def as_json(chat: ChatView, of: Of, *, contents: bool = False) -> str:
    """What an import reads. Turns stand after the ones that they follow."""
    taken = {
        "format": FORMAT,
        "version": VERSION,
        "of": of.value,
        "shown": str(chat.leaf_id) if chat.leaf_id else None,
        "id": str(chat.id),
        "title": chat.title,
        "system_prompt": chat.system_prompt,
        "effort": chat.effort,
        "created_at": chat.created_at.isoformat(),
        "turns": [_turn(turn, _answers(turn, of), contents) for turn in chat.turns],
        "summaries": [_summary(made) for turn in chat.turns for made in _summaries(chat, turn, of)],
    }
    return json.dumps(taken, ensure_ascii=False, indent=2) + "\n"


def _turn(turn: TurnView, answers: Sequence[AttemptView], contents: bool) -> dict[str, object]:
    """A question with these of its answers: what was picked is told where it is one of them."""
    picked = next((str(answer.id) for answer in answers if answer.id == turn.picked_id), None)
    return {
        "id": str(turn.id),
        "parent_id": str(turn.parent_id) if turn.parent_id else None,
        "text": turn.text,
        "created_at": turn.created_at.isoformat(),
        "picked": picked,
        "attachments": [_file(file, contents) for file in turn.attachments],
        "attempts": [_attempt(place, answer) for place, answer in enumerate(answers)],
    }


def _file(file: AttachmentView, contents: bool) -> dict[str, object]:
    told: dict[str, object] = {
        "id": str(file.id),
        "name": file.name,
        "media_type": file.media_type,
        "size": file.size,
        "sha256": file.sha256,
    }
    return told | ({"data": f"{_MARK}{file.id}"} if contents else {})


def _summary(made: CompactionView) -> dict[str, object]:
    """What models read in the place of everything through the turn that it ends with."""
    return {
        "id": str(made.id),
        "turn_id": str(made.turn_id),
        "why": made.why.value,
        "text": made.text,
        "messages": made.messages,
        "tokens": made.tokens,
        "tokens_before": made.tokens_before,
        "tokens_after": made.tokens_after,
        "made_at": made.made_at.isoformat(),
        "undone_at": made.undone_at.isoformat() if made.undone_at else None,
        **_selection(made),
    }


def _attempt(place: int, attempt: AttemptView) -> dict[str, object]:
    return {
        "id": str(attempt.id),
        "context": attempt.context,
        "state": attempt.state.value,
        "text": attempt.text,
        "thinking": attempt.thinking,
        "reported_model": attempt.reported_model,
        "effort": attempt.effort,
        "finish": attempt.finish,
        "notes": [note for note in attempt.notes if note != IMPORTED],  # said of the chat here, not of the answer
        "beside": attempt.beside and place > 0,  # what it stands beside may not be in the file
        "created_at": attempt.created_at.isoformat(),
        "first_ms": attempt.first_ms,
        "thought_ms": attempt.thought_ms,
        "ended_at": attempt.finished_at.isoformat() if attempt.finished_at else None,
        # As its owner is told it; what the provider said to the letter is for those who look after providers.
        "category": attempt.category,
        "status": attempt.status,
        "hint": attempt.hint,
        "request_id": attempt.request_id,
        **_selection(attempt),
    }


def _selection(written: AttemptView | CompactionView) -> dict[str, object]:
    """Which model wrote it, why that one, and what it took."""
    return {
        "model": written.selected_model,
        "name": written.display_name,
        "provider": written.provider_label,
        "layer": written.layer,
        "trail": [
            {"layer": step.layer.value, "outcome": str(step.outcome), "candidate": step.candidate}
            for step in written.trail
        ],
        "key_source": written.key_source,
        "tokens_in": written.tokens_in,
        "tokens_out": written.tokens_out,
        "cost_usd": f"{written.cost:f}" if written.cost is not None else None,
        "total_ms": written.total_ms,
    }
