"""Pools as people change them: what is stored, in which order, what is left, and who may."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from portal.domain.errors import Conflict, Denied, Invalid, NotFound
from portal.domain.people import Actor
from portal.domain.selection import Refusal
from portal.services.keys import endpoints, shared_keys
from portal.services.keys import listing as key_listing
from portal.services.keys import pools as key_pools
from portal.services.keys.pools import Pasted
from portal.services.providers import registry as provider_registry
from portal.services.runtime import Runtime
from portal.services.selection import choosing
from portal.store import providers as stored_providers
from portal.store.audit import AuditRecord
from portal.store.base import reading, transaction
from portal.store.shared_keys import SharedKeyRecord
from tests.conftest import CANARY, Actors
from tests.connecting import KEY, add_key, connect, delete_key, keys_of, replace_key

ADA, OTTO = Actors.ada, Actors.otto
HERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def acme(runtime: Runtime) -> str:
    """Acme with three keys."""
    name = connect(ADA, runtime, HERE)
    add_key(OTTO, runtime, name, "sk-second-key-1")
    add_key(OTTO, runtime, name, "sk-third-key-22")
    return name


def served_with(runtime: Runtime, name: str) -> str:
    with reading() as session:
        provider_id = stored_providers.find(session, name).id
    return endpoints.resolve(runtime, provider_id).endpoint.secret.reveal()


def version() -> int:
    with reading() as session:
        return session.execute(text("SELECT version FROM catalog_state")).scalar_one()


def trail() -> list[str]:
    with reading() as session:
        return list(session.scalars(select(AuditRecord.verb).order_by(AuditRecord.seq)))


def test_keys_serve_in_their_order_and_the_order_is_no_part_of_the_catalog(runtime: Runtime, acme: str):
    first, second, third = keys_of(acme)
    assert served_with(runtime, acme) == KEY
    before = version()
    key_pools.make_first(OTTO, runtime, acme, third.id)
    assert [key.id for key in keys_of(acme)] == [third.id, first.id, second.id]
    assert served_with(runtime, acme) == "sk-third-key-22"
    key_pools.take_place(OTTO, runtime, acme, second.id, before=first.id)
    assert [key.id for key in keys_of(acme)] == [third.id, second.id, first.id]
    assert version() == before
    assert trail()[-2:] == ["key.move", "key.move"]
    key_pools.make_first(OTTO, runtime, acme, third.id)
    assert trail()[-1] == "key.move"
    assert len([verb for verb in trail() if verb == "key.move"]) == 2, "nothing moved, nothing to tell"


def test_a_deleted_key_leaves_its_fingerprint_and_nothing_that_opens(runtime: Runtime, acme: str):
    first = keys_of(acme)[0]
    key_pools.delete_spare_key(OTTO, runtime, acme, first.id)
    with reading() as session:
        gone = session.get_one(SharedKeyRecord, first.id)
        assert (gone.encrypted, gone.master_key_id, gone.fingerprint) == ("", "", first.fingerprint)
        assert (gone.retired_by, gone.retired_at is not None) == ("Otto Lind", True)
        provider = stored_providers.find(session, acme)
        pool = key_listing.read_pool(session, runtime, provider)
    assert [key.fingerprint for key in pool.retired] == [first.fingerprint]
    assert served_with(runtime, acme) == "sk-second-key-1"
    assert trail()[-1] == "key.delete"
    with pytest.raises(NotFound):
        key_pools.delete_spare_key(OTTO, runtime, acme, first.id)


def test_the_last_key_that_opens_is_no_spare_one(runtime: Runtime, acme: str):
    first, second, third = keys_of(acme)
    key_pools.delete_spare_key(OTTO, runtime, acme, second.id)
    with transaction() as session:
        session.get_one(SharedKeyRecord, third.id).destination = "https://elsewhere.example:443"
    with pytest.raises(Conflict):
        key_pools.delete_spare_key(OTTO, runtime, acme, first.id)
    key_pools.delete_spare_key(OTTO, runtime, acme, third.id)
    assert served_with(runtime, acme) == KEY


def test_a_tombstone_is_no_credential(runtime: Runtime):
    name = connect(ADA, runtime, "https://api.openai.com/v1", type="openai", key="sk-one-key-4242")
    add_key(ADA, runtime, name, "sk-two-key-4242")
    for key in keys_of(name)[:1]:
        key_pools.delete_spare_key(ADA, runtime, name, key.id)
    assert not isinstance(choosing.choose(runtime, Actors.uma), Refusal)
    key_pools.delete_key(ADA, runtime, name, keys_of(name)[0].id)
    assert isinstance(choosing.choose(runtime, Actors.uma), Refusal)


def test_deleting_a_provider_leaves_no_tombstone_of_a_key(runtime: Runtime, acme: str):
    key_pools.delete_spare_key(ADA, runtime, acme, keys_of(acme)[0].id)
    assert provider_registry.delete(ADA, runtime, acme).keys == 2
    with reading() as session:
        assert session.scalars(select(SharedKeyRecord)).all() == []


def test_the_same_key_is_not_stored_twice_and_its_sentence_says_whose_it_is(runtime: Runtime, acme: str):
    with pytest.raises(Invalid) as refused:
        add_key(ADA, runtime, acme, "sk-second-key-1")
    assert "Otto Lind" in refused.value.faults["key"]
    assert "sk-second" not in str(refused.value)
    assert len(keys_of(acme)) == 3


def test_a_key_for_another_address_that_is_entered_again_takes_its_own_place(runtime: Runtime, acme: str):
    second = keys_of(acme)[1]
    with transaction() as session:
        session.get_one(SharedKeyRecord, second.id).destination = "https://elsewhere.example:443"
    add_key(ADA, runtime, acme, "sk-second-key-1")
    now = keys_of(acme)
    assert [key.position for key in now] == [0, 1, 2]
    assert (now[1].fingerprint, now[1].id == second.id) == (second.fingerprint, False)


def test_another_key_in_the_place_of_the_first_leaves_the_others(runtime: Runtime, acme: str):
    _, second, third = keys_of(acme)
    replace_key(OTTO, runtime, acme, CANARY)
    assert [key.id for key in keys_of(acme)][1:] == [second.id, third.id]
    assert served_with(runtime, acme) == CANARY


def test_a_deleted_key_may_be_entered_again(runtime: Runtime, acme: str):
    key_pools.delete_spare_key(ADA, runtime, acme, keys_of(acme)[0].id)
    add_key(ADA, runtime, acme, KEY)
    assert len(keys_of(acme)) == 3


def test_a_rotation_is_told_by_the_state_of_the_keys(runtime: Runtime, acme: str):
    old = keys_of(acme)[0]

    def rotation() -> key_listing.Rotation:
        return key_listing.read_rotation(OTTO, runtime, acme, old.id)

    assert (rotation().step, rotation().new) == (1, None)
    new = add_key(OTTO, runtime, acme, CANARY, replaces=old.id).key
    assert (rotation().step, rotation().new.key.id) == (2, new.id)
    with transaction() as session:
        session.get_one(SharedKeyRecord, new.id).tested = "auth"
    assert rotation().step == 2
    with transaction() as session:
        session.get_one(SharedKeyRecord, new.id).tested = "ok"
    assert rotation().step == 3
    key_pools.take_place(OTTO, runtime, acme, new.id, before=old.id)
    assert rotation().step == 4
    key_pools.delete_spare_key(OTTO, runtime, acme, old.id)
    with pytest.raises(NotFound):
        rotation()
    assert served_with(runtime, acme) == CANARY


def test_a_rotation_of_another_providers_key_does_not_begin(runtime: Runtime, acme: str):
    other = connect(ADA, runtime, HERE, name="other")
    with pytest.raises(NotFound):
        add_key(ADA, runtime, acme, CANARY, replaces=keys_of(other)[0].id)


def test_a_key_waits_encrypted_for_its_own_row(runtime: Runtime, acme: str):
    first, second, _ = keys_of(acme)
    with transaction() as session:
        one, two = session.get_one(SharedKeyRecord, first.id), session.get_one(SharedKeyRecord, second.id)
        one.encrypted, two.encrypted = two.encrypted, one.encrypted
    assert served_with(runtime, acme) == "sk-third-key-22"


@pytest.mark.parametrize("who", [Actors.uma, Actors.eve])
def test_who_may_not_change_providers_touches_no_key(runtime: Runtime, acme: str, who: Actor):
    key = keys_of(acme)[0]
    verbs: tuple[Callable[[], object], ...] = (
        lambda: add_key(who, runtime, acme, CANARY),
        lambda: replace_key(who, runtime, acme, CANARY),
        lambda: key_pools.make_first(who, runtime, acme, key.id),
        lambda: key_pools.delete_spare_key(who, runtime, acme, key.id),
        lambda: key_pools.delete_key(who, runtime, acme, key.id),
        lambda: key_pools.type_of(who, acme),
        lambda: key_listing.read_rotation(who, runtime, acme, key.id),
    )
    for verb in verbs:
        with pytest.raises(Denied):
            verb()
    assert len(keys_of(acme)) == 3


def test_an_operator_rotates_and_does_not_delete_the_last_key(runtime: Runtime, acme: str):
    with pytest.raises(Denied):
        delete_key(OTTO, runtime, acme)


def test_what_was_pasted_is_in_no_error_and_no_picture_of_it(runtime: Runtime, acme: str):
    pasted = Pasted("key", {"key": f"Bearer {CANARY}"})
    assert CANARY not in repr(pasted)
    with pytest.raises(Invalid) as refused:
        key_pools.add_key(ADA, runtime, acme, pasted)
    assert CANARY not in str(refused.value)
    with reading() as session:
        provider = stored_providers.find(session, acme)
        assert CANARY not in repr(shared_keys.keys_of(session, provider.id))
