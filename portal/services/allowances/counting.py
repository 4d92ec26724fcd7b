"""Counting requests against limits: exact however many processes serve, and nothing at all where no limit is set."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from portal.domain.limits import Full, Limit, fullest
from portal.domain.people import Actor
from portal.services.allowances import known
from portal.services.runtime import Runtime
from portal.store import limit_counts
from portal.store.base import one_change, writing


class Counts(Protocol):
    """Where requests are counted."""

    def count(self, runtime: Runtime, limits: Sequence[Limit]) -> Full | None:
        """Count one request against each of these; against none, and the full one is returned, where one is full."""
        ...


class InDatabase:
    """Counts in the portal's own database."""

    def count(self, runtime: Runtime, limits: Sequence[Limit]) -> Full | None:
        now = runtime.now()
        # Of several the first may have to be given back: then nobody may see it counted meanwhile.
        with one_change() if len(limits) == 1 else writing() as connection:
            stand = limit_counts.count(connection, limits, now)
        # A minute may have ended between: then whoever is refused may come again at once.
        return (fullest(stand, now) or Full(limits[0], 1)) if stand else None


def enter(
    runtime: Runtime, actor: Actor, token_id: UUID | None, provider_id: UUID, version: int, label: str = "This provider"
) -> None:
    """Count one request of this person, with this token, to this provider. Raises `LimitReached`.

    `version` is the catalog's that the request is served by. No session is open.
    """
    limits = known.of_version(version).limits(actor.id, token_id, provider_id, actor.application_id)
    if not limits:
        return
    full = InDatabase().count(runtime, limits)
    if full is not None:
        raise full.reached(label)
