"""A chat as a file holds it: read strictly, so that nothing comes in that a chat could not have become by itself.

The file is what `services.chat.export` writes. Whatever it says of models, tokens and costs is what somebody's
file says: it is shown with the answer, and counted nowhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from portal.domain.chats import (
    ANSWER_LIMIT,
    CHAT_LENGTH,
    CHAT_TURNS,
    MESSAGE_LIMIT,
    SYSTEM_PROMPT_LIMIT,
    TITLE_LIMIT,
    State,
    message_fault,
    tidy,
    title_from,
)
from portal.domain.reasons import Layer, Reason
from portal.domain.subagents import Run, run_of

FORMAT, VERSION = "llm-portal-chat", 1
"""What a file says it is. A change that an import of before could not read makes another version."""

MOST_ANSWERS = 50
"""Attempts at one question."""

IMPORTED = "Imported from a file."

MOST_PARTS = 600_000
"""Lists and objects of a file, and brackets in its words: beyond them, reading it would take gigabytes."""


class Unreadable(Exception):
    """Why a file cannot become a chat, in a sentence for the one who gave it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class CarriedAnswer:
    """One attempt. Tokens and cost are None where the file does not say them."""

    state: State
    text: str
    thinking: str
    model: str
    name: str
    provider: str
    reported_model: str
    layer: str
    trail: tuple[Mapping[str, str], ...]
    key_source: str
    tokens_in: int | None
    tokens_out: int | None
    cost: Decimal | None
    total_ms: int | None
    created_at: datetime


@dataclass(frozen=True)
class CarriedTurn:
    """A question; `follows` is the place of another in the list before it, None for the first of a chat."""

    follows: int | None
    text: str
    created_at: datetime
    answers: tuple[CarriedAnswer, ...]
    picked: int | None = None
    """The place of the answer that somebody picked."""

    @property
    def run(self) -> Run | None:
        """What was delegated to a subagent."""
        return run_of(self.text)


@dataclass(frozen=True)
class CarriedChat:
    """A whole chat; `shown` is the place of the last turn of the branch that is shown."""

    title: str
    system_prompt: str
    created_at: datetime
    turns: tuple[CarriedTurn, ...]
    shown: int | None


def read_chat(data: bytes, now: datetime) -> CarriedChat:
    """What a file holds. Raises `Unreadable`."""
    if data.count(b"{") + data.count(b"[") > MOST_PARTS:
        raise Unreadable("This file has more parts than a chat can have.")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Unreadable("This is no JSON file. Export a chat as JSON, and bring that file.") from None
    if not isinstance(found, dict) or not isinstance(found.get("turns"), list):
        raise Unreadable("This JSON file holds no chat of LLM Portal.")
    if found.get("format", FORMAT) != FORMAT or found.get("version", VERSION) != VERSION:
        raise Unreadable("This file was written by another version of LLM Portal, or by something else.")
    if len(found["turns"]) > CHAT_TURNS:
        raise Unreadable(f"This chat has {len(found['turns']):,} questions; {CHAT_TURNS:,} fit.")
    places: dict[str, int] = {}
    turns = tuple(_turn(number, row, places, now) for number, row in enumerate(found["turns"]))
    length = sum(len(turn.text) + sum(len(a.text) + len(a.thinking) for a in turn.answers) for turn in turns)
    if length > CHAT_LENGTH:
        raise Unreadable(f"This chat has {length:,} characters; {CHAT_LENGTH:,} fit.")
    title = " ".join(_text(found, "title").split())[:TITLE_LIMIT]
    prompt = _text(found, "system_prompt").strip()
    if len(prompt) > SYSTEM_PROMPT_LIMIT:
        raise Unreadable(f"Its system prompt is too long; {SYSTEM_PROMPT_LIMIT:,} characters fit.")
    return CarriedChat(
        title=title or (title_from(turns[0].text) if turns else "New chat"),
        system_prompt=prompt,
        created_at=_moment(found, now),
        turns=turns,
        shown=places.get(str(found.get("shown")), len(turns) - 1 if turns else None),
    )


