"""Budgets: which of them count, when they refuse, what is told once, and that one count decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal.domain.allowances import Allowance, Allowances, Kind
from portal.domain.budgets import DOLLAR, Budget, Budgeted, BudgetReached, UnpricedModel, dollars
from portal.domain.errors import Invalid
from portal.services.allowances import budget_use, known, paying, setting
from portal.services.selection import choosing
from portal.services.settings import Draft, change
from portal.services.usage import ledger
from portal.store import budget_counts
from portal.store.base import reading, writing
from portal.store.webhooks import DeliveryRecord
from tests.allowing import allow
from tests.using import UNKNOWN, usage_row

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def timed(runtime, app):
    return replace(runtime, now=lambda: NOW)


@pytest.fixture
def version(runtime):
    return lambda: choosing.current_catalog(runtime).version


@pytest.fixture
def spend(timed, actors, version):
    """Let Uma's request cost so much, as the gateway writes it down."""

    def one(cost: str | None, at=NOW, **columns):
        budgets = known.of_version(version()).budgets(actors.uma.id, (), None, None, NOW)
        unknown = {} if cost else UNKNOWN
        row = usage_row(at, actors.uma.id, **{"cost": Decimal(cost) if cost else None} | unknown | columns)
        assert ledger.here().write(row, (), (timed, budgets))

    return one


def of(**kinds) -> Allowances:
    ids, budgets = {}, {}
    for name, amount in kinds.items():
        ids[name] = uuid4()
        kind = Kind(name.rstrip("123"))
        budgets[kind, ids[name]] = Allowance(budget=amount)
    return replace(Allowances(1, budgets), unpriced=True), ids


def test_ones_own_budget_beats_the_roles_and_of_several_roles_the_highest_counts():
    allowances, ids = of(user=5, role1=3, role2=9, role3=7)
    roles = [ids["role1"], ids["role2"], ids["role3"]]
    (own,) = allowances.budgets(ids["user"], roles, None, None, NOW)
    assert own.amount == 5
    somebody = uuid4()
    (by_role,) = allowances.budgets(somebody, roles, None, None, NOW)
    assert (by_role.amount, by_role.counted_by) == (9, somebody)


def test_a_team_pays_together_and_each_member_and_a_token_beside():
    team, token, person = uuid4(), uuid4(), uuid4()
    allowances = Allowances(
        1,
        {
            (Kind.TEAM, team): Allowance(budget=100),
            (Kind.MEMBER, team): Allowance(budget=10),
            (Kind.TOKEN, token): Allowance(budget=1),
        },
    )
    found = allowances.budgets(person, (), team, token, NOW)
    assert [(each.kind, each.amount, each.counted_by) for each in found] == [
        ("member", 10, person),
        ("team", 100, team),
        ("token", 1, token),
    ]


def test_a_raise_holds_until_it_ends():
    raised = Allowance(budget=5, raised_to=9, raised_until=NOW)
    assert raised.budget_at(NOW - timedelta(seconds=1)) == 9
    assert raised.budget_at(NOW) == 5


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (50 * DOLLAR, "$50"),
        (12_400_000_000, "$12.40"),
        (12_409_999_999, "$12.40"),
        (1, "less than $0.01"),
        (0, "$0"),
        (1234 * DOLLAR, "$1,234"),
    ],
)
def test_money_is_said_as_it_is_and_never_more_than_is_spent(amount, said):
    assert dollars(amount) == said


def test_what_is_counted_refuses_and_is_shown(timed, actors, spend, version):
    allow(timed, Kind.USER, actors.uma.id, budget=DOLLAR)
    spend("0.4")
    assert paying.enter(timed, actors.uma, None, version())
    spend("0.6")
    with pytest.raises(BudgetReached) as refused:
        paying.enter(timed, actors.uma, None, version())
    assert refused.value.sentence == (
        "The budget of this month is used up: $1 of $1 spent, your own budget. It opens again on 1 December 2026 (UTC)."
    )
    (shown,) = budget_use.own(actors.uma, timed, version())
    assert shown.spent == refused.value.spent
    assert shown.words == "$1 of $1"
    december = replace(timed, now=lambda: datetime(2026, 12, 1, tzinfo=UTC))
    assert paying.enter(december, actors.uma, None, version())


