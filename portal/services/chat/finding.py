"""Searching one's chats: each word of the search begins a word of something that was said in them, or is in the title.

What was said in the last seconds is in no list yet; it is looked through as it stands.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.domain.people import Actor
from portal.domain.search_words import asked_for, place_of, words_of
from portal.services.runtime import Runtime
from portal.store import chat_words
from portal.store import shelves as stored
from portal.store.base import reading
from portal.store.chat_words import Place, Unlisted
from portal.store.shelves import Talk

FOUND_LENGTH = 20
LOOKED_THROUGH = 200
"""Questions, and as many answers, that are looked through because no list has them yet."""

LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Found:
    """A chat that a search finds. With `turn_id` the place is known: the word, and what stands around it."""

    talk: Talk
    turn_id: UUID | None = None
    before: str = ""
    word: str = ""
    after: str = ""


@dataclass(frozen=True)
class FoundPage:
    """One page of what a search finds. `after` is where the next page begins, None at the end."""

    found: tuple[Found, ...]
    after: tuple[datetime, UUID] | None = None


def find(actor: Actor, runtime: Runtime, search: str, *, before: tuple[datetime, UUID] | None = None) -> FoundPage:
    """This person's chats that hold all words of a search, the last used first, those in the archive too."""
    search = search[:LONGEST_SEARCH]
    asked = asked_for(search)
    if actor.id is None:
        return FoundPage(())
    with reading() as session:
        due = chat_words.unlisted(session, LOOKED_THROUGH, actor.id) if asked else []
        unlisted = [(one, words_of(one.text)) for one in due]
        conditions = []
        for word in search.split():
            inside = asked_for(word)
            titled = stored.title_says(word)
            if not inside:
                conditions.append(titled)
                continue
            also = {one.chat_id for one, words in unlisted if _all_in(inside, words)}
            conditions.append(titled | chat_words.says(session, actor.id, inside, also))
        talks = stored.talks_where(session, actor.id, conditions, before=before, limit=FOUND_LENGTH + 1)
        shown = talks[:FOUND_LENGTH]
        here = {talk.id for talk in shown}
        places = chat_words.places(session, actor.id, asked, here) if asked and here else {}
        texts = chat_words.texts_at(session, places.values()) if places else {}
    texts |= {_place(one): one.text for one, words in unlisted if one.chat_id in here and _any_in(asked, words)}
    places |= {_place(one).chat_id: _place(one) for one, _ in unlisted if _place(one) in texts}
    return FoundPage(
        tuple(_found(talk, places.get(talk.id), texts, asked) for talk in shown),
        (shown[-1].changed_at, shown[-1].id) if len(talks) > FOUND_LENGTH else None,
    )


def _place(one: Unlisted) -> Place:
    return Place(one.chat_id, one.turn_id, one.attempt_id)


def _all_in(asked: list[str], words: list[str]) -> bool:
    return all(_any_in([one], words) for one in asked)


def _any_in(asked: list[str], words: list[str]) -> bool:
    return any(word.startswith(tuple(asked)) for word in words)


def _found(talk: Talk, place: Place | None, texts: dict[Place, str], asked: list[str]) -> Found:
    shown = place_of(texts.get(place, ""), asked) if place else None
    if place is None or shown is None:
        return Found(talk)
    return Found(talk, place.turn_id, *shown)
