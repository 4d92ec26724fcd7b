"""Shared keys go in, serve, and are never seen again."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import make_url, select, text

from portal.domain.audit import Filters
from portal.domain.errors import Invalid
from portal.services.audit import trail as audit_trail
from portal.services.keys import credentials, shared_keys
from portal.services.runtime import Runtime
from portal.store.base import db, reading, transaction
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from tests.conftest import CANARY, Actors
from tests.factories import make_provider

ADA = Actors.ada


def add(runtime: Runtime, provider: ProviderRecord, key: str = CANARY) -> shared_keys.KeyView:
    with transaction() as session:
        return shared_keys.add(session, runtime, ADA, session.get(ProviderRecord, provider.id), key)


def replace(runtime: Runtime, provider: ProviderRecord, key: str) -> shared_keys.KeyView:
    with transaction() as session:
        return shared_keys.replace(session, runtime, ADA, session.get(ProviderRecord, provider.id), key)


def stored(key_id: object) -> SharedKeyRecord:
    with reading() as session:
        return session.scalars(select(SharedKeyRecord).where(SharedKeyRecord.id == key_id)).one()


def test_a_key_is_encrypted_for_its_provider_and_destination(runtime: Runtime):
    provider = make_provider()
    view = add(runtime, provider)
    assert view.destination == provider.destination == "https://api.openai.com:443"
    assert runtime.vault.knows(view.master_key_id)
    assert len(view.fingerprint) == 8
    assert view.created_by == "Ada Marsh"
    assert CANARY not in repr(view)
    assert shared_keys.opens(runtime, stored(view.id), provider.destination).reveal() == CANARY
    assert shared_keys.opens(runtime, stored(view.id), "https://evil.example:443") is None


def test_a_second_key_stands_behind_the_first(runtime: Runtime):
    provider = make_provider()
    first, second = add(runtime, provider, "sk-one"), add(runtime, provider, "sk-two")
    with reading() as session:
        assert [key.id for key in shared_keys.keys_of(session, provider.id)] == [first.id, second.id]
    assert first.fingerprint != second.fingerprint


def test_a_replaced_key_is_gone_for_good(runtime: Runtime):
    provider = make_provider()
    old = add(runtime, provider)
    new = replace(runtime, provider, "sk-new")
    kept = stored(new.id).encrypted
    with reading() as session:
        assert [key.id for key in shared_keys.keys_of(session, provider.id)] == [new.id]
        assert session.scalars(select(SharedKeyRecord.encrypted)).all() == [kept]
    assert old.id != new.id


def test_replacing_no_key_adds_one(runtime: Runtime):
    provider = make_provider()
    assert replace(runtime, provider, "sk-new").position == 0


def test_a_new_key_takes_the_old_verdict_away_and_raises_the_catalogs_version(app: Flask, runtime: Runtime):
    provider = make_provider(proven_from=datetime.now(UTC) - timedelta(days=1))

    def version() -> int:
        with reading() as session:
            return session.execute(text("SELECT version FROM catalog_state")).scalar_one()

    before = version()
    add(runtime, provider)
    with reading() as session:
        assert session.get(ProviderRecord, provider.id).proven_from > provider.proven_from
    assert version() > before


def test_what_happened_to_a_key_is_in_the_trail_and_the_key_is_not(runtime: Runtime):
    provider = make_provider()
    first = add(runtime, provider)
    replace(runtime, provider, "sk-new")
    newest, oldest = audit_trail.list_for(ADA, runtime, Filters()).entries
    assert (oldest.verb, oldest.subject, oldest.after["fingerprint"]) == ("key.add", "acme-openai", first.fingerprint)
    assert (newest.verb, newest.before["fingerprint"]) == ("key.replace", first.fingerprint)
    assert CANARY not in newest.as_json + oldest.as_json


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "blank"),
        ("   ", "blank"),
        (" sk-x", "space"),
        ("sk-x\n", "space or a line break"),
        ("sk-\nx", "line break"),
        ('"sk-x"', "quotation marks"),
        ("sk–x", "no key has"),
        ("sk-\x00x", "control character"),
        ("x" * 10_241, "10,241 characters"),
    ],
)
def test_what_cannot_be_a_key_gets_a_sentence_beside_the_field(runtime: Runtime, text: str, said: str):
    assert said in shared_keys.validate_key(text)
    provider = make_provider()
    with pytest.raises(Invalid) as refused:
        add(runtime, provider, text)
    assert said in refused.value.faults["key"]


def test_the_longest_key_is_taken(runtime: Runtime):
    assert shared_keys.validate_key("x" * 10_240) is None
    assert add(runtime, make_provider(), "x" * 10_240)


def test_no_plain_key_is_in_the_database(runtime: Runtime):
    provider = make_provider()
    add(runtime, provider)
    with reading() as session:
        for table in db.metadata.sorted_tables:
            for row in session.execute(select(table)):
                assert CANARY not in repr(tuple(row)), table.name
    url = make_url(str(db.engine.url.render_as_string(hide_password=False)))
    if url.drivername == "sqlite":
        dump = subprocess.run(["sqlite3", url.database, ".dump"], capture_output=True, text=True, check=True).stdout
        assert "shared_keys" in dump
        assert CANARY not in dump
        for file in Path(url.database).parent.glob(f"{Path(url.database).name}*"):
            assert CANARY.encode() not in file.read_bytes(), file.name


def test_existence_is_a_fact_of_plain_columns(runtime: Runtime):
    provider = make_provider()
    key = add(runtime, provider)
    row = stored(key.id)
    assert credentials.source(runtime, "openai", provider.destination, [row]) == "shared"
    assert credentials.source(runtime, "openai", "https://elsewhere.example:443", [row]) is None
    row.master_key_id = "0" * 16
    assert credentials.source(runtime, "openai", provider.destination, [row]) is None
