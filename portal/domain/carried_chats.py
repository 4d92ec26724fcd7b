"""A chat as a file holds it: read strictly, so that nothing comes in that a chat could not have become by itself.

The file is what `services.chat.export` writes. Whatever it says of models, tokens and costs is what somebody's
file says: it is shown with the answer, and counted nowhere.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain import carried_values as values
from portal.domain.carried_selection import CarriedSelection, read_selection
from portal.domain.carried_summaries import CarriedSummary, read_summaries
from portal.domain.carried_values import Unreadable
from portal.domain.chats import (
    ANSWER_LIMIT,
    CHAT_LENGTH,
    CHAT_TURNS,
    MESSAGE_LIMIT,
    NO_MODEL,
    SENT_AS_HISTORY,
    SYSTEM_PROMPT_LIMIT,
    TITLE_LIMIT,
    State,
    message_fault,
    title_from,
)
from portal.domain.efforts import EFFORTS
from portal.domain.faults import Category
from portal.domain.subagents import Run, run_of

__all__ = ["FORMAT", "IMPORTED", "VERSION", "CarriedAnswer", "CarriedChat", "CarriedFile", "CarriedTurn", "Unreadable"]

FORMAT, VERSION = "llm-portal-chat", 1
"""What a file says it is. A change that an import of before could not read makes another version."""

MOST_ANSWERS = 50
"""Attempts at one question."""

IMPORTED = "Imported from a file."

MOST_NOTES, NOTE_LENGTH = 50, 1_000
"""Notes of one answer, and the characters of each."""

HINT_LENGTH = 1_000
"""Characters of what was told to do about a fault."""

MOST_PARTS = 600_000
"""Lists and objects of a file, and brackets in its words: beyond them, reading it would take gigabytes."""


@dataclass(frozen=True)
class CarriedFault:
    """What stood in the way of an answer, as its owner was told it; all of it blank where nothing did."""

    category: str
    status: int | None
    hint: str
    request_id: str


@dataclass(frozen=True)
class CarriedAnswer:
    """One attempt. `beside`: it stands beside the one before it until somebody picks either.

    `finish` is why its model stopped, `effort` what it was asked for, `notes` what was told of the asking. `ended_at`,
    and how long it took to the first word (`first_ms`), of which it thought (`thought_ms`), are None where untold.
    """

    state: State
    text: str
    thinking: str
    selection: CarriedSelection
    reported_model: str
    effort: str
    finish: str
    notes: tuple[str, ...]
    beside: bool
    created_at: datetime
    ended_at: datetime | None
    first_ms: int | None
    thought_ms: int | None
    fault: CarriedFault

    @property
    def name(self) -> str:
        """Who answered, as it is shown."""
        return self.selection.name


@dataclass(frozen=True)
class CarriedFile:
    """A file that was attached; `place` is where its content stands among those of the file that holds the chat.

    None where no content came with it. What it is says its content alone, once it is looked at.
    """

    name: str
    place: int | None


@dataclass(frozen=True)
class CarriedTurn:
    """A question; `follows` is the place of another in the list before it, None for the first of a chat."""

    follows: int | None
    text: str
    created_at: datetime
    answers: tuple[CarriedAnswer, ...]
    picked: int | None = None
    """The place of the answer that somebody picked."""
    files: tuple[CarriedFile, ...] = ()

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
    effort: str = ""
    """What its answers are asked for; blank for the models' own."""
    summaries: tuple[CarriedSummary, ...] = ()


def read_chat(data: bytes, now: datetime) -> CarriedChat:
    """What a file holds; the contents of its files are lifted out of it before. Raises `Unreadable`."""
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
    title = " ".join(values.text(found, "title").split())[:TITLE_LIMIT].rstrip()
    prompt = values.text(found, "system_prompt").strip()
    if len(prompt) > SYSTEM_PROMPT_LIMIT:
        raise Unreadable(f"Its system prompt is too long; {SYSTEM_PROMPT_LIMIT:,} characters fit.")
    return CarriedChat(
        title=title or (title_from(turns[0].text) if turns else "New chat"),
        system_prompt=prompt,
        created_at=values.moment(found, now),
        turns=turns,
        shown=places.get(str(found.get("shown")), len(turns) - 1 if turns else None),
        effort=values.one_of(found, "effort", EFFORTS),
        summaries=read_summaries(found.get("summaries"), places, now),
    )


def _turn(number: int, row: Any, places: dict[str, int], now: datetime) -> CarriedTurn:
    if not isinstance(row, dict):
        raise Unreadable(f"Question {number + 1} is not readable.")
    text = values.text(row, "text").strip("\n")
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
    read = tuple(_answer(number, answer, now, first=not place) for place, answer in enumerate(answers))
    ids = [str(answer["id"]) if "id" in answer else "" for answer in answers]
    picked = ids.index(str(row["picked"])) if row.get("picked") and str(row["picked"]) in ids else None
    if picked is not None and not (read[picked].text and read[picked].state in SENT_AS_HISTORY):
        picked = None  # nobody could have picked it
    return CarriedTurn(follows, text, values.moment(row, now), read, picked, _files(row.get("attachments")))


def _files(rows: Any) -> tuple[CarriedFile, ...]:
    """The files of a question, named. What has no name and no content is none."""
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    named = [CarriedFile(values.text(row, "name")[:200], values.place(row, "data")) for row in found]
    return tuple(file for file in named if file.name or file.place is not None)


def _answer(number: int, row: Any, now: datetime, *, first: bool) -> CarriedAnswer:
    if not isinstance(row, dict) or not values.one_of(row, "state", State):
        raise Unreadable(f"An answer to question {number + 1} is not readable.")
    text, thinking = values.text(row, "text"), values.text(row, "thinking")
    if len(text) + len(thinking) > ANSWER_LIMIT:
        raise Unreadable(f"An answer to question {number + 1} is too long; {ANSWER_LIMIT:,} characters fit.")
    state, created_at = State(row["state"]), values.moment(row, now)
    ended_at = values.told_moment(row, now, "ended_at")
    return CarriedAnswer(
        state=State.INCOMPLETE if state is State.STREAMING else state,
        text=text,
        thinking=thinking,
        selection=read_selection(row),
        reported_model=values.text(row, "reported_model")[:300],
        effort=values.one_of(row, "effort", EFFORTS),
        finish=values.text(row, "finish")[:20],
        notes=values.texts(row, "notes", MOST_NOTES, NOTE_LENGTH),
        beside=row.get("beside") is True and not first,
        created_at=created_at,
        ended_at=max(created_at, ended_at) if ended_at else None,
        first_ms=values.number(row, "first_ms"),
        thought_ms=values.number(row, "thought_ms"),
        fault=_fault(row, state),
    )


def _fault(row: Mapping[str, Any], state: State) -> CarriedFault:
    status = values.number(row, "status")
    return CarriedFault(
        # Only what failed before anybody was asked can have found no model.
        category=values.one_of(row, "category", [*Category, NO_MODEL] if state is State.FAILED else Category),
        status=status if status is not None and 100 <= status < 600 else None,
        hint=values.text(row, "hint")[:HINT_LENGTH],
        request_id=values.text(row, "request_id")[:200],
    )
