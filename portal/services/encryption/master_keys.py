"""The master keys and what is encrypted under them: taken at the start, and required to fit."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.services.encryption import encrypted_settings
from portal.services.runtime import Runtime
from portal.store import applications, audit, personal_keys, provider_headers, settings, shared_keys
from portal.store.base import Session, reading, transaction
from portal.store.encrypted_rows import EncryptedRows
from portal.vault import Encrypted, MasterKeyError, OwnKey, Undecryptable, master_key_id_of


@dataclass(frozen=True)
class EncryptedKind:
    """One kind of encrypted text in the database: how to count them, find those under other keys, and swap one.

    Rotation and the check at the start read `ENCRYPTED_KINDS` and know of no table themselves.
    """

    name: str
    count: Callable[[Session], dict[str, int]]
    under_another: Callable[[Session, str, Any, int], list[tuple[Any, str]]]
    swap: Callable[[Session, Any, str, Encrypted, datetime], bool]


def _own(session: Session) -> dict[OwnKey, str]:
    found = settings.find_texts(session, [which.value for which in OwnKey])
    return {OwnKey(name): text for name, text in found.items()}


def _count_own(session: Session) -> dict[str, int]:
    return dict(Counter(master_key_id_of(text) for text in _own(session).values()))


def _own_under_another(session: Session, master_key_id: str, after: OwnKey | None, limit: int) -> list[tuple[Any, str]]:
    found = sorted(_own(session).items())
    others = [(which, text) for which, text in found if master_key_id_of(text) != master_key_id]
    return [(which, text) for which, text in others if after is None or which > after][:limit]


def _swap_own(session: Session, which: OwnKey, old: str, new: Encrypted, now: datetime) -> bool:
    if settings.find(session, which.value, lock=True) != old:
        return False
    settings.put(session, which.value, new.text, now)
    return True


def _of_rows(name: str, rows: EncryptedRows) -> EncryptedKind:
    def swap(session: Session, id: UUID, old: str, new: Encrypted, _now: datetime) -> bool:
        return rows.swap(session, id, old, new.text, new.master_key_id)

    return EncryptedKind(name, rows.count_by_master_key, rows.under_another, swap)


ENCRYPTED_KINDS: tuple[EncryptedKind, ...] = (
    EncryptedKind("the portal's own keys", _count_own, _own_under_another, _swap_own),
    _of_rows("secret headers", provider_headers.encrypted_rows),
    _of_rows("shared keys", shared_keys.encrypted_rows),
    _of_rows("personal keys", personal_keys.encrypted_rows),
    _of_rows("secrets of applications", applications.encrypted_rows),
    EncryptedKind(
        "secret settings", encrypted_settings.count, encrypted_settings.under_another, encrypted_settings.swap
    ),
)


def count_encrypted(session: Session) -> dict[str, dict[str, int]]:
    """For each kind, how many encrypted texts lie under each master key's id."""
    return {kind.name: kind.count(session) for kind in ENCRYPTED_KINDS}


def require(runtime: Runtime) -> None:
    """Called at the start: raises `MasterKeyError` unless everything encrypted lies under a master key at hand.

    At the very first start, when nothing is encrypted, it makes the master key's file and the portal's own keys.
    """
    ensure(runtime)
    with reading() as session:
        counts = count_encrypted(session)
    unknown = {id: n for id, n in together(counts).items() if not runtime.vault.knows(id)}
    if unknown:
        raise MasterKeyError(_unknown(runtime, unknown))


def ensure(runtime: Runtime) -> None:
    """Unlock the vault's own keys if that has not happened yet. Never call it inside a transaction."""
    if not runtime.vault.unlocked:
        with transaction() as session:
            unlock(session, runtime)


def unlock(session: Session, runtime: Runtime) -> None:
    """Take the portal's own keys into the vault; make them if this database has none. They open: a real proof.

    The audit head is locked while they are made, so that two processes that start at once agree.
    """
    if runtime.vault.unlocked:
        return
    stored = _own(session)
    if len(stored) < len(OwnKey):
        audit.lock_head(session)
        stored = _own(session)
        if len(stored) < len(OwnKey):
            _first_master_key(session, runtime)
            for which in set(OwnKey) - set(stored):
                stored[which] = runtime.vault.make_own(which).text
                settings.put(session, which.value, stored[which], runtime.now())
    try:
        runtime.vault.unlock(stored)
    except Undecryptable as error:
        counts = together(count_encrypted(session))
        raise MasterKeyError(_unknown(runtime, counts)) from error


def _first_master_key(session: Session, runtime: Runtime) -> None:
    """A key file that is missing although something is encrypted was lost, and a new one would only hide that."""
    if runtime.vault.master_key_ids:
        return
    counts = together(count_encrypted(session))
    if counts:
        raise MasterKeyError(_unknown(runtime, counts))
    runtime.vault.make()


def together(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    """The counts of all kinds, added up for each master key's id."""
    total: Counter[str] = Counter()
    for count in counts.values():
        total.update(count)
    return dict(total)


def _unknown(runtime: Runtime, counts: dict[str, int]) -> str:
    source = runtime.vault.source.name
    number = sum(counts.values())
    if not runtime.vault.master_key_ids:
        return (
            f"The database holds {number} encrypted keys, but their master key is gone: {source} does not exist. "
            "Put that file back from your backup, or set PORTAL_MASTER_KEY."
        )
    missing = [id for id in counts if not runtime.vault.knows(id)]
    if not missing:
        return "The portal’s own keys in the database were altered and do not open. Restore the database from a backup."
    return (
        f"The database holds {sum(counts[id] for id in missing)} keys that are encrypted under another master key "
        f"({', '.join(sorted(missing))}) than {source} has ({', '.join(runtime.vault.master_key_ids)}). "
        "Put the right master key there, behind the newest if both are in use."
    )
