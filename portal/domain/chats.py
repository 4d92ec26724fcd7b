"""The rules of a conversation: what state an attempt is in, what is sent as history, what a chat is called."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NewType
from uuid import UUID

from portal.domain.faults import Category, sentence
from portal.domain.subagents import as_read_later

LEASE = timedelta(seconds=15)
"""How long a running attempt counts as running without a word from the process that serves it."""

MESSAGE_LIMIT = 256_000
"""Characters of one message, in any script."""

SYSTEM_PROMPT_LIMIT = 64_000
ANSWER_LIMIT = 1_000_000
"""Characters of one answer, its thinking included. What goes on beyond is a model that found no end."""

TOO_LONG = f"The answer did not end within {ANSWER_LIMIT:,} characters. It was cut off there."
TITLE_LIMIT = 200
CHAT_TURNS, CHAT_LENGTH = 3_000, 10_000_000
"""Questions of one chat, and the characters of all that was said in it: what a page, a model and an export can take."""


OwnedChatId = NewType("OwnedChatId", UUID)
"""A chat of this person's own: `services.chat.ownership` alone makes one, and what acts in a chat takes no other id."""


class State(StrEnum):
    """What became of one attempt at an answer. `fallback` is the portal's own answer, `failed` is none at all."""

    STREAMING = "streaming"
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    STOPPED = "stopped"
    FAILED = "failed"
    FALLBACK = "fallback"


SENT_AS_HISTORY: frozenset[State] = frozenset({State.COMPLETE, State.INCOMPLETE, State.STOPPED})
"""Answers that a model reads again later. What the portal wrote in a provider's stead is none of them."""

FALLBACK_REPLY = "Your question is kept. Send it again in a moment, or send it to another model."
"""What one reads in place of an answer, unless the deployment has its own words (setting `fallback_reply`)."""


FAULT_SENTENCES: dict[Category, str] = {
    Category.NEED_KEY: "{provider} has no key that can be used.",
    Category.AUTH: "{provider} refuses the portal’s key.",
    Category.PERMISSION: "{provider} does not let the portal’s key use {model}.",
    Category.ENDPOINT: "{provider} does not chat at the address that the portal knows.",
    Category.BILLING: "The portal’s account at {provider} has no credit left.",
    Category.RATE_LIMIT: "{model} is busy just now.",
    Category.SERVER: "{provider} is in trouble on its own side.",
    Category.REJECTED: "{provider} does not accept this request.",
    Category.MODEL_NOT_FOUND: "{provider} does not know {model} any more.",
    Category.CONTENT: "{provider} does not answer these words: its content rules stopped them.",
    Category.CONTEXT_LENGTH: "This conversation is longer than {model} can read.",
    Category.TIMEOUT: "{provider} did not answer in time.",
}
"""What someone who chats reads of a fault, where the words for those who configure it would not help them."""

OWN_KEY_SENTENCES: dict[Category, str] = {
    Category.NEED_KEY: "Your key for {provider} cannot be used as it is.",
    Category.AUTH: "Your key for {provider} is refused there.",
    Category.PERMISSION: "Your key for {provider} may not use {model}.",
    Category.BILLING: "The account behind your key for {provider} has no credit left.",
    Category.RATE_LIMIT: "Your key for {provider} is used too often just now.",
}
"""The same of an attempt with the person's own key: faults of that key, which they can mend themselves."""

FOR_AN_ADMINISTRATOR: frozenset[Category] = frozenset(
    {
        Category.NEED_KEY,
        Category.NEED_URL,
        Category.AUTH,
        Category.PERMISSION,
        Category.ENDPOINT,
        Category.HTML,
        Category.SHAPE,
        Category.BILLING,
        Category.MODEL_NOT_FOUND,
        Category.DNS,
        Category.TLS,
        Category.EGRESS,
    }
)
"""Faults that stay until somebody changes the provider: trying again does not help."""


NO_MODEL = "no_model"
"""What stands in the place of a category where no model could be chosen, and so nobody was asked."""


def fault_sentence(category: Category, provider: str, model: str, *, own_key: bool = False) -> str:
    """What went wrong, for the one who asked; `own_key` when they asked with a key of their own."""
    words = (OWN_KEY_SENTENCES.get(category) if own_key else None) or FAULT_SENTENCES.get(category)
    return words.format(provider=provider, model=model) if words else sentence(category, provider)


