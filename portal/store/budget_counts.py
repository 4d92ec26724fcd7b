"""What each person, team and token spent in each month, counted with the rows of usage, and what was told of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    String,
    Uuid,
    bindparam,
    column,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.domain.budgets import Budget, Spent, money, period_of
from portal.store.base import Record
from portal.store.prepared import Prepared

MOST_ASKED = 3
"""Counts that one request is measured by: a person's, a team's, a token's."""


class BudgetCountRecord(Record):
    """What `id`, a person, a team, a token or an application, spent in the month `period`, as 202611.

    `spent` is in billionths of a dollar.
    `unpriced` are the answers whose cost is not known.
    """

    __tablename__ = "budget_counts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    period: Mapped[int] = mapped_column(primary_key=True)
    spent: Mapped[int] = mapped_column(BigInteger)
    unpriced: Mapped[int]


class BudgetNoticeRecord(Record):
    """That so many per cent of a budget were spent in a month: told once. `user_id` is who is shown it."""

    __tablename__ = "budget_notices"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)
    period: Mapped[int] = mapped_column(primary_key=True)
    percent: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    seen: Mapped[bool]


_NAMES = (("id", Uuid()), ("period", Integer()), ("spent", BigInteger()), ("unpriced", Integer()))
_COUNTED = column("spent", BigInteger()), column("unpriced", Integer())
_ROWS = 12
"""So many counts at most are added, or asked for, in one statement."""


def _named(how_many: int, *names: tuple[str, Any]) -> list[Any]:
    return [bindparam(f"{name}{n}", type_=type) for n in range(how_many) for name, type in names]


def _adding(how_many: int, said: str = "") -> Any:
    rows = ", ".join(f"(:id{n}, :period{n}, :spent{n}, :unpriced{n})" for n in range(how_many))
    return text(
        f"INSERT INTO budget_counts (id, period, spent, unpriced) VALUES {rows} "  # noqa: S608 - names of this code
        "ON CONFLICT (id, period) DO UPDATE SET spent = budget_counts.spent + excluded.spent, "
        f"unpriced = budget_counts.unpriced + excluded.unpriced {said}"
    ).bindparams(*_named(how_many, *_NAMES))


_ADD = Prepared(_adding(1))


@cache
def _adding_told(how_many: int) -> Prepared:
    said = _adding(how_many, "RETURNING id, period, spent, unpriced")
    return Prepared(said.columns(*(column(name, type) for name, type in _NAMES)))


@cache
def _standing(how_many: int) -> Prepared:
    """How so many counts stand: the place of each in the question, and what is spent."""
    one = "SELECT {n} AS place, spent, unpriced FROM budget_counts WHERE id = :id{n} AND period = :period{n}"
    asked = text(" UNION ALL ".join(one.format(n=n) for n in range(how_many)))
    return Prepared(asked.bindparams(*_named(how_many, *_NAMES[:2])).columns(column("place", Integer()), *_COUNTED))


_READ = Prepared(
    text("SELECT id, spent, unpriced FROM budget_counts WHERE period = :period AND id IN (:id0, :id1, :id2)")
    .bindparams(bindparam("period", type_=Integer()), *(bindparam(f"id{n}", type_=Uuid()) for n in range(MOST_ASKED)))
    .columns(column("id", Uuid()), *_COUNTED)
)

Key = tuple[UUID, int]
"""Whose spending, and of which month."""


@dataclass(frozen=True)
class Counted:
    """What was counted in one transaction, and how each count stood `after` it, where somebody asked."""

    more: Mapping[Key, Spent]
    after: Mapping[Key, Spent]


UsageRow = Mapping[str, Any]
"""What was used, by the names of the columns of usage."""


def increments(rows: Iterable[UsageRow]) -> dict[Key, Spent]:
    """What these rows of usage add, for each person, team, token and application."""
    found: dict[Key, Spent] = {}
    for row in rows:
        cost: Decimal | None = row["cost"]
        answered = row["state"] in ("complete", "left") or row["tokens_out"] is not None
        if cost is None and not answered:
            continue
        amount, unpriced = (0, 1) if cost is None else (money(cost), 0)
        period = period_of(row["at"])
        for id in {row["user_id"], row["team_id"], row["token_id"], row["application_id"]} - {None}:
            before = found.get((id, period), Spent())
            found[id, period] = Spent(before.amount + amount, before.unpriced + unpriced)
    return found


def add(connection: Connection, more: Mapping[Key, Spent], *, told: bool) -> Counted:
    """Count what was spent, in the transaction of its rows of usage. `told`: say how it stands then."""
    # In one order, so that two processes never wait for each other.
    ordered = sorted(more.items())
    after: dict[Key, Spent] = {}
    for start in range(0, len(ordered), _ROWS):
        several = ordered[start : start + _ROWS]
        if connection.dialect.name != "sqlite":  # a round trip takes longer than all the rest
            for row in _adding_told(len(several)).rows(connection, _values(several)):
                after[row.id, row.period] = Spent(row.spent, row.unpriced)
            continue
        # What SQLite returns of a change, it gathers in a table of its own first: asking afterwards takes less.
        _ADD.execute(connection, [_values([one]) for one in several])
        for row in _standing(len(several)).rows(connection, _values(several)) if told else ():
            after[several[row.place][0]] = Spent(row.spent, row.unpriced)
    return Counted(more, after)


def _values(several: Sequence[tuple[Key, Spent]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for n, ((id, period), spent) in enumerate(several):
        values[f"id{n}"], values[f"period{n}"] = id, period
        values[f"spent{n}"], values[f"unpriced{n}"] = spent.amount, spent.unpriced
    return values


def read(connection: Connection, ids: Sequence[UUID], period: int) -> dict[UUID, Spent]:
    """What these spent in that month; nothing of whoever spent nothing. At most `MOST_ASKED` different ones."""
    several = list(dict.fromkeys(ids))
    if not several:
        return {}
    padded = [*several, *several[:1] * (MOST_ASKED - len(several))]
    values = {f"id{n}": id for n, id in enumerate(padded)} | {"period": period}
    return {row.id: Spent(row.spent, row.unpriced) for row in _READ.rows(connection, values)}


def note(connection: Connection, budget: Budget, user_id: UUID, period: int, percent: int, now: datetime) -> bool:
    """Remember that so much of a budget was spent; whether that is new."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"kind": budget.kind.value, "id": budget.id, "user_id": user_id, "period": period, "percent": percent}
    into = insert(BudgetNoticeRecord).values(**values, at=now, seen=False)
    noted = into.on_conflict_do_nothing().returning(BudgetNoticeRecord.percent)
    return connection.execute(noted).first() is not None


def unseen(session: Session, user_id: UUID, period: int) -> dict[tuple[str, UUID], int]:
    """What a person has not read yet of this month: the highest per cent of each budget."""
    record = BudgetNoticeRecord
    query = select(record.kind, record.id, func.max(record.percent)).where(
        record.user_id == user_id, record.period == period, ~record.seen
    )
    # house: bounded-all because a person has few budgets
    return {(kind, id): percent for kind, id, percent in session.execute(query.group_by(record.kind, record.id))}


def see(session: Session, user_id: UUID) -> None:
    """They have read all of it."""
    record = BudgetNoticeRecord
    session.execute(update(record).where(record.user_id == user_id, ~record.seen).values(seen=True))


def forget_before(session: Session, period: int) -> None:
    """Delete the counts and notices of months before this one."""
    for record in (BudgetCountRecord, BudgetNoticeRecord):
        old = delete(record).where(record.period < period)
        session.execute(old.execution_options(synchronize_session=False))
