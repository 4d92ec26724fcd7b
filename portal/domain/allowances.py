"""What administrators allow: requests of a provider, a person, a token, an application; money of
a person, a role, a team, a token, an application."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from portal.domain.budgets import Budget, Budgeted
from portal.domain.limits import Limit, Limited


class Kind(StrEnum):
    """What an allowance is set for. A team has two: one for all of it together, and one for each of its members."""

    PROVIDER = "provider"
    USER = "user"
    ROLE = "role"
    TEAM = "team"
    MEMBER = "member"
    TOKEN = "token"  # noqa: S105 because it is the name of a kind
    APPLICATION = "app"


LIMITED = {
    Kind.PROVIDER: Limited.PROVIDER,
    Kind.USER: Limited.USER,
    Kind.TOKEN: Limited.TOKEN,
    Kind.APPLICATION: Limited.APPLICATION,
}
"""The kinds that may have limits of requests."""

BUDGETED = {
    Kind.USER: Budgeted.OWN,
    Kind.ROLE: Budgeted.ROLE,
    Kind.TEAM: Budgeted.TEAM,
    Kind.MEMBER: Budgeted.MEMBER,
    Kind.TOKEN: Budgeted.TOKEN,
    Kind.APPLICATION: Budgeted.APPLICATION,
}
"""The kinds that may have a budget."""

Key = tuple[Kind, UUID]


@dataclass(frozen=True)
class Allowance:
    """What is set for one of them; None where nothing is. Money is in billionths of a dollar, `Money`.

    `raised_to` takes the budget's place until `raised_until`.
    """

    per_minute: int | None = None
    per_day: int | None = None
    budget: int | None = None
    raised_to: int | None = None
    raised_until: datetime | None = None

    def budget_at(self, now: datetime) -> int | None:
        """The budget as it is at this moment."""
        if self.budget is not None and self.raised_to is not None and self.raised_until and now < self.raised_until:
            return max(self.budget, self.raised_to)
        return self.budget


@dataclass(frozen=True)
class Allowances:
    """All that is set, as it was at one version of the catalog."""

    version: int = 0
    of: Mapping[Key, Allowance] = field(default_factory=dict)
    unpriced: bool = True
    """Whether people with a budget may use models whose price is not known."""

    def limits(
        self, user_id: UUID | None, token_id: UUID | None, provider_id: UUID, application_id: UUID | None = None
    ) -> list[Limit]:
        """The limits that one request is counted against; none where none is set."""
        if not self.of:
            return []
        asked = (
            (Kind.PROVIDER, provider_id),
            (Kind.USER, user_id),
            (Kind.TOKEN, token_id),
            (Kind.APPLICATION, application_id),
        )
        return [
            Limit(LIMITED[kind], id, found.per_minute, found.per_day)
            for kind, id in asked
            if id is not None
            and (found := self.of.get((kind, id)))
            and (found.per_minute is not None or found.per_day is not None)
        ]

    def budgets(
        self,
        user_id: UUID | None,
        role_ids: Iterable[UUID],
        team_id: UUID | None,
        token_id: UUID | None,
        now: datetime,
        application_id: UUID | None = None,
    ) -> list[Budget]:
        """The budgets that one request is paid from: a person's own beats their roles', of several roles the highest.

        Each says by which count it is measured: a person's, a team's, a token's or an application's.
        """
        if self.of and application_id is not None:
            theirs = self._budget(Kind.APPLICATION, application_id, application_id, now)
            return [theirs] if theirs else []
        if not self.of or user_id is None:
            return []
        found: list[Budget] = []
        own = self._budget(Kind.USER, user_id, user_id, now)
        if own is None:
            roles = [each for id in role_ids if (each := self._budget(Kind.ROLE, id, user_id, now))]
            own = max(roles, key=lambda budget: (budget.amount, budget.id), default=None)
        found += [own] if own else []
        if team_id is not None:
            member = self._budget(Kind.MEMBER, team_id, user_id, now)
            team = self._budget(Kind.TEAM, team_id, team_id, now)
            found += [each for each in (member, team) if each]
        token = self.of_token(token_id, now) if token_id is not None else None
        return [*found, token] if token else found

    def of_token(self, token_id: UUID, now: datetime) -> Budget | None:
        """The own budget of an access token."""
        return self._budget(Kind.TOKEN, token_id, token_id, now)

    def _budget(self, kind: Kind, id: UUID, counted_by: UUID, now: datetime) -> Budget | None:
        allowance = self.of.get((kind, id))
        amount = allowance.budget_at(now) if allowance else None
        return None if amount is None else Budget(BUDGETED[kind], id, counted_by, amount)
