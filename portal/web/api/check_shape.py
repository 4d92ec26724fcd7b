"""One check as JSON."""

from datetime import datetime
from uuid import UUID

from portal.domain.faults import Category
from portal.domain.health import Outcome
from portal.services.health.history import CheckView
from portal.web.api.schemas import Told


class Check(Told):
    """One look at a provider. `sentence` says what came of it, `hint` what to do."""

    id: UUID
    at: datetime
    actor: str
    scheduled: bool
    provider: str
    provider_type: str
    url: str
    model: str
    key_source: str
    fingerprint: str
    outcome: Outcome
    category: Category
    status: int | None
    latency_ms: int | None
    sentence: str
    hint: str
    detail: str


def check_of(view: CheckView) -> Check:
    """A check as it is told."""
    return Check.of(view, provider=view.provider_name)
