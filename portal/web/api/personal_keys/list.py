"""`GET /me/keys`"""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from portal.domain.permissions import Permission
from portal.services.personal_keys.listing import OwnKey, read_page
from portal.web.api import cursors
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Query, Told, Word


class Wanted(Query):
    """Which providers. The portal decides how many stand on a page."""

    cursor: Annotated[str, Field(max_length=500, description="The `next` of the page before.")] = ""
    q: Word = ""


class PersonalKey(Told):
    """One’s own key, by its fingerprint."""

    fingerprint: str
    kind: str
    created_at: datetime
    last_used_at: datetime | None
    tested_at: datetime | None
    tested: str


class KeyPlace(Told):
    """A provider for which one may have a key, and the key that is there. `savable`: one may save one now."""

    provider: str
    label: str
    type: str
    savable: bool
    key: PersonalKey | None


def _key(key: OwnKey | None) -> PersonalKey | None:
    if key is None:
        return None
    return PersonalKey(
        fingerprint=key.fingerprint,
        kind=key.kind,
        created_at=key.created_at,
        last_used_at=key.last_used_at,
        tested_at=key.tested_at,
        tested=key.tested_word,
    )


@endpoint("GET", "/me/keys", Permission.PERSONAL_KEY)
def run(call: Call, query: Wanted) -> Page[KeyPlace]:
    """List the providers that take a key of one’s own, with those that one has."""
    place = cursors.read(query.cursor, cursors.count)
    page = read_page(call.actor, call.runtime, search=query.q, start=place[0] if place else 0)
    lines = [
        KeyPlace(provider=card.name, label=card.label, type=card.type.name, savable=card.savable, key=_key(card.key))
        for card in page.cards
    ]
    return Page(data=lines, next=cursors.write(page.older) if page.older is not None else None)
