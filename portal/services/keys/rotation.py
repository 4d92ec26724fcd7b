"""Rotating the master key while the portal serves: a new one first, all re-encrypted under it, the old one retired.

Nothing is remembered between runs but the keys and the rows themselves, so a run that was killed is resumed by running
it again: rows under an older key are left over, and more than one key means that a rotation is not retired yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.errors import Conflict
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.encryption.master_keys import ENCRYPTED_KINDS, EncryptedKind, count_encrypted, ensure, together
from portal.services.runtime import Runtime
from portal.store.base import reading, transaction
from portal.store.catalog import lock_catalog
from portal.vault import Undecryptable

BATCH = 50


class Next(StrEnum):
    """What a run would begin with."""

    NEW_KEY = "new_key"
    REENCRYPT = "reencrypt"
    NOTHING = "nothing"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Plan:
    """How things stand. `counts` is kind → master key id → how many; `keys` the ids in force, newest first."""

    source: str
    file: bool
    keys: tuple[str, ...]
    counts: dict[str, dict[str, int]]

    @property
    def newest(self) -> str:
        return self.keys[0]

    @property
    def older(self) -> tuple[str, ...]:
        return self.keys[1:]

    @property
    def left(self) -> int:
        """How many texts lie under an older key that is still at hand."""
        return sum(number for id, number in together(self.counts).items() if id in self.older)

    @property
    def lost(self) -> dict[str, int]:
        """How many lie under keys that nobody has: only entering those secrets again helps."""
        return {id: number for id, number in together(self.counts).items() if id not in self.keys}

    @property
    def next(self) -> Next:
        if self.left:
            return Next.REENCRYPT
        if self.older:
            return Next.NOTHING
        return Next.NEW_KEY if self.file else Next.REFUSE


@dataclass(frozen=True)
class Reencrypted:
    """Progress: how many texts of a kind were re-encrypted so far, and which do not open under any key."""

    kind: str
    done: int
    broken: tuple[str, ...] = ()


def plan(runtime: Runtime) -> Plan:
    """What a run would do; nothing is changed."""
    ensure(runtime)
    with reading() as session:
        counts = count_encrypted(session)
    return Plan(runtime.vault.source.name, runtime.vault.source.rotates, runtime.vault.master_key_ids, counts)


def begin(actor: Actor, runtime: Runtime) -> Plan:
    """Put a new key first, unless a rotation is under way. Raises `Conflict` where only the operator can."""
    now = plan(runtime)
    if now.next is Next.REFUSE:
        raise Conflict(
            f"{now.source} holds one master key, and only you can change it. Print a new one with `flask keys new`, "
            "put it before the old with a comma between, start every process again, then run this once more."
        )
    if now.next is not Next.NEW_KEY:
        return now
    runtime.vault.source.prepend(now.newest)
    made = plan(runtime)
    with transaction() as session:
        audit_trail.record(
            session, runtime, actor, "master_key.rotate", "master_key", made.newest, "master key",
            {"newest": now.newest}, {"newest": made.newest},
        )  # fmt: skip
    return made


def reencrypt(runtime: Runtime) -> Iterator[Reencrypted]:
    """Bring everything under the newest key, in small transactions; a text that changed meanwhile is left to it."""
    for kind in ENCRYPTED_KINDS:
        yield from _reencrypt_kind(runtime, kind)


def retire(actor: Actor, runtime: Runtime) -> tuple[str, ...]:
    """Remove the older keys and return their ids. Raises `Conflict` while anything is left under one of them.

    The catalog's lock is held from the count to the removal: whoever stores a key encrypts it behind the same lock, so
    it is either counted here or encrypted by a process that has read the file again and found the newest key.
    """
    with transaction() as session:
        lock_catalog(session)
        now = Plan(
            runtime.vault.source.name,
            runtime.vault.source.rotates,
            runtime.vault.master_key_ids,
            count_encrypted(session),
        )
        if now.left:
            raise Conflict(f"{now.left} keys are left under an older master key. Run `flask keys rotate` first.")
        if not now.older:
            return ()
        if not now.file:
            raise Conflict(
                f"Nothing is left under {', '.join(now.older)}. Remove it from {now.source}, which only you can change."
            )
        audit_trail.record(
            session, runtime, actor, "master_key.retire", "master_key", now.newest, "master key",
            {"keys": now.keys}, {"keys": [now.newest]},
        )  # fmt: skip
        runtime.vault.source.remove(frozenset(now.older))
    return now.older


def _reencrypt_kind(runtime: Runtime, kind: EncryptedKind) -> Iterator[Reencrypted]:
    after, done, broken = None, 0, []
    while True:
        newest = runtime.vault.master_key_ids[0]
        with reading() as session:
            batch = kind.under_another(session, newest, after, BATCH)
        if not batch:
            break
        fresh = []
        for id, text in batch:
            try:
                fresh.append((id, text, runtime.vault.reencrypt(text)))
            except Undecryptable:
                broken.append(str(id))
        with transaction() as session:
            done += sum(kind.swap(session, id, old, new, runtime.now()) for id, old, new in fresh)
        after = batch[-1][0]
        yield Reencrypted(kind.name, done, tuple(broken))
    yield Reencrypted(kind.name, done, tuple(broken))
