"""Counting requests in the portal's own database, exactly, however many processes serve."""

from portal.domain.limits import Full, Limits
from portal.services.runtime import Runtime
from portal.store import limit_counts
from portal.store.base import one_change, writing


class InDatabase:
    """The store of limits where no other is set, and while another one is away."""

    def count(self, runtime: Runtime, limits: Limits) -> Full | None:
        """Count one request against each of these; against none, and the full one is returned, where one is full."""
        now = runtime.now()
        with one_change() as connection:
            if limit_counts.passes(connection, limits, now):
                return None
        with writing() as connection:
            return limit_counts.count(connection, limits, now)
