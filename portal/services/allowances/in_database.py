"""Counting requests in the portal's own database, exactly, however many processes serve."""

from collections.abc import Sequence

from portal.domain.limits import Full, Limit, fullest
from portal.services.runtime import Runtime
from portal.store import limit_counts
from portal.store.base import one_change, this_database, writing


class InDatabase:
    """The store of limits where no other is set, and while another one is away."""

    def count(self, runtime: Runtime, limits: Sequence[Limit]) -> Full | None:
        """Count one request against each of these; against none, and the full one is returned, where one is full."""
        now = runtime.now()
        # Where the first of several may have to be given back, nobody may see it counted meanwhile.
        alone = limit_counts.is_one_statement(this_database(), limits)
        with one_change() if alone else writing() as connection:
            stand = limit_counts.count(connection, limits, now)
        # A minute may have ended between: then whoever is refused may come again at once.
        return (fullest(stand, now) or Full(limits[0], 1)) if stand else None