def test_a_raise_opens_at_once_and_what_was_spent_before_a_budget_counts(timed, actors, spend, version):
    spend("2.5")
    allow(timed, Kind.USER, actors.uma.id, budget=2 * DOLLAR)
    with pytest.raises(BudgetReached):
        paying.enter(timed, actors.uma, None, version())
    until = datetime.now(UTC) + timedelta(days=1)
    allow(timed, Kind.USER, actors.uma.id, budget=2 * DOLLAR, raised_to=3 * DOLLAR, raised_until=until)
    assert paying.enter(timed, actors.uma, None, version())


def test_answers_of_unknown_price_are_counted_apart_and_may_be_forbidden(timed, actors, spend, version):
    allow(timed, Kind.USER, actors.uma.id, budget=DOLLAR)
    spend(None)
    spend("0.25")
    (shown,) = budget_use.own(actors.uma, timed, version())
    assert (shown.spent.unpriced, shown.words) == (1, "$0.25 of $1")
    assert paying.enter(timed, actors.uma, None, version(), priced=False)
    setting.allow_unpriced(actors.ada, timed, allowed=False)
    with pytest.raises(UnpricedModel):
        paying.enter(timed, actors.uma, None, version(), priced=False)
    assert paying.enter(timed, actors.uma, None, version())
    assert paying.enter(timed, actors.otto, None, version(), priced=False) == ()


def test_it_is_told_at_85_and_at_100_per_cent_once_a_month(timed, actors, spend, version):
    change(actors.ada, timed, Draft(webhook_url="https://hooks.example.org/x"))
    allow(timed, Kind.USER, actors.uma.id, budget=DOLLAR)
    for cost in ("0.8", "0.04", "0.01", "0.01", "0.2", "0.2"):
        spend(cost)
    with reading() as session:
        told = list(session.scalars(select(DeliveryRecord).order_by(DeliveryRecord.at)))
    assert sorted(delivery.about for delivery in told) == ["100 % of a budget", "85 % of a budget"]
    assert all("your own budget" in delivery.body for delivery in told)
    (shown,) = budget_use.own(actors.uma, timed, version(), notices=True)
    assert shown.notice
    budget_use.seen(actors.uma)
    (shown,) = budget_use.own(actors.uma, timed, version(), notices=True)
    assert not shown.notice


def test_it_is_told_where_several_answers_that_are_written_together_bring_it_there(timed, actors, spend):
    change(actors.ada, timed, Draft(webhook_url="https://hooks.example.org/x"))
    allow(timed, Kind.USER, actors.uma.id, budget=DOLLAR)
    spend("0.8")
    budget = Budget(Budgeted.OWN, actors.uma.id, actors.uma.id, DOLLAR)
    rows = [usage_row(NOW, actors.uma.id, cost=Decimal("0.05")) for _ in range(20)]
    rows[1:] = [{**row, "user_id": uuid4()} for row in rows[1:-1]] + [rows[-1]]
    with writing() as connection:
        counted = budget_counts.add(connection, budget_counts.increments(rows), told=True)
        assert {id: spent.amount for (id, _), spent in counted.after.items()}[actors.uma.id] == DOLLAR * 9 // 10
        for _ in range(2):
            paying.tell(connection, timed, [budget], actors.uma.id, counted)
    with reading() as session:
        (told,) = session.scalars(select(DeliveryRecord))
    assert told.about == "85 % of a budget"


def test_a_raise_needs_an_end_to_come_and_more_than_the_budget(timed, actors):
    for what, field in (
        ({"budget": 5, "raised_to": 9}, "raised_until"),
        ({"budget": 5, "raised_to": 4, "raised_until": NOW + timedelta(days=1)}, "raised_to"),
        ({"budget": 5, "raised_to": 9, "raised_until": NOW - timedelta(days=1)}, "raised_until"),
    ):
        with pytest.raises(Invalid) as refused:
            allow(timed, Kind.USER, actors.uma.id, **what)
        assert set(refused.value.faults) == {field}
