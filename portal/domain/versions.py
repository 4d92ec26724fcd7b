"""Two people, one form: which version a form was drawn from, and what was saved since.

A version is a short fingerprint of every field that the form shows, so what its form does not show never makes it old,
and what was changed and changed back makes it new again.
"""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from portal.domain.errors import Conflict

MOST_MARKS = 300
"""Marks of a version that are read: no form has so many fields, and what a browser sends may hold any number."""

MARK = re.compile(r"[^.\s]{1,100}-[0-9a-f]{12}")
"""A field's name and the fingerprint of what it held."""

LONGEST_SAID = 2000
"""Characters of another's value that are shown beside a field; what is longer is shown from its beginning."""


@dataclass(frozen=True)
class Stored:
    """A value that is not told as it is stored: the ids of roles by their names, an encrypted one by none."""

    value: object
    said: str


Fields = Mapping[str, object]
"""What is stored for each field of a form, under the name that the form gives it."""


NOW_NOTHING = "Stored now: nothing."


class Outdated(Conflict):
    """What a form edits was changed after the form was drawn.

    `now` says what is stored for each field that changed; `version` is what to send to overwrite it knowingly.
    """

    def __init__(self, label: str, version: str, now: Mapping[str, str]) -> None:
        super().__init__(
            f"While you had this open, {label} changed. Nothing of yours is saved yet. "
            "What is stored now stands beside each field that changed. Save again to keep what you typed."
        )
        self.version = version
        self.now = dict(now)


def version_of(fields: Fields) -> str:
    """What a form carries of the fields that it was drawn from."""
    return ".".join(_marks(fields).values())


def require(label: str, fields: Fields, version: str | None, *, kept: Collection[str] = ()) -> None:
    """Raise `Outdated` unless the form was drawn from these fields.

    None is for a caller without a form, who overwrites what is there, whatever it is. `kept` are the fields that this
    save leaves as they are, whatever the form was drawn from.
    """
    if version is None:
        return
    now = _marks(fields)
    drawn = {mark for mark in version.split(".", MOST_MARKS)[:MOST_MARKS] if MARK.fullmatch(mark)}
    come = [name for name, mark in now.items() if mark not in drawn]
    gone = [name for mark in sorted(drawn) if (name := mark.rpartition("-")[0]) and name not in now]
    changed = [name for name in (*come, *gone) if name not in kept]
    if changed:
        told = {name: f"Stored now: {_said(fields.get(name))}." for name in changed}
        raise Outdated(label, version_of(fields), told)


def _marks(fields: Fields) -> dict[str, str]:
    """Each field that is not blank, with its mark: blank, and not there at all, are the same."""
    return {name: f"{name}-{_fingerprint(value)}" for name, value in fields.items() if value not in ("", None, [], ())}


def _fingerprint(value: object) -> str:
    stored = value.value if isinstance(value, Stored) else value
    text = json.dumps(stored, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _said(value: object) -> str:
    if isinstance(value, Stored):
        return value.said
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nothing"
    text = "" if value is None else str(value)
    return f"“{text[:LONGEST_SAID]}{'…' if len(text) > LONGEST_SAID else ''}”" if text else "nothing"
