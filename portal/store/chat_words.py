"""The words of what was said in chats, so that a search finds them: one row for each question and each answer.

SQLite looks them up in an FTS5 table over `chat_words` that triggers keep, PostgreSQL by a GIN index. What is written
down stands in no list at first (`words_listed` is false): the worker lists it, and a search looks through the rest.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Select,
    Text,
    cast,
    column,
    func,
    insert,
    literal,
    literal_column,
    null,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.store.attempts import AttemptRecord
from portal.store.base import Record
from portal.store.chats import ChatRecord, TurnRecord

LONGEST = 200_000
"""Characters of one text that are read to find a place in it."""


class ChatWordsRecord(Record):
    """The words of a question, or of an answer; the first of them names whose they are."""

    __tablename__ = "chat_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[UUID] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), index=True)
    turn_id: Mapped[UUID]
    attempt_id: Mapped[UUID | None]
    words: Mapped[str] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


_INDEX = table("chat_words_index", column("rowid"))


@dataclass(frozen=True)
class Unlisted:
    """A question, or an answer, whose words no search finds yet."""

    chat_id: UUID
    turn_id: UUID
    attempt_id: UUID | None
    user_id: UUID
    text: str


@dataclass(frozen=True)
class Place:
    """Where in a chat something stands that was asked for."""

    chat_id: UUID
    turn_id: UUID
    attempt_id: UUID | None


_FINISHED = AttemptRecord.state != "streaming"


def unlisted(session: Session, limit: int, user_id: UUID | None = None) -> list[Unlisted]:
    """What is not listed yet, of one person or of everybody."""
    questions: Select[Any] = (
        select(TurnRecord.chat_id, TurnRecord.id, null(), ChatRecord.user_id, TurnRecord.text)
        .join(ChatRecord, ChatRecord.id == TurnRecord.chat_id)
        .where(~TurnRecord.words_listed)
    )
    answers: Select[Any] = (
        select(AttemptRecord.chat_id, AttemptRecord.turn_id, AttemptRecord.id, ChatRecord.user_id, AttemptRecord.text)
        .join(ChatRecord, ChatRecord.id == AttemptRecord.chat_id)
        .where(~AttemptRecord.words_listed, _FINISHED)
    )
    found: list[Unlisted] = []
    for query in (questions, answers):
        mine = query if user_id is None else query.where(ChatRecord.user_id == user_id)
        found += [Unlisted(*row) for row in session.execute(mine.limit(limit))]
    return found


def list_words(session: Session, of: Unlisted, words: Sequence[str]) -> None:
    """List them, unless somebody else did so meanwhile."""
    record = TurnRecord if of.attempt_id is None else AttemptRecord
    mine = update(record).where(record.id == (of.attempt_id or of.turn_id), ~record.words_listed)
    if session.execute(mine.values(words_listed=True).execution_options(synchronize_session=False)).rowcount:
        sqlite = session.get_bind().dialect.name == "sqlite"
        kept = [_owner(of.user_id), *words]
        values = {
            "chat_id": of.chat_id,
            "turn_id": of.turn_id,
            "attempt_id": of.attempt_id,
            "words": " ".join(kept if sqlite else map("'{}'".format, kept)),
        }
        session.execute(insert(ChatWordsRecord).values(values))


def _owner(user_id: UUID) -> str:
    return f"owner{user_id.hex}"


def says(session: Session, user_id: UUID, words: Collection[str], also: Collection[UUID] = ()) -> ColumnElement[bool]:
    """Whether all these words are in one question or answer of a chat, or it is one of `also`."""
    listed = ChatRecord.id.in_(_listed(session, user_id, words))
    return or_(listed, ChatRecord.id.in_(list(also))) if also else listed


def _listed(session: Session, user_id: UUID, words: Collection[str], *, any_of: bool = False) -> Select[Any]:
    return _matching(session, select(ChatWordsRecord.chat_id), user_id, words, any_of=any_of)


def _matching(
    session: Session, query: Select[Any], user_id: UUID, words: Collection[str], *, any_of: bool = False
) -> Select[Any]:
    """Words hold letters and digits alone, so that nothing in them has a meaning to either database."""
    if session.get_bind().dialect.name == "sqlite":
        asked = (" OR " if any_of else " AND ").join(f'"{word}"*' if len(word) > 1 else f'"{word}"' for word in words)
        wanted = f'"{_owner(user_id)}" AND ({asked})'
        match: ColumnElement[bool] = literal_column("chat_words_index").op("MATCH", is_comparison=True)(literal(wanted))
        return query.join(_INDEX, _INDEX.c.rowid == ChatWordsRecord.id).where(match)
    asked = (" | " if any_of else " & ").join(f"'{word}':*" if len(word) > 1 else f"'{word}'" for word in words)
    wanted = cast(literal(f"'{_owner(user_id)}' & ({asked})", Text), TSQUERY)
    return query.where(ChatWordsRecord.words.op("@@", is_comparison=True)(wanted))


def places(session: Session, user_id: UUID, words: Collection[str], chat_ids: Collection[UUID]) -> dict[UUID, Place]:
    """For each of these chats the newest question or answer that holds one of the words, as far as they are listed."""
    newest = select(func.max(ChatWordsRecord.id)).where(ChatWordsRecord.chat_id.in_(list(chat_ids)))
    newest = _matching(session, newest, user_id, words, any_of=True).group_by(ChatWordsRecord.chat_id)
    record = ChatWordsRecord
    query = select(record.chat_id, record.turn_id, record.attempt_id).where(record.id.in_(newest))
    return {row.chat_id: Place(*row) for row in session.execute(query)}


def texts_at(session: Session, found: Iterable[Place]) -> dict[Place, str]:
    """What stands at these places, as far as a place is looked for in it."""
    asked = {place.turn_id: place for place in found if place.attempt_id is None}
    answered = {place.attempt_id: place for place in found if place.attempt_id is not None}
    texts: dict[Place, str] = {}
    for record, by_id in ((TurnRecord, asked), (AttemptRecord, answered)):
        query = select(record.id, func.substr(record.text, 1, LONGEST)).where(record.id.in_(list(by_id)))
        texts |= {by_id[id]: text for id, text in session.execute(query)}
    return texts
