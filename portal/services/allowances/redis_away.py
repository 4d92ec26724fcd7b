"""That Redis is away: said in the database by each process that cannot reach it, so that all count in one place.

Processes that saw Redis go and processes that still reach it would count apart. So whoever cannot reach it says so
again and again; where nobody has said it for a while, it is over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.services.runtime import Runtime
from portal.store import settings as store
from portal.store.base import Session, reading, transaction

SETTING = "limits_without_redis"
EVERY = 1.0
"""Seconds between two words of a process that cannot reach it, and between two looks of one that can."""

OVER = timedelta(seconds=15)
"""A word as old as this is of a process that ended, or that reaches Redis again."""


@dataclass(frozen=True)
class Away:
    """The last word of it: `since` when, and why, as the log says it."""

    since: datetime
    why: str


def said(session: Session, runtime: Runtime) -> Away | None:
    """Whether a process says that Redis is away; None where none is set or it is not."""
    found = store.find(session, SETTING) if runtime.settings.redis_url else None
    if not found or datetime.fromisoformat(found["at"]) + OVER < runtime.now():
        return None
    return Away(datetime.fromisoformat(found["since"]), str(found["why"]))


def is_said(runtime: Runtime) -> bool:
    """The same for whoever counts. No session is open."""
    with reading() as session:
        return said(session, runtime) is not None


def say(runtime: Runtime, since: datetime, why: str) -> None:
    """Say that it is away."""
    now = runtime.now()
    with transaction() as session:
        store.put(session, SETTING, {"at": now.isoformat(), "since": since.isoformat(), "why": why}, now)


def take_back(runtime: Runtime) -> None:
    """It is there again. Who cannot reach it will say so."""
    with transaction() as session:
        store.forget(session, SETTING)
