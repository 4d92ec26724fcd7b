"""Budgets: refusing before anything is sent when one is used up, and telling when one nearly is."""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID

from portal.domain.budgets import (
    NOTICES,
    WHICH,
    Budget,
    BudgetReached,
    Spent,
    UnpricedModel,
    dollars,
    first_reached,
    next_month,
    period_of,
)
from portal.domain.people import Actor
from portal.services.allowances import known
from portal.services.runtime import Runtime
from portal.services.webhooks import delivery
from portal.store import budget_counts as store
from portal.store.base import Connection, Session, one_statement
from portal.store.budget_counts import Counted

NOTICE = "budget.notice"
"""The event of the webhook."""

Budgets = Sequence[Budget]


def enter(
    runtime: Runtime,
    actor: Actor,
    token_id: UUID | None,
    version: int,
    *,
    priced: bool = True,
    spent: Mapping[UUID, Spent] | None = None,
) -> tuple[Budget, ...]:
    """The budgets that a request is paid from. Raises `BudgetReached`, and `UnpricedModel` where that is not allowed.

    `version` is the catalog's that the request is served by, `spent` what is known to be spent; else it is read, and
    no session is open.
    """
    allowances, now = known.of_version(version), runtime.now()
    budgets = allowances.budgets(actor.id, actor.role_ids, actor.team_id, token_id, now, actor.application_id)
    if not budgets:
        return ()
    if spent is None:
        with one_statement() as connection:
            spent = store.read(connection, [budget.counted_by for budget in budgets], period_of(now))
    if reached := first_reached(budgets, spent):
        raise BudgetReached(*reached, now)
    if not priced and not allowances.unpriced:
        raise UnpricedModel
    return tuple(budgets)


def tell(
    connection: Connection,
    runtime: Runtime,
    budgets: Budgets,
    user_id: UUID | None,
    counted: Counted,
) -> None:
    """Tell of each of these budgets that what was just counted brought it to 85 or 100 per cent: once a month each.

    `counted` is all that was counted in this transaction, whosoever it was. `user_id` is whose request it was; of an
    application's nobody reads a notice, and the webhook alone is told.
    """
    now = runtime.now()
    period = period_of(now)
    for budget in budgets:
        key = budget.counted_by, period
        if key not in counted.more:
            continue
        stands = counted.after[key]
        before = Spent(stands.amount - counted.more[key].amount)
        for percent in NOTICES:
            crossed = budget.percent(before) < percent <= budget.percent(stands)
            if crossed and store.note(connection, budget, user_id or budget.id, period, percent, now):
                with Session(connection) as session:
                    _to_the_webhook(session, runtime, budget, stands, user_id, percent)
                    session.flush()


def _to_the_webhook(
    session: Session, runtime: Runtime, budget: Budget, spent: Spent, user_id: UUID | None, percent: int
) -> None:
    if not delivery.is_set(session):
        return
    now = runtime.now()
    said = f"{dollars(spent.amount)} of {dollars(budget.amount)} are spent this month: {WHICH[budget.kind]}."
    facts = {
        "budget": budget.kind.value,
        "of": str(budget.id),
        "person": str(user_id) if user_id else "",
        "percent": percent,
        "spent": dollars(spent.amount),
        "limit": dollars(budget.amount),
        "opens": next_month(now).isoformat(),
        "sentence": said,
    }
    delivery.tell(session, runtime, NOTICE, f"{percent} % of a budget", json.loads(json.dumps(facts)))
