"""A provider's schedule of checks: how often, how, and whether anybody keeps it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.dialects.provider_types.shape import KeyRule, ProviderType
from portal.dialects.provider_types.table import TYPES
from portal.domain import versions
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.permissions import Permission
from portal.domain.schedule import LONGEST, SHORTEST, Probe, say_interval
from portal.services.audit import trail as audit_trail
from portal.services.runtime import Runtime
from portal.store import providers as stored_providers
from portal.store import schedules as store
from portal.store.base import Session, reading, transaction
from portal.store.providers import ProviderRecord
from portal.store.schedules import ScheduleRecord

OVERDUE = timedelta(minutes=2)
"""A check that is due for longer than this shows that no worker runs."""

PROBE_WORDS = {Probe.LIST: "lists models", Probe.PING: "asks for one token"}


@dataclass(frozen=True)
class ScheduleView:
    """A provider's schedule, as pages say it; `minutes` is None when there is none.

    `unwatched`: a check is overdue, so no worker runs. `list_says` and `ping_says` tell what a probe shows and costs.
    """

    name: str
    label: str
    type: ProviderType
    enabled: bool
    minutes: float | None
    probe: Probe
    said: str
    next_at: datetime | None
    is_due: bool
    unwatched: bool
    version: str

    @property
    def on(self) -> bool:
        return self.minutes is not None

    @property
    def free(self) -> bool:
        return self.probe is Probe.LIST

    @property
    def list_says(self) -> str:
        if self.type.key is KeyRule.NONE:
            return "Free. It shows that the provider answers."
        if self.type.check_proves_key:
            return "Free. It shows that the address and the key work, and generates nothing."
        if self.type.key is KeyRule.OPTIONAL:
            return (
                "Free. It shows that the server answers. Many servers list their models for everybody, "
                "so it proves nothing about a key."
            )
        return (
            f"Free. {self.type.label} lists its models for everybody, so it shows that the address works "
            "and proves nothing about the key."
        )

    @property
    def ping_says(self) -> str:
        if self.type.key is KeyRule.NONE:
            return "It asks a model for one token. Here that costs nothing."
        return "It shows that address, key and model work. Each check costs the tokens of a one-word chat."


def read(actor: Actor, runtime: Runtime, name: str) -> ScheduleView:
    """The schedule of a provider, by its name."""
    if not actor.may(Permission.PROVIDER_VIEW):
        raise Denied("You may not see providers. Ask an administrator for the permission.")
    with reading() as session:
        return of(session, _found(stored_providers.find(session, name), name), runtime.now())


def of(session: Session, provider: ProviderRecord, now: datetime) -> ScheduleView:
    """The same, of a provider that was read already: one query."""
    found = store.of_provider(session, provider.id)
    return ScheduleView(
        name=provider.name,
        label=provider.label,
        type=TYPES[provider.type],
        enabled=provider.enabled,
        minutes=found.interval / 60 if found else None,
        probe=Probe(found.probe) if found else Probe.LIST,
        said=_say(found),
        next_at=found.next_at if found else None,
        is_due=bool(found and found.next_at <= now),
        unwatched=bool(found and provider.enabled and found.next_at < now - OVERDUE),
        version=versions.version_of(_fields(found)),
    )


def change(
    actor: Actor, runtime: Runtime, name: str, minutes: float | None, probe: Probe, version: str | None = None
) -> ScheduleView:
    """Have a provider checked every so many minutes, the first time at once; None ends it.

    Raises `Invalid` naming `minutes`, and `Outdated` when somebody saved after `version` was drawn.
    """
    with transaction() as session:
        return change_in(session, actor, runtime, name, minutes, probe, version)


def change_in(
    session: Session,
    actor: Actor,
    runtime: Runtime,
    name: str,
    minutes: float | None,
    probe: Probe,
    version: str | None = None,
) -> ScheduleView:
    """The same inside the caller's transaction."""
    if not actor.may(Permission.PROVIDER_EDIT):
        raise Denied("You may not change providers. Ask an administrator for the permission.")
    least, most = (length // timedelta(minutes=1) for length in (SHORTEST, LONGEST))
    if minutes is not None and not least <= minutes <= most:
        raise Invalid({"minutes": f"Use {least} to {most:,} minutes, which is a week. Blank turns the checks off."})
    interval = None if minutes is None else round(minutes * 60)
    provider = _found(stored_providers.lock(session, name), name)
    stored = store.of_provider(session, provider.id)
    versions.require(f"the schedule of {provider.label}", _fields(stored), version)
    before = _say(stored)
    store.put(session, provider.id, interval, probe, runtime.now())
    session.flush()
    after = _say(store.of_provider(session, provider.id))
    if before != after:
        audit_trail.record(
            session,
            runtime,
            actor,
            "provider.schedule",
            "provider",
            provider.id,
            provider.name,
            before={"checks": before},
            after={"checks": after},
        )
    return of(session, provider, runtime.now())


def _fields(schedule: ScheduleRecord | None) -> versions.Fields:
    """What the form of a schedule shows."""
    probe = Probe(schedule.probe) if schedule else Probe.LIST
    return {
        "minutes": versions.Stored(schedule.interval if schedule else None, _every(schedule)),
        "probe": versions.Stored(probe.value, PROBE_WORDS[probe]),
    }


def _every(schedule: ScheduleRecord | None) -> str:
    return say_interval(schedule.interval if schedule else None)


def _say(schedule: ScheduleRecord | None) -> str:
    """Such as: every 5 minutes, lists models. Or: off."""
    if schedule is None:
        return say_interval(None)
    return f"{_every(schedule)}, {PROBE_WORDS[Probe(schedule.probe)]}"


def _found(provider: ProviderRecord | None, name: str) -> ProviderRecord:
    if provider is None:
        raise NotFound(f"No provider is called “{name}”. It may have been deleted.")
    return provider
