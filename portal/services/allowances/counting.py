"""Counting requests against limits: exact however many processes serve, and nothing at all where no limit is set."""

import threading
from typing import Protocol
from uuid import UUID

from portal.domain.limits import Full, Limits
from portal.domain.people import Actor
from portal.services.allowances import known
from portal.services.allowances.in_database import InDatabase
from portal.services.allowances.in_redis import InRedis
from portal.services.runtime import Runtime
from portal.store.base import Database, one_for
from portal.store.redis_counts import NoRedis, Redis


class Counts(Protocol):
    """Where requests are counted."""

    def count(self, runtime: Runtime, limits: Limits) -> Full | None:
        """Count one request against each of these; against none, and the full one is returned, where one is full."""
        ...


class RedisMissing(Exception):
    """The settings name a Redis that does not count: why, in one sentence that holds nothing of its address."""


class _Kept:
    def __init__(self, _database: Database) -> None:
        self.in_redis: InRedis | None = None


_IN_DATABASE = InDatabase()
_making = threading.Lock()


def counts(runtime: Runtime) -> Counts:
    """Where this portal counts."""
    if not runtime.settings.redis_url:
        return _IN_DATABASE
    kept = one_for(_Kept)
    if kept.in_redis is None:
        with _making:  # not at the start: a process that forks shares no connection with its children
            kept.in_redis = kept.in_redis or InRedis(runtime)
    return kept.in_redis


def require(runtime: Runtime) -> None:
    """See at the start that requests can be counted where the settings say. Raises `RedisMissing`."""
    if not runtime.settings.redis_url:
        return
    redis = Redis(runtime.settings.redis_url, runtime.settings.ca_bundle or None)
    try:
        redis.check()
    except NoRedis as error:
        raise RedisMissing(
            f"PORTAL_REDIS_URL is set, but no Redis counts there: {error}. "
            "Start it or mend the address, or take the setting away: then the database counts requests."
        ) from None
    finally:
        redis.close()


def stop() -> None:
    """End what this process does with Redis for the database in use."""
    if (kept := one_for(_Kept)).in_redis is not None:
        kept.in_redis.stop()
        kept.in_redis = None


def enter(
    runtime: Runtime, actor: Actor, token_id: UUID | None, provider_id: UUID, version: int, label: str = "This provider"
) -> None:
    """Count one request of this person, with this token, to this provider. Raises `LimitReached`.

    `version` is the catalog's that the request is served by. No session is open.
    """
    _count(runtime, known.limits(version, actor.id, token_id, provider_id, actor.application_id), label)


def enter_aside(runtime: Runtime, provider_id: UUID, version: int, label: str) -> None:
    """The same for what the portal asks by itself: it counts for its provider, and for no person."""
    _count(runtime, known.limits(version, None, None, provider_id), label)


def _count(runtime: Runtime, limits: Limits | None, label: str) -> None:
    if limits and (full := counts(runtime).count(runtime, limits)):
        raise full.reached(label)
