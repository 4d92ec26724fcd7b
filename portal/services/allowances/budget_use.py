"""How one stands: what of each of one's budgets is spent, by the very count that refuses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from portal.domain.budgets import WHICH, Budget, Spent, dollars, next_month, period_of
from portal.domain.people import Actor
from portal.services.allowances import known
from portal.services.runtime import Runtime
from portal.store import budget_counts as store
from portal.store.base import one_statement, reading, transaction

NEARLY = 85


@dataclass(frozen=True)
class BudgetUse:
    """One budget and what is spent of it. `notice`: the person has not read yet that it is nearly or wholly spent."""

    budget: Budget
    spent: Spent
    opens: date
    notice: bool = False

    @property
    def words(self) -> str:
        """As the menu says it: $12.40 of $50."""
        return f"{dollars(self.spent.amount)} of {dollars(self.budget.amount)}"

    @property
    def which(self) -> str:
        return WHICH[self.budget.kind]

    @property
    def percent(self) -> int:
        return self.budget.percent(self.spent)

    @property
    def nearly(self) -> bool:
        return self.percent >= NEARLY


def own(actor: Actor, runtime: Runtime, version: int, *, notices: bool = False) -> tuple[BudgetUse, ...]:
    """One's budgets but those of tokens, the one that is spent furthest first; reads nothing for whoever has none."""
    now = runtime.now()
    budgets = known.of_version(version).budgets(actor.id, actor.role_ids, actor.team_id, None, now)
    if not budgets or actor.id is None:
        return ()
    period = period_of(now)
    with one_statement() as connection:
        spent = store.read(connection, [budget.counted_by for budget in budgets], period)
    found = [BudgetUse(each, spent.get(each.counted_by, Spent()), next_month(now)) for each in budgets]
    if notices and any(each.nearly for each in found):
        with reading() as session:
            unread = store.unseen(session, actor.id, period)
        found = [
            BudgetUse(each.budget, each.spent, each.opens, (each.budget.kind.value, each.budget.id) in unread)
            for each in found
        ]
    return tuple(sorted(found, key=lambda each: -each.percent))


def of_tokens(runtime: Runtime, version: int, token_ids: Iterable[UUID]) -> dict[UUID, BudgetUse]:
    """How the own budgets of these access tokens stand; reads nothing where none has one."""
    now, allowed = runtime.now(), known.of_version(version)
    budgets = {id: budget for id in token_ids if (budget := allowed.of_token(id, now))}
    if not budgets:
        return {}
    with one_statement() as connection:
        spent = store.read(connection, [budget.counted_by for budget in budgets.values()], period_of(now))
    return {id: BudgetUse(each, spent.get(each.counted_by, Spent()), next_month(now)) for id, each in budgets.items()}


def seen(actor: Actor) -> None:
    """Take the notices of one's budgets away."""
    if actor.id is not None:
        with transaction() as session:
            store.see(session, actor.id)
