"""Personal keys below the pages: encrypted for one person, one provider and one address; gone with either of them."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from portal.dialects.secret import Secret
from portal.domain.audit import Filters
from portal.domain.catalog_entries import Person
from portal.domain.errors import Denied, Invalid, NotFound
from portal.domain.faults import UpstreamError
from portal.domain.people import Actor
from portal.services.audit import trail as audit_trail
from portal.services.keys import endpoints, stored_endpoints
from portal.services.keys import rotation as master_key_rotation
from portal.services.keys.pools import Pasted
from portal.services.people import users
from portal.services.personal_keys import holders, listing, own_keys
from portal.services.providers import registry as provider_registry
from portal.services.runtime import Runtime
from portal.services.selection.choosing import current_catalog
from portal.settings import Settings
from portal.store import settings as stored_settings
from portal.store.base import reading, transaction
from portal.store.catalog import GATE_SETTINGS, lock_catalog
from portal.store.people import TeamRecord, UserRecord
from portal.store.personal_keys import PersonalKeyRecord
from portal.store.providers import ProviderRecord
from portal.vault import Undecryptable
from tests.chatting import connect
from tests.conftest import CANARY, Actors
from tests.counting import queries

ADA, OTTO, UMA, EVE = Actors.ada, Actors.otto, Actors.uma, Actors.eve
HERE = "http://127.0.0.1:9/v1"
ROOT = Actor(None, "command line (tests)", ADA.permissions)


def save(actor: Actor, runtime: Runtime, name: str = "acme", key: str = CANARY) -> own_keys.Kept:
    return own_keys.save(actor, runtime, name, Pasted("key", {"key": key}))


def rows() -> list[PersonalKeyRecord]:
    with reading() as session:
        return list(session.scalars(select(PersonalKeyRecord)))


def count() -> int:
    with reading() as session:
        return session.scalar(select(func.count()).select_from(PersonalKeyRecord)) or 0


def turn_gate(runtime: Runtime, *, on: bool) -> None:
    with transaction() as session:
        lock_catalog(session)
        stored_settings.put(session, GATE_SETTINGS["personal_keys"], on, runtime.now())


def change_provider(name: str = "acme", **columns: object) -> None:
    with transaction() as session:
        lock_catalog(session)
        provider = session.scalars(select(ProviderRecord).where(ProviderRecord.name == name)).one()
        for column, value in columns.items():
            setattr(provider, column, value)


def told(runtime: Runtime) -> list[audit_trail.Entry]:
    return [entry for entry in audit_trail.list_for(ADA, runtime, Filters()).entries if "personal_key" in entry.verb]


@pytest.fixture
def acme(runtime: Runtime) -> UUID:
    """A provider with a shared key and one model; its id."""
    connect(runtime, ADA, HERE, type="openai")
    with reading() as session:
        return session.scalars(select(ProviderRecord.id)).one()


def test_a_key_is_stored_encrypted_for_its_person_and_nobody_else(runtime: Runtime, acme: UUID):
    save(UMA, runtime)
    (row,) = rows()
    assert CANARY not in row.encrypted
    assert (row.user_id, row.provider_id, row.destination) == (UMA.id, acme, "http://127.0.0.1:9")
    assert row.fingerprint == runtime.vault.fingerprint(Secret(CANARY))
    resolved = endpoints.resolve_personal(runtime, acme, UMA.id)
    assert (resolved.source, resolved.key_id) == ("personal", row.id)
    row.user_id = ADA.id  # moved by hand to another row, it does not open
    with pytest.raises(Undecryptable):
        runtime.vault.decrypt(row.encrypted, stored_endpoints.personal_purpose(row, row.destination))


def test_saving_raises_the_catalogs_version_and_selection_sees_it_at_once(runtime: Runtime, acme: UUID):
    before = current_catalog(runtime)
    assert before.credential(before.providers[acme], Person(UMA.id)) == "shared"
    save(UMA, runtime)
    after = current_catalog(runtime)
    assert after.version > before.version
    assert after.credential(after.providers[acme], Person(UMA.id)) == "personal"
    assert after.credential(after.providers[acme], Person(ADA.id)) == "shared"
    own_keys.remove(UMA, runtime, "acme")
    gone = current_catalog(runtime)
    assert gone.credential(gone.providers[acme], Person(UMA.id)) == "shared"


def test_every_deed_is_in_the_audit_trail_and_the_key_is_not(runtime: Runtime, acme: UUID):
    save(UMA, runtime)
    save(UMA, runtime, key="sk-another-9f2c")
    own_keys.remove(UMA, runtime, "acme")
    entries = told(runtime)
    assert [entry.verb for entry in entries] == ["personal_key.remove", "personal_key.replace", "personal_key.add"]
    assert {entry.actor for entry in entries} == {UMA.label}
    assert entries[-1].said == "added personal key"
    assert entries[1].before["fingerprint"] != entries[1].after["fingerprint"]
    assert CANARY not in "".join(entry.as_json for entry in entries)


def test_a_replaced_key_is_really_gone_and_its_test_with_it(runtime: Runtime, acme: UUID):
    save(UMA, runtime)
    (old,) = rows()
    with transaction() as session:
        session.get_one(PersonalKeyRecord, old.id).tested = "ok"
    save(UMA, runtime, key="sk-another-9f2c")
    (new,) = rows()
    assert new.id != old.id
    assert new.encrypted != old.encrypted
    assert (new.tested, new.tested_at) == ("", None)


def test_blank_keeps_the_key_that_is_there_and_is_a_fault_where_there_is_none(runtime: Runtime, acme: UUID):
    with pytest.raises(Invalid) as fault:
        save(UMA, runtime, key="")
    assert fault.value.faults == {"key": "Enter the key. It cannot be blank."}
    save(UMA, runtime)
    kept = save(UMA, runtime, key="")
    assert not kept.changed
    assert rows()[0].fingerprint == runtime.vault.fingerprint(Secret(CANARY))


def test_parts_of_a_key_are_read_together_as_the_providers_form_does(runtime: Runtime):
    connect(runtime, ADA, "https://bedrock-runtime.eu-west-1.amazonaws.com", name="rock", type="bedrock", key=None)
    parts = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "", "session_token": ""}
    with pytest.raises(Invalid) as fault:
        own_keys.save(UMA, runtime, "rock", Pasted("aws", parts))
    assert list(fault.value.faults) == ["aws_secret_access_key"]
    own_keys.save(
        UMA, runtime, "rock", Pasted("aws", parts | {"secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYKEY"})
    )
    (row,) = rows()
    assert row.kind == "aws"
    assert endpoints.resolve_personal(runtime, row.provider_id, UMA.id).endpoint.key_kind == "aws"


def test_while_the_gate_is_off_nothing_is_saved_and_what_is_there_can_go(runtime: Runtime, acme: UUID):
    save(UMA, runtime)
    turn_gate(runtime, on=False)
    with pytest.raises(Denied, match="switched off"):
        save(UMA, runtime, key="sk-another-9f2c")
    assert next(endpoints.candidates(runtime, acme, UMA.id)).source == "shared"
    page = listing.read_page(UMA, runtime)
    assert not page.gate_on
    assert page.cards[0].key is not None
    assert not page.cards[0].savable
    turn_gate(runtime, on=True)
    assert next(endpoints.candidates(runtime, acme, UMA.id)).source == "personal"
    turn_gate(runtime, on=False)
    own_keys.remove(UMA, runtime, "acme")
    assert count() == 0


def test_a_key_never_travels_to_another_address(runtime: Runtime, acme: UUID):
    save(UMA, runtime)
    change_provider(base_url="https://elsewhere.example/v1", destination="https://elsewhere.example")
    card = listing.read_page(UMA, runtime).cards[0]
    assert card.state.word == "Needs your key again"
    assert not card.testable
    with pytest.raises(UpstreamError):  # the shared key is of no use there either
        next(endpoints.candidates(runtime, acme, UMA.id))
    with pytest.raises(Invalid):
        save(UMA, runtime, key="")
    save(UMA, runtime)
    assert listing.read_page(UMA, runtime).cards[0].state.word == "Key saved"


def test_a_deleted_provider_takes_every_personal_key_with_it_and_says_so(runtime: Runtime, acme: UUID):
    save(UMA, runtime)
    save(ADA, runtime, key="sk-of-ada-11")
    lost = provider_registry.delete(ADA, runtime, "acme")
    assert lost.personal_keys == 2
    assert count() == 0
    entry = next(
        entry for entry in audit_trail.list_for(ADA, runtime, Filters()).entries if entry.verb == "provider.delete"
    )
    assert (entry.before["personal_keys"], entry.before["shared_keys"]) == (2, 1)


def test_a_deleted_person_takes_their_keys_with_them(runtime: Runtime, acme: UUID):
    save(UMA, runtime)
    save(ADA, runtime, key="sk-of-ada-11")
    users.remove(ADA, runtime, UMA.id)
    assert [row.user_id for row in rows()] == [ADA.id]
    assert UMA.id not in current_catalog(runtime).personal_keys


def test_a_provider_is_offered_to_those_whom_its_models_reach(runtime: Runtime, acme: UUID):
    team_id = uuid4()
    with transaction() as session:
        lock_catalog(session)
        session.add(TeamRecord(id=team_id, name="Ledger", entitled=True, created_at=runtime.now()))
        session.flush()
        session.get_one(UserRecord, UMA.id).team_id = team_id
    connect(runtime, ADA, HERE, name="theirs", type="openai")
    change_provider("theirs", team_id=team_id)
    member = Actor(UMA.id, UMA.label, UMA.permissions, team_id=team_id)
    assert [card.name for card in listing.read_page(member, runtime).cards] == ["acme", "theirs"]
    assert [card.name for card in listing.read_page(UMA, runtime).cards] == ["acme"]
    save(member, runtime, "theirs")
    with pytest.raises(NotFound):
        save(UMA, runtime, "theirs", key="sk-not-in-the-team")
    # Out of the team, the key stays listed and can be removed; it is no longer used.
    card = next(card for card in listing.read_page(UMA, runtime).cards if card.name == "theirs")
    assert not card.savable
    assert "serves you no model" in card.state.remark
    own_keys.remove(UMA, runtime, "theirs")


def test_providers_that_are_off_empty_or_take_no_key_are_left_out(runtime: Runtime, acme: UUID):
    connect(runtime, ADA, HERE, name="off", type="openai")
    change_provider("off", enabled=False)
    connect(runtime, ADA, "http://demo.invalid", name="demo", type="demo", key=None)
    page = listing.read_page(UMA, runtime)
    assert [card.name for card in page.cards] == ["acme"]
    assert page.keyless == ("Demo",)
    with pytest.raises(NotFound):
        save(UMA, runtime, "demo")
    with pytest.raises(NotFound):
        save(UMA, runtime, "off")


def test_the_list_pages_searches_and_asks_the_database_as_little_as_ever(runtime: Runtime):
    connect(runtime, ADA, HERE, name="p-000", type="openai")
    listing.read_page(UMA, runtime)
    with queries() as few:
        listing.read_page(UMA, runtime)
    for number in range(1, 45):
        connect(runtime, ADA, HERE, name=f"p-{number:03}", type="openai", key=None)
    listing.read_page(UMA, runtime)
    with queries() as many:
        page = listing.read_page(UMA, runtime)
    assert len(many) == len(few)
    assert (len(page.cards), page.total, page.newer, page.older) == (40, 45, None, 40)
    assert listing.read_page(UMA, runtime, start=40).cards[0].name == "p-040"
    assert listing.read_page(UMA, runtime, around="p-044").start == 40
    assert listing.read_page(UMA, runtime, search="P-01").cards[0].name == "p-010"


def test_who_may_not_have_keys_is_refused(runtime: Runtime, acme: UUID):
    for refused in (EVE, OTTO):
        for deed in (
            lambda who=refused: listing.read_page(who, runtime),
            lambda who=refused: save(who, runtime),
            lambda who=refused: own_keys.remove(who, runtime, "acme"),
        ):
            with pytest.raises(Denied):
                deed()
    with pytest.raises(Denied):
        holders.of_provider(EVE, runtime, acme)


def test_administrators_see_who_has_a_key_and_may_remove_it(runtime: Runtime, acme: UUID):
    save(UMA, runtime)
    seen = holders.of_provider(OTTO, runtime, acme)
    assert [(one.name, one.user_id) for one in seen.people] == [("Uma Ortiz", UMA.id)]
    assert (seen.total, seen.more) == (1, False)
    assert holders.of_provider(OTTO, runtime, acme, "nobody").people == ()
    with pytest.raises(Denied):
        holders.revoke(OTTO, runtime, "acme", UMA.id)
    with pytest.raises(NotFound):
        holders.revoke(ADA, runtime, "acme", EVE.id)
    assert holders.revoke(ADA, runtime, "acme", UMA.id).name == "Uma Ortiz"
    assert count() == 0
    (entry, _) = told(runtime)
    assert (entry.verb, entry.before["owner"]) == ("personal_key.revoke", "uma@example.org")


class TestMasterKeys:
    @pytest.fixture
    def seated(self) -> bool:
        """The cast comes to a portal that made its master key."""
        return False

    @pytest.fixture
    def settings(self, database_url: str, tmp_path) -> Settings:
        """The master key comes from the file in the data directory, which rotation writes."""
        return Settings(data_dir=tmp_path, database_url=database_url, secret_key="tests")

    def test_a_new_master_key_takes_personal_keys_over_and_they_still_open(self, runtime: Runtime, acme: UUID):
        save(UMA, runtime)
        (before,) = rows()
        plan = master_key_rotation.begin(ROOT, runtime)
        assert plan.left > 0
        list(master_key_rotation.reencrypt(runtime))
        assert master_key_rotation.retire(ROOT, runtime)
        (after,) = rows()
        assert after.id == before.id
        assert after.master_key_id == runtime.vault.master_key_ids[0] != before.master_key_id
        assert endpoints.resolve_personal(runtime, acme, UMA.id).endpoint.secret is not None
        assert next(endpoints.candidates(runtime, acme, UMA.id)).source == "personal"
