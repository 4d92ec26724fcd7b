"""Sums of usage by day: everybody's, each person's and each team's, in all that usage is told by.

No page has to read the requests for them. A request is stored without its sums, as it waits for its row. Later the sums
count it, and its row says so (`summed`): a page adds what they do not count yet, so that its numbers are right whether
or not anybody sums. They can be made anew: delete them, and take `summed` from the rows.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Index,
    Integer,
    Numeric,
    String,
    Uuid,
    and_,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    type_coerce,
    update,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.first_tokens import CLASSES, EDGES
from portal.store.base import Record
from portal.store.usage import UsageRecord

NOBODY = UUID(int=0)
"""Whose usage it is when it is no person's."""

EVERYBODY = UUID(int=1)

FIRST = tuple(f"first_{number:02d}" for number in range(CLASSES))
"""The columns that count how long first words took, by the classes of `portal.domain.first_tokens`."""


class Key(StrEnum):
    """What usage is told by."""

    DAY = "day"
    MODEL = "model"
    PROVIDER = "provider"
    PERSON = "person"
    TEAM = "team"
    CLIENT = "client"
    CONTEXT = "context"
    TOKEN = "token"  # noqa: S105 - no password
    SESSION = "session"


class Whose(NamedTuple):
    """Whose usage: one person's, one team's, or everybody's when neither is named."""

    person: UUID | None = None
    team: UUID | None = None

    @property
    def id(self) -> UUID:
        return self.person or self.team or EVERYBODY

    @property
    def kind(self) -> str:
        return PERSON_KIND if self.person else TEAM_KIND if self.team else ALL_KIND


class UsageSumRecord(Record):
    """What `whose` used on one day, in UTC, with one key of what it is told by.

    `whose` is a person, a team or `EVERYBODY`. A key is a name, or an id in 32 hex digits, blank where there is none; a
    session's begins with the person's. `failed`: requests that were not answered; `unpriced`: those whose cost is not
    known; `uncounted`: those whose tokens are not known; `unsaved`: those that read from a cache, and nobody knows what
    that saved.
    """

    __tablename__ = "usage_sums"
    __table_args__ = (
        Index("ix_usage_sums_most", "whose", "told_by", "day", "key", "requests"),
        Index("ix_usage_sums_day", "day"),
        {"sqlite_with_rowid": False},
    )

    whose: Mapped[UUID] = mapped_column(primary_key=True)
    told_by: Mapped[str] = mapped_column(String(10), primary_key=True)
    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    requests: Mapped[int]
    failed: Mapped[int]
    unpriced: Mapped[int]
    uncounted: Mapped[int]
    unsaved: Mapped[int]
    tokens_in: Mapped[int] = mapped_column(BigInteger)
    tokens_out: Mapped[int] = mapped_column(BigInteger)
    tokens_cache_read: Mapped[int] = mapped_column(BigInteger)
    tokens_cache_write: Mapped[int] = mapped_column(BigInteger)
    tokens_cache_write_long: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[Decimal] = mapped_column(Numeric(24, 9))
    saved: Mapped[Decimal] = mapped_column(Numeric(24, 9))


for _name in FIRST:
    setattr(UsageSumRecord, _name, mapped_column(Integer, nullable=False))

_SUMS, _ROWS = UsageSumRecord.__table__, UsageRecord.__table__.c
_TOKENS = ("tokens_in", "tokens_out", "tokens_cache_read", "tokens_cache_write", "tokens_cache_write_long")
SUMS = ("requests", "failed", "unpriced", "uncounted", "unsaved", *_TOKENS, "cost", "saved")
"""The columns that are sums."""

_ANSWERED = _ROWS.state.in_(["complete", "left"])


