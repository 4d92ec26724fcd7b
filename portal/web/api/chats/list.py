"""`GET /chats`"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from portal.domain.permissions import Permission
from portal.domain.shelves import ARCHIVED, OPEN
from portal.services.chat import chats, finding
from portal.services.chat.finding import Found
from portal.web.api import cursors
from portal.web.api.chats.shapes import Shelf
from portal.web.api.operations import Call, endpoint
from portal.web.api.schemas import Page, Query, Told, Word


class Wanted(Query):
    """Which chats. The portal decides how many stand on a page."""

    cursor: Annotated[str, Field(max_length=500, description="The `next` of the page before.")] = ""
    q: Annotated[Word, Field(description="Words that were said in it, or of its title: in all but deleted ones.")] = ""
    shelf: Annotated[Literal["open", "archived"], Field(description="Without a search.")] = "open"


class Place(Told):
    """Where a search found its words: the word, and what stands around it."""

    turn: UUID
    before: str
    word: str
    after: str


class ChatLine(Told):
    """A chat in the list."""

    id: UUID
    title: str
    shelf: Shelf
    changed_at: datetime
    found: Place | None


@endpoint("GET", "/chats", Permission.CHAT)
def run(call: Call, query: Wanted) -> Page[ChatLine]:
    """List one’s own chats, the last used first; pinned ones stand before the first page."""
    place = cursors.read(query.cursor, cursors.moment, UUID)
    before = (place[0], place[1]) if place else None
    if query.q.strip():
        hits = finding.find(call.actor, call.runtime, query.q.strip(), before=before)
        found, after = hits.found, hits.after
    else:
        shelf = ARCHIVED if query.shelf == ARCHIVED else OPEN
        page = chats.list_for(call.actor, call.runtime, shelf=shelf, before=before)
        found, after = tuple(Found(talk) for talk in (*page.pinned, *page.talks)), page.after
    return Page(
        data=[_line(one) for one in found],
        next=cursors.write(after[0].isoformat(), after[1]) if after else None,
    )


def _line(one: Found) -> ChatLine:
    talk, turn = one.talk, one.turn_id
    return ChatLine(
        id=talk.id,
        title=talk.title,
        shelf=talk.shelf,  # type: ignore[arg-type]
        changed_at=talk.changed_at,
        found=Place(turn=turn, before=one.before, word=one.word, after=one.after) if turn else None,
    )