def state_at(state: str, lease_until: datetime | None, now: datetime) -> State:
    """The state as everybody reads it: a running attempt whose lease has passed is incomplete."""
    if state == State.STREAMING and (lease_until is None or lease_until <= now):
        return State.INCOMPLETE
    return State(state)


@dataclass(frozen=True)
class Line:
    """What one side wrote. A dialect makes a `Message` of it, which this floor does not know."""

    role: Literal["user", "assistant"]
    text: str
    asked: tuple[int, ...] = field(default=(), compare=False)
    """Which of the questions stand in it, counted from 0."""


def history(exchanges: Iterable[tuple[str, str]]) -> tuple[Line, ...]:
    """What a model gets to read, from pairs of question and answer, the answer empty when there is none to send.

    Questions that got no answer are joined with the next one: many models insist on alternating roles. The last pair
    is what is asked now; of those before it, what a subagent was asked and found is told as such.
    """
    lines: list[Line] = []
    pairs = list(exchanges)
    for number, (asked, answered) in enumerate((*(as_read_later(*pair) for pair in pairs[:-1]), *pairs[-1:])):
        if lines and lines[-1].role == "user":
            lines[-1] = Line("user", f"{lines[-1].text}\n\n{asked}", (*lines[-1].asked, number))
        else:
            lines.append(Line("user", asked, (number,)))
        if answered.strip():
            lines.append(Line("assistant", answered))
    return tuple(lines)


_HALF = re.compile("[\ud800-\udfff]")


def tidy(text: str) -> str:
    """Text as it can be stored and sent: one kind of line end, no NUL, no half characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not text.isascii() and _HALF.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


@dataclass
class TextBuffer:
    """Text as it arrives, delta by delta. A character cut in two waits for its other half."""

    text: str = ""
    _half: str = field(default="", repr=False)

    def add(self, delta: str) -> str:
        """Take a delta and return what it adds, clean."""
        delta = self._half + delta
        self._half = ""
        if delta and "\ud800" <= delta[-1] <= "\udbff":
            delta, self._half = delta[:-1], delta[-1]
        added = tidy(delta)
        self.text += added
        return added


_MARKUP = re.compile(r"^\s*(?:[#>*+-]+\s+|\d+[.)]\s+|`{3,}\S*\s*|/(?i:explore|general)\s+)+")
_SHORT = 60


def title_from(text: str) -> str:
    """A chat's name from the first words of its first message: whole words, one line, without markup."""
    for line in text.splitlines():
        line = _MARKUP.sub("", line).replace("`", "")
        # What nobody sees goes before the blanks do: two that it stood between would be left, or one at the start.
        line = "".join(each for each in line if each.isspace() or unicodedata.category(each)[0] != "C")
        line = " ".join(line.split())
        if line:
            break
    else:
        return "New chat"
    if len(line) <= _SHORT:
        return line.rstrip(" .,;:") or line
    cut = line[:_SHORT]
    if not line[_SHORT].isspace() and " " in cut[20:]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" .,;:–-") + "…"


_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.I | re.S)
_NAMED = re.compile(r"^(?:title|titel|titre|título|titolo)\s*[:：]\s*", re.I)
_QUOTES = "\"'`“”„‟«»‹›‘’‚「」『』*_#"


def title_of(answer: str) -> str:
    """The name in what a model answered when it was asked for one: one clean line; blank where there is none."""
    for line in _THOUGHT.sub("", tidy(answer)).splitlines():
        line = "".join(each for each in _MARKUP.sub("", line) if unicodedata.category(each)[0] != "C" or each == "\t")
        line = " ".join(_NAMED.sub("", " ".join(line.split()).strip(_QUOTES + " ")).strip(_QUOTES + " .").split())
        if any(each.isalnum() for each in line):
            break
    else:
        return ""
    if len(line) <= TITLE_LIMIT:
        return line
    cut = line[: TITLE_LIMIT - 1]
    return (cut[: cut.rindex(" ")] if " " in cut[TITLE_LIMIT // 2 :] else cut).rstrip(" .,;:–-") + "…"


def message_fault(text: str, limit: int = MESSAGE_LIMIT) -> str | None:
    """Why a message cannot be sent, in a sentence for the one who wrote it; None when it can."""
    if not text.strip():
        return "Write a message first."
    if len(text) > limit:
        return (
            f"This message has {len(text):,} characters; {limit:,} fit. "
            "Shorten it, or send it in two parts. Nothing of it is lost."
        )
    return None