def _one_if(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return case((and_(*conditions), 1), else_=0)


def _waited(number: int) -> ColumnElement[int]:
    """Whether the first words of an answer that came in pieces took as long as this class says."""
    edges = []
    if number > 0:
        edges.append(_ROWS.first_ms > EDGES[number - 1])
    if number < len(EDGES):
        edges.append(_ROWS.first_ms <= EDGES[number])
    return _one_if(_ROWS.streamed, *edges)


COUNTS: dict[str, ColumnElement[Any]] = {
    "requests": literal(1),
    "failed": _one_if(not_(_ANSWERED)),
    # What was not answered costs nothing, unless tokens came with it.
    "unpriced": _one_if(_ROWS.cost.is_(None), or_(_ANSWERED, _ROWS.tokens_out.is_not(None))),
    "uncounted": _one_if(_ANSWERED, or_(_ROWS.tokens_in.is_(None), _ROWS.tokens_out.is_(None))),
    "unsaved": _one_if(_ROWS.saved.is_(None), _ROWS.tokens_cache_read > 0),
    **{name: func.coalesce(_ROWS[name], 0) for name in _TOKENS},
    "cost": func.coalesce(_ROWS.cost, 0),
    "saved": func.coalesce(_ROWS.saved, 0),
    **{name: _waited(number) for number, name in enumerate(FIRST)},
}
"""What one request adds to its sums."""

PERSON_KIND, TEAM_KIND, ALL_KIND = "person", "team", "all"
_KINDS = [
    (whose, key.value)
    for whose, left_out in ((ALL_KIND, ()), (PERSON_KIND, (Key.PERSON, Key.TEAM)), (TEAM_KIND, (Key.TEAM,)))
    for key in Key
    if key not in left_out
]
"""Whose sums there are, and what they are told by: those of one person by person would tell nothing."""


def sum_up(session: Session, most: int) -> int:
    """Let the sums count at most so many requests that they do not count yet; how many they were.

    Whoever sums at the same time takes others.
    """
    query = select(UsageRecord.id).where(not_(UsageRecord.summed)).order_by(UsageRecord.at).limit(most)
    ids = list(session.scalars(query.with_for_update(skip_locked=True)))
    if not ids:
        return 0
    add_up(session, UsageRecord.id.in_(ids))
    session.execute(
        update(UsageRecord)
        .where(UsageRecord.id.in_(ids))
        .values(summed=True)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def add_up(session: Session, which: ColumnElement[bool]) -> None:
    """Add these requests to the sums, whether or not they are counted already."""
    dialect = session.get_bind().dialect.name
    keys = keys_of_rows(dialect)
    # Requests that are alike in everything are put together first: then there are few to be told in each way.
    taken = (
        select(
            *(key.label(f"by_{name.value}") for name, key in keys.items()),
            _ROWS.user_id,
            _ROWS.team_id,
            *(func.sum(count).label(name) for name, count in COUNTS.items()),
        )
        .where(which)
        .group_by(*keys.values(), _ROWS.user_id, _ROWS.team_id)
        .cte("taken")
        .prefix_with("MATERIALIZED")  # once, not once for each of the kinds
    )
    kinds = values(column("scope", String), column("told_by", String), name="kinds").data(_KINDS).cte("kinds")
    whose = case(
        (kinds.c.scope == PERSON_KIND, taken.c.user_id),
        (kinds.c.scope == TEAM_KIND, taken.c.team_id),
        else_=cast(literal(EVERYBODY, Uuid()), Uuid()),
    )
    key = case(
        *((kinds.c.told_by == name.value, taken.c[f"by_{name.value}"]) for name in keys if name is not Key.DAY),
        else_="",
    )
    names = (*SUMS, *FIRST)
    told = (
        select(
            whose.label("whose"),
            kinds.c.told_by,
            key.label("key"),
            taken.c.by_day.label("day"),
            *(taken.c[name] for name in names),
        )
        .select_from(taken.join(kinds, literal(1) == literal(1)))
        .where(whose.is_not(None))
        .subquery("told")
    )
    by = (told.c.whose, told.c.told_by, told.c.key, told.c.day)
    # In one order, so that two who sum at once never wait in a circle.
    found = select(*by, *(func.sum(told.c[name]) for name in names)).group_by(*by).order_by(*by)
    adding = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(_SUMS)  # type: ignore[arg-type]
    adding = adding.from_select(["whose", "told_by", "key", "day", *names], found)
    session.connection().execute(
        adding.on_conflict_do_update(
            index_elements=["whose", "told_by", "key", "day"],
            set_={name: _SUMS.c[name] + adding.excluded[name] for name in names},
        )
    )


def is_behind(session: Session) -> bool:
    """Whether there are requests that no sum counts yet."""
    return bool(session.scalar(select(exists().where(not_(UsageRecord.summed)))))


def forget_before(session: Session, day: date) -> int:
    """Delete the sums of the days before this one."""
    return session.execute(delete(UsageSumRecord).where(UsageSumRecord.day < day)).rowcount


@lru_cache
def keys_of_rows(dialect: str) -> dict[Key, ColumnElement[Any]]:
    """What a request is told by, in each way."""

    def hex_of(id: ColumnElement[Any]) -> ColumnElement[str]:
        text = func.replace(cast(id, String), "-", "") if dialect == "postgresql" else type_coerce(id, String)
        return func.coalesce(text, "")

    # An application stands where a person does, and for the token that its requests do not need.
    whose = func.coalesce(_ROWS.user_id, _ROWS.application_id)
    at = func.timezone("UTC", _ROWS.at) if dialect == "postgresql" else _ROWS.at
    return {
        Key.DAY: type_coerce(func.date(at), Date()),
        Key.MODEL: _ROWS.model,
        Key.PROVIDER: hex_of(_ROWS.provider_id),
        Key.PERSON: hex_of(whose),
        Key.TEAM: hex_of(_ROWS.team_id),
        Key.CLIENT: _ROWS.client,
        Key.CONTEXT: _ROWS.context,
        Key.TOKEN: hex_of(func.coalesce(_ROWS.token_id, _ROWS.application_id)),
        Key.SESSION: case((_ROWS.session == "", ""), else_=hex_of(whose) + ":" + _ROWS.session),
    }