def _turn(number: int, row: Any, places: dict[str, int], now: datetime) -> CarriedTurn:
    if not isinstance(row, dict):
        raise Unreadable(f"Question {number + 1} is not readable.")
    text = _text(row, "text").strip("\n")
    if fault := message_fault(text, MESSAGE_LIMIT):
        empty = "it is empty." if not text.strip() else fault
        raise Unreadable(f"Question {number + 1} cannot be kept: {empty}")
    parent, follows = row.get("parent_id"), None
    if parent is not None:
        follows = places.get(str(parent))
        if follows is None and number:  # the first may follow what a cut file left out; all else has to hang together
            raise Unreadable(f"Question {number + 1} follows one that does not stand before it in the file.")
    answers = row.get("attempts", [])
    if not isinstance(answers, list) or len(answers) > MOST_ANSWERS:
        raise Unreadable(f"The answers to question {number + 1} are not readable, or more than {MOST_ANSWERS}.")
    places[str(row.get("id", number))] = number
    read = tuple(_answer(number, answer, now) for answer in answers)
    ids = [str(answer["id"]) if "id" in answer else "" for answer in answers]
    picked = ids.index(str(row["picked"])) if row.get("picked") and str(row["picked"]) in ids else None
    return CarriedTurn(follows, text, _moment(row, now), read, picked)


def _answer(number: int, row: Any, now: datetime) -> CarriedAnswer:
    if not isinstance(row, dict) or row.get("state") not in set(State):
        raise Unreadable(f"An answer to question {number + 1} is not readable.")
    text, thinking = _text(row, "text"), _text(row, "thinking")
    if len(text) + len(thinking) > ANSWER_LIMIT:
        raise Unreadable(f"An answer to question {number + 1} is too long; {ANSWER_LIMIT:,} characters fit.")
    state = State(row["state"])
    layer = row.get("layer") if row.get("layer") in set(Layer) else ""
    return CarriedAnswer(
        state=State.INCOMPLETE if state is State.STREAMING else state,
        text=text,
        thinking=thinking,
        model=_text(row, "model")[:300],
        name=_text(row, "name")[:200] or _text(row, "model")[:200],
        provider=_text(row, "provider")[:120],
        reported_model=_text(row, "reported_model")[:300],
        layer=str(layer),
        trail=_trail(row.get("trail")),
        key_source=_text(row, "key_source")[:20],
        tokens_in=_number(row, "tokens_in"),
        tokens_out=_number(row, "tokens_out"),
        cost=_cost(row.get("cost_usd")),
        total_ms=_number(row, "total_ms"),
        created_at=_moment(row, now),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return tidy(value) if isinstance(value, str) else ""


def _number(row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _cost(value: Any) -> Decimal | None:
    try:
        cost = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return cost if cost is not None and cost.is_finite() and 0 <= cost < 10**8 else None


def _moment(row: Mapping[str, Any], now: datetime) -> datetime:
    """When it was, as the file says; what it does not say, or says of the future, was now."""
    try:
        at = datetime.fromisoformat(str(row.get("created_at")))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return now
    return min(at, now) if at.year >= 2000 else now


_OUTCOMES = {"chosen", *(str(reason) for reason in Reason)}


def _trail(rows: Any) -> tuple[Mapping[str, str], ...]:
    """Why that model, if every line of it can be told; a line that cannot makes all of it untold."""
    if not isinstance(rows, list) or len(rows) > len(Layer):
        return ()
    told = []
    for row in rows:
        if not isinstance(row, dict) or row.get("layer") not in set(Layer) or row.get("outcome") not in _OUTCOMES:
            return ()
        told.append({"layer": row["layer"], "outcome": row["outcome"], "candidate": _text(row, "candidate")[:400]})
    return tuple(told)
