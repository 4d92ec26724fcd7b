"""What the keys are called that usage is told by: people, teams, providers and tokens, also those that are gone."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from portal.store import access_tokens, audit_names
from portal.store.base import Session
from portal.store.usage_sums import Key


class Name(NamedTuple):
    """What a key is called, and what is said beside it; `id` where it is a person, team, provider or token."""

    label: str
    more: str = ""
    id: UUID | None = None


NONE = {Key.PERSON: "the portal", Key.TEAM: "no team", Key.PROVIDER: "none", Key.TOKEN: "no token", Key.SESSION: ""}
"""What is said where there is none."""

FIND = {Key.PERSON: audit_names.people, Key.TEAM: audit_names.teams, Key.PROVIDER: audit_names.providers}


def names_of(session: Session, key: Key, keys: Collection[str]) -> dict[str, Name]:
    """A name for each of these keys. Three queries at most."""
    named = [one for one in keys if one]
    found: dict[str, Name] = {"": Name(NONE.get(key, ""))}
    if key is Key.TOKEN:
        tokens = access_tokens.names(session, [UUID(one) for one in named])
        for one in named:
            found[one] = Name(*tokens.get(UUID(one), ("a token that is gone", "")), UUID(one))
    elif key is Key.SESSION:
        owners = {one: one.partition(":")[0] for one in named}
        people = names_of(session, Key.PERSON, set(owners.values()))
        found |= {
            one: Name(one.partition(":")[2], people[owner].label, people[owner].id) for one, owner in owners.items()
        }
    elif key in FIND:
        names = FIND[key](session, [UUID(one) for one in named])
        found |= {one: Name(names.get(UUID(one), f"unknown {key.value}"), "", UUID(one)) for one in named}
    else:
        found |= {one: Name(one) for one in named}
    return found
