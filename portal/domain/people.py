"""Who acts: the one value that every service takes first."""

from dataclasses import dataclass, field
from uuid import UUID

from portal.domain.errors import Denied
from portal.domain.permissions import Permission


@dataclass(frozen=True)
class EndUser:
    """A user of an embedding application: nobody of the portal, known by what the application says of them.

    `patterns` are the models that they may use, as roles name them; none means no model. `ceiling` is the application's
    own, of all its users: patterns, beyond which none of them reaches anything; none means that there is no ceiling.
    """

    application_id: UUID
    application: str
    user: str
    patterns: tuple[str, ...] = ()
    ceiling: tuple[str, ...] = ()


@dataclass(frozen=True)
class Actor:
    """A person, or the portal itself (`id` is None), with what they may do right now.

    `address` is where the request came from, for the audit trail; `label` is what that trail calls them. `role_ids`
    and `team_id` decide which models they reach. `acts_for` is the team for whose providers alone these permissions
    hold: that of a manager, who needs none of their own. `token` is the name of the access token that they use.
    `end_user` is set for a user of an application, who has neither `id` nor roles.
    """

    id: UUID | None
    label: str
    permissions: frozenset[Permission] = field(default_factory=frozenset)
    address: str = ""
    role_ids: frozenset[UUID] = frozenset()
    team_id: UUID | None = None
    acts_for: UUID | None = None
    token: str = ""
    end_user: EndUser | None = None

    @property
    def application_id(self) -> UUID | None:
        return self.end_user.application_id if self.end_user else None

    def may(self, *permissions: Permission) -> bool:
        """True when every permission asked for is held."""
        return self.permissions.issuperset(permissions)

    def require(self, *permissions: Permission) -> None:
        """Raise `Denied` unless every permission asked for is held."""
        if not self.may(*permissions):
            raise Denied("You may not do this here. Ask an administrator for the permission.")
