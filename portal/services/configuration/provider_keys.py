"""Keys of the providers of a document: references are stored as such, and those of foreign files encrypted."""

from portal.dialects.input.typed_keys import read_typed_key
from portal.dialects.provider_types.table import TYPES, is_own
from portal.dialects.secret import Secret
from portal.domain.errors import Invalid
from portal.domain.people import Actor
from portal.services.configuration.document import Entry, Key, Note
from portal.services.keys import references, shared_keys
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import catalog as stored_catalog
from portal.store.base import Session
from portal.store.providers import ProviderRecord


def put(session: Session, actor: Actor, runtime: Runtime, entry: Entry, record: ProviderRecord) -> list[Note]:
    """Add the keys of an entry that its provider does not hold yet. Returns what is left to do by hand."""
    notices: list[Note] = []
    type = TYPES[record.type]
    for key in entry.keys:
        if key.variables:
            notices += _reference(session, actor, runtime, entry, record, key)
            continue
        read = read_typed_key(type, key.kind, key.parts, at_home=is_own(type, frozenset(record.destination.split())))
        if read.faults:
            raise Invalid({"keys": " ".join(dict.fromkeys(read.faults.values()))})
        secret = Secret(read.text)
        if read.text and not shared_keys.holds(session, runtime, record, secret):
            shared_keys.add(session, runtime, actor, record, secret, read.kind)
    if not entry.keys and not _has_key(session, runtime, record):
        notices.append(Note(entry.place, "It has no key yet. Enter one on the provider’s page."))
    return notices


def _reference(
    session: Session, actor: Actor, runtime: Runtime, entry: Entry, record: ProviderRecord, key: Key
) -> list[Note]:
    """A variable that may not be named leaves the provider without this key, and is said."""
    type = TYPES[record.type]
    if fault := references.fault_of(runtime, type, record.destination, key.parts):
        return [Note(f"{entry.place}.keys", fault)]
    text = Secret(references.written(key.parts))
    if not shared_keys.holds(session, runtime, record, text):
        shared_keys.add(session, runtime, actor, record, text, references.KIND + key.kind)
    unset = [name for name in key.parts.values() if not runtime.variable(name)]
    if not unset:
        return []
    said = f"The variable {', '.join(unset)} is not set on this server. Until it is, there is no key."
    return [Note(f"{entry.place}.keys", said)]


def _has_key(session: Session, runtime: Runtime, record: ProviderRecord) -> bool:
    catalog = choosing.resolve(runtime, stored_catalog.read(session))
    return catalog.providers[record.id].credential is not None
