"""The gates: how each stands, whom turning it changes, and turning it."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.domain.catalog import Catalog
from portal.domain.errors import NotFound
from portal.domain.gates import AI, CHAT_SHARING, GATES, PERSONAL_KEYS, PERSONAL_OVERRIDES, Gate
from portal.domain.people import Actor
from portal.domain.permissions import BUILT_IN_ROLES, Permission
from portal.services.audit import trail as audit_trail
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import people, settings
from portal.store.base import Session, transaction
from portal.store.catalog import GATE_SETTINGS, gate_is_on, lock_catalog


@dataclass(frozen=True)
class GateView:
    """A gate as it stands. `people` counts whom turning it changes."""

    gate: Gate
    on: bool
    people: int

    @property
    def verb(self) -> str:
        return "Turn off" if self.on else "Turn on"

    @property
    def effect(self) -> str:
        """Whom turning it changes, in a sentence."""
        turning = f"Turning this {'off' if self.on else 'on'} changes"
        who = "person" if self.people == 1 else "people"
        if not self.people:
            return f"{turning} nobody now: there is nobody {self.gate.holders}."
        return f"{turning} {self.people:,} {who} {self.gate.holders}."


def list_for(actor: Actor, runtime: Runtime) -> tuple[GateView, ...]:
    """All gates, in the order of the page."""
    actor.require(Permission.PROVIDER_VIEW)
    with choosing.reading_beside(runtime) as (session, catalog):
        counts = _counts(session, catalog)
    return tuple(GateView(gate, _stands(catalog)[key], counts[key]) for key, gate in GATES.items())


def find(actor: Actor, runtime: Runtime, key: str) -> GateView:
    """One gate. Raises `NotFound`."""
    _known(key)
    return next(view for view in list_for(actor, runtime) if view.gate.key == key)


def is_on(runtime: Runtime, key: str) -> bool:
    """Whether a gate is open now, whoever asks."""
    return _stands(choosing.current_catalog(runtime))[_known(key).key]


def turn(actor: Actor, runtime: Runtime, key: str, *, on: bool) -> bool:
    """Turn a gate, for every process at once; what is stored behind it is kept. False: it stood so already."""
    with transaction() as session:
        lock_catalog(session)
        return turn_in(session, actor, runtime, key, on=on)


def turn_in(session: Session, actor: Actor, runtime: Runtime, key: str, *, on: bool) -> bool:
    """The same inside the caller's transaction, the catalog locked."""
    actor.require(Permission.PROVIDER_EDIT)
    gate = _known(key)
    before = gate_is_on(session, key)
    if before == on:
        return False
    settings.put(session, GATE_SETTINGS[key], on, runtime.now())
    session.flush()
    audit_trail.record(session, runtime, actor, "gate.turn", "gate", key, gate.label, {"on": before}, {"on": on})
    return True


def _known(key: str) -> Gate:
    if key not in GATES:
        raise NotFound("There is no such gate.")
    return GATES[key]


def _stands(catalog: Catalog) -> Mapping[str, bool]:
    return {key: bool(getattr(catalog.gates, key)) for key in GATES}


def _overriding(catalog: Catalog) -> int:
    return sum(1 for pins in catalog.personal_overrides.values() if pins)


def _counts(session: Session, catalog: Catalog) -> Mapping[str, int]:
    chats = [key for key, role in BUILT_IN_ROLES.items() if Permission.CHAT in role.permissions]
    chatting = people.count_who_may(session, Permission.CHAT.value, chats)
    return {
        PERSONAL_OVERRIDES: catalog.remembered("people who override", lambda _: _overriding(catalog)),
        PERSONAL_KEYS: len(catalog.personal_keys),
        AI: chatting,
        CHAT_SHARING: chatting,
    }
