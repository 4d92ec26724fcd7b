"""What the keys are called that usage is told by: people, teams, providers and tokens, also those that are gone."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from portal.store import access_tokens, applications, audit_names
from portal.store.base import Session
from portal.store.usage_sums import Key


class Name(NamedTuple):
    """What a key is called, and what is said beside it; `id` where it is a person, team, provider or token."""

    label: str
    more: str = ""
    id: UUID | None = None


NONE = {Key.PERSON: "the portal", Key.TEAM: "no team", Key.PROVIDER: "none", Key.TOKEN: "no token", Key.SESSION: ""}
"""What is said where there is none."""

APPLICATION = "application"
"""What is said beside the name of one."""

FIND = {Key.PERSON: audit_names.people, Key.TEAM: audit_names.teams, Key.PROVIDER: audit_names.providers}


def names_of(session: Session, key: Key, keys: Collection[str]) -> dict[str, Name]:
    """A name for each of these keys. Three queries at most.

    An application stands among the people, whose requests are nobody's else, and among the tokens.
    """
    named = [one for one in keys if one]
    found: dict[str, Name] = {"": Name(NONE.get(key, ""))}
    if key is Key.TOKEN:
        tokens = access_tokens.names(session, [UUID(one) for one in named])
        others = applications.names(session, [UUID(one) for one in named if UUID(one) not in tokens])
        for one in named:
            id = UUID(one)
            gone = Name(others[id], APPLICATION, id) if id in others else Name("a token that is gone", "", id)
            found[one] = Name(*tokens[id], id) if id in tokens else gone
    elif key is Key.SESSION:
        owners = {one: one.partition(":")[0] for one in named}
        people = names_of(session, Key.PERSON, set(owners.values()))
        found |= {
            one: Name(one.partition(":")[2], people[owner].label, people[owner].id) for one, owner in owners.items()
        }
    elif key in FIND:
        names = FIND[key](session, [UUID(one) for one in named])
        missing = [UUID(one) for one in named if UUID(one) not in names] if key is Key.PERSON else []
        others = applications.names(session, missing)
        for one in named:
            id = UUID(one)
            known = Name(names.get(id, f"unknown {key.value}"), "", id)
            found[one] = Name(others[id], APPLICATION) if id in others else known
    else:
        found |= {one: Name(one) for one in named}
    return found
