"""What can be said of a provider's key without showing it, and whether a text could be a key at all."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from portal.domain.cooldown import READY, Cooldown
from portal.domain.faults import Category
from portal.domain.health import Level, verdict_of

LONGEST = 10_240
ROTATE_AFTER_DAYS = 90
QUOTES = "\"'`“”‘’«»"


@dataclass(frozen=True)
class KeyView:
    """All that is ever shown of a stored key. `destination` and `master_key_id` say whether it would decrypt.

    `kind` names its shape. `tested_at`, `tested` and `check_id` are of its own last check. `replaces` is the key whose
    place it is to take. Of a retired one only this row is left: its ciphertext is destroyed.
    """

    id: UUID
    provider_id: UUID
    position: int
    fingerprint: str
    destination: str
    master_key_id: str
    created_at: datetime
    created_by: str
    kind: str = "key"
    last_used_at: datetime | None = None
    cooldown: Cooldown = field(default=READY)
    tested_at: datetime | None = None
    tested: Category | None = None
    check_id: UUID | None = None
    replaces: UUID | None = None
    retired_at: datetime | None = None
    retired_by: str = ""

    def age(self, now: datetime) -> timedelta:
        return now - self.created_at

    def is_old(self, now: datetime, rotate_after_days: int = ROTATE_AFTER_DAYS) -> bool:
        """True past the age at which a reminder to rotate it appears; 0 days remind never."""
        return rotate_after_days > 0 and self.age(now) > timedelta(days=rotate_after_days)


@dataclass(frozen=True)
class KeyState:
    """A key's state, in a word and a remark. `at` is the time that the remark ends with; `ahead`: it is to come."""

    level: Level
    word: str
    remark: str = ""
    at: datetime | None = None
    ahead: bool = False


NEEDS_AGAIN = KeyState(Level.BAD, "Enter it again", "encrypted for another address or master key")


def state_of(key: KeyView, *, opens: bool, serves: bool, now: datetime) -> KeyState:
    """The state of one key of a pool. `opens`: it exists for this address; `serves`: the next request goes to it."""
    if not opens:
        return NEEDS_AGAIN
    cooldown = key.cooldown
    if cooldown.category and (cooldown.failures or cooldown.is_cooling_down(now)):
        verdict = verdict_of(Category(cooldown.category))
        if cooldown.is_blocked(now):
            return KeyState(verdict.level, verdict.word, "takes no more before", cooldown.retry_at, ahead=True)
        if cooldown.is_cooling_down(now) and not serves:
            return KeyState(verdict.level, verdict.word, "paused until", cooldown.until, ahead=True)
        return KeyState(verdict.level, verdict.word, "tried again with the next request")
    if key.tested is None:
        return KeyState(Level.UNKNOWN, "Never tested", "serves untested" if serves else "waits untested")
    if key.tested is not Category.OK:
        verdict = verdict_of(key.tested)
        return KeyState(verdict.level, verdict.word, "tested", key.tested_at)
    return KeyState(Level.GOOD, "In use" if serves else "Waits", "tested", key.tested_at)


_VARIABLE = re.compile(
    r"\$\{.*\}|\$[A-Za-z_]\w*|\$\(.*\)|\$env:.*|%\w+%|\{\{.*\}\}|\{%.*%\}|\{(?:env|file)[:.].*\}|<%.*%>|__\w+__|"
    r"os\.environ\b.*|(?:process|import\.meta)\.env\b.*|(?:os\.)?getenv\b.*|env[.:/]\S+|ENV\[.*|"
    r"(?:[A-Z][A-Z0-9]*_)+(?:KEY|TOKEN|SECRET|PASSWORD|PAT)",
    re.DOTALL,
)
"""What other programs put a key in the place of: variables as settings files write them, and their bare names."""

_ELSEWHERE = re.compile(
    r"(?:file|vault|op|keyring|secret|secrets|aws-sm|gcp-sm|awssm|arn|ref)(?::/?/?|\+)\S+|@?/\S*secrets?/\S+"
)
"""Where another program would look a key up."""

_PLACEHOLDER = re.compile(
    r"<[^<>]{0,80}>|\[[A-Za-z _-]{0,80}\]|\{[A-Za-z _-]*\}|(?:sk|gsk|pk|key)?[-_]?x{4,}|[*.•·#-]{3,}|"
    r"(?:(?:insert|enter|paste|put|add|replace|change)[ _-]?)(?:me|with|your|the|an?|key|api|here|this)\b.*|"
    r"(?:sk[-_])?(?:your|my)[ _-].{0,40}(?:key|token)(?:[ _-]?(?:here|goes here))?|"
    r"changeme|redacted|removed|masked|undefined|null|todo|tbd",
    re.IGNORECASE | re.DOTALL,
)
"""What stands in documentation, in examples and in logs where a key was or is to be."""

_LONGEST_PLACEHOLDER = 300

_TWO = re.compile(r"[^\s;,]{8,}\s*[;,]\s*[^\s;,]{8,}")


def placeholder_fault(text: str, what: str = "key") -> str:
    """Why this stands for a key, or another secret, and is none; "" for what may be one. It is never repeated."""
    typed = text.strip().strip("\"'`")
    if len(typed) > _LONGEST_PLACEHOLDER:
        return ""
    if _VARIABLE.fullmatch(typed) or re.search(r"\$\{\w+\}|\{\{.*\}\}", typed):
        return f"This is the name of a variable, which the portal does not look up. Paste the {what} itself."
    if _ELSEWHERE.fullmatch(typed):
        return f"This says where a {what} is kept, and the portal does not look there. Paste the {what} itself."
    if _PLACEHOLDER.fullmatch(typed):
        return f"This stands in the place of a {what}, as in an example. Paste the {what} itself."
    return ""


def several_fault(text: str) -> str:
    """Why these are several keys; "" for what may be one."""
    if not _TWO.match(text.strip()):
        return ""
    return "Several keys stand here. Enter the first alone; each further one is added on the provider’s page."


def key_fault(text: str) -> str | None:
    """Why this cannot be a key, as the sentence beside the field; None when it can. The text is never repeated."""
    if not text.strip():
        return "Enter the key. It cannot be blank."
    if fault := placeholder_fault(text):
        return fault
    if "\n" in text.strip() or "\r" in text.strip():
        return "The key has a line break in it. Paste it as one line."
    if text != text.strip():
        return "The key begins or ends with a space or a line break. Remove it."
    if len(text) > 1 and text[0] in QUOTES and text[-1] in QUOTES:
        return "The key stands in quotation marks. Paste it without them."
    if not text.isascii():
        return "The key has a character that no key has, such as a typographic dash or an accent. Copy it again."
    if not text.isprintable():
        return "The key has an invisible control character in it. Copy it again."
    if len(text) > LONGEST:
        return f"The key has {len(text):,} characters. A key has at most {LONGEST:,}."
    return None
