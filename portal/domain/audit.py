"""The audit trail in words: what a row says happened, and what it changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

AuditValues = Mapping[str, Any]
"""One side of a change: each fact by its name, as JSON holds it."""

SENTENCES: dict[str, str] = {
    "session.open": "signed in as",
    "session.close": "signed out as",
    "session.fail": "failed to sign in as",
    "session.refuse": "had to wait before signing in as",
    "session.prove": "gave the password again as",
    "session.mistype": "gave a wrong password as",
    "session.revoke": "ended a session of",
    "user.unlock": "forgot the wrong passwords for",
    "settings.change": "changed the",
    "override.set": "pinned a model to",
    "override.clear": "took the pin off",
    "gate.turn": "turned the gate",
    "allowance.change": "changed what is allowed to",
    "team.entitle": "entitled the team",
    "team.withdraw": "withdrew its own providers from the team",
    "team.default": "chose the default model of the team",
    "own_override.set": "chose a model of their own for",
    "own_override.clear": "gave up their own model for",
    "application.rotate": "gave a new key to",
    "application.end_key": "ended an older key of",
    "chat.share": "gave a copy of a chat to",
    "chat.unshare": "took a copy of a chat back from",
}
"""Verbs that have words of their own; the subject follows."""

ACTIONS: dict[str, str] = {
    "add": "added",
    "change": "changed",
    "change_password": "changed the password of",
    "copy": "copied",
    "create": "created",
    "delete": "deleted",
    "default": "made the default",
    "disable": "turned off",
    "edit": "changed",
    "enable": "turned on",
    "move": "moved",
    "publish": "published",
    "remove": "removed",
    "replace": "replaced",
    "reset_password": "reset the password of",
    "retire": "retired",
    "revoke": "revoked",
    "rotate": "rotated",
    "schedule": "changed the checks of",
}
"""What was done, by the part of a verb after its dot; another one is read as it is written."""

RENAMED_VERBS: dict[str, str] = {
    "key.retire": "key.delete",
}
"""Verbs that older rows still bear, and the one that is written for the same act now. A row is never rewritten."""

KINDS: dict[str, str] = {
    "key": "shared key",
    "language_model": "model",
    "master_key": "master key",
    "own_override": "own override",
}
"""What it was done to, where the stored word is not the one that people read."""


@dataclass(frozen=True)
class Filters:
    """What to look for; an empty one lets everything pass. `since` is included, `until` is not."""

    verb: str = ""
    actor: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self != Filters()


RENAMED_FACTS: dict[str, str] = {"wire name": "model ID"}
"""Names of facts that are stored under a word that people no longer read."""

SPELLED: dict[str, str] = {"url": "URL", "id": "ID", "api": "API", "email": "e-mail"}
"""Words of names that are written otherwise in sentences."""

NAMES: dict[str, str] = {"wire name": "model ID"}
"""Names that people read otherwise than they are stored."""

UNITS: dict[str, str] = {"connect timeout": "s", "read timeout": "s"}
"""A number never stands without its unit."""


@dataclass(frozen=True)
class Change:
    """One fact, before and after, in words. None: there was none on that side."""

    what: str
    before: str | None
    after: str | None


def current_verb(stored: str) -> str:
    """The verb that is written today for what a row, or the address of a page, calls `stored`."""
    return RENAMED_VERBS.get(stored, stored)


def spellings(verb: str) -> tuple[str, ...]:
    """Every verb under which this act may be stored, the current one first."""
    current = current_verb(verb)
    return (current, *(old for old, new in RENAMED_VERBS.items() if new == current))


def say_verb(verb: str) -> str:
    """`provider.create` → "created provider", `key.add` → "added shared key"."""
    verb = current_verb(verb)
    if verb in SENTENCES:
        return SENTENCES[verb]
    kind, _, action = verb.partition(".")
    return f"{ACTIONS.get(action, _plain(action))} {say_kind(kind)}".strip()


def say_kind(kind: str) -> str:
    return KINDS.get(kind, _plain(kind))


def changes(before: AuditValues | None, after: AuditValues | None) -> tuple[Change, ...]:
    """What differs between the two sides, in the order in which it was written. Equal facts are left out."""
    old, new = before or {}, after or {}
    return tuple(
        Change(
            say_name(name),
            _with_unit(name, old[name]) if name in old else None,
            _with_unit(name, new[name]) if name in new else None,
        )
        for name in dict.fromkeys([*old, *new])
        if name not in old or name not in new or old[name] != new[name]
    )


def say_name(name: str) -> str:
    """`base_url` → "Base url" would be ugly: the well-known short words stay in capitals."""
    name = _plain(name)
    words = [SPELLED.get(word, word) for word in RENAMED_FACTS.get(name, name).split()]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def say_value(value: Any) -> str:
    """A stored value as people read it: yes and no, lists with commas, nothing as "none"."""
    if value is None or value == "" or value == [] or value == {}:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{say_name(str(name))}: {say_value(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(say_value(part) for part in value)
    return str(value)


def _with_unit(name: str, value: Any) -> str:
    unit = UNITS.get(_plain(name)) if value is not None else None
    return f"{say_value(value)} {unit}" if unit else say_value(value)


def _plain(word: str) -> str:
    return word.replace("_", " ").replace(".", " ").strip()
