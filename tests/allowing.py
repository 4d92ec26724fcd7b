"""What tests about limits and budgets begin with."""

from typing import Any
from uuid import UUID

from portal.domain.allowances import Allowance, Kind
from portal.services.allowances import setting
from portal.services.runtime import Runtime
from tests.conftest import Actors


def allow(runtime: Runtime, kind: Kind, id: UUID | None, **what: Any) -> None:
    """Let Ada set this for a provider, a person, a role, a team or a token."""
    assert id is not None
    setting.change(Actors.ada, runtime, kind, id, Allowance(**what))
