"""`flask keys rotate`: while the portal serves, killed and run again, and never losing a key."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import func, insert, select

from portal.dialects.secret import Secret
from portal.domain.audit import Filters
from portal.domain.errors import Conflict
from portal.domain.people import Actor
from portal.services import readiness
from portal.services.audit import trail as audit_trail
from portal.services.audit.verification import verify
from portal.services.encryption import master_keys
from portal.services.keys import endpoints, shared_keys
from portal.services.keys import rotation as master_key_rotation
from portal.services.runtime import Runtime
from portal.settings import Settings
from portal.store.base import reading, transaction
from portal.store.providers import ProviderRecord
from portal.store.shared_keys import SharedKeyRecord
from portal.vault import MasterKeyError, OwnKey, Purpose, Vault, new_master_key
from portal.web.context import runtime as runtime_of
from tests.cli.command_line import run, run_here, start
from tests.conftest import CANARY, Actors
from tests.factories import make_provider

ADA = Actors.ada
ROOT = Actor(None, "command line (tests)", ADA.permissions)


@pytest.fixture
def seated() -> bool:
    """The cast comes to a portal that made its master key."""
    return False


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """The master key comes from the file in the data directory, as out of the box."""
    return Settings(data_dir=tmp_path, database_url=database_url, secret_key="tests")


def give(runtime: Runtime, provider: ProviderRecord, key: str = CANARY) -> shared_keys.KeyView:
    with transaction() as session:
        return shared_keys.add(session, runtime, ADA, session.get(ProviderRecord, provider.id), key)


def many(runtime: Runtime, provider: ProviderRecord, number: int) -> None:
    """So many keys in one go that re-encrypting them takes a while."""
    first = give(runtime, provider)
    with transaction() as session:
        table = SharedKeyRecord.__table__
        row = session.execute(select(table).where(table.c.id == first.id)).one()._mapping
        ids = [uuid4() for _ in range(number)]
        session.execute(
            insert(table),
            [
                {**row, "id": id, "position": count + 1}
                | {"encrypted": runtime.vault.encrypt(Secret(f"sk-{count}"), _purpose(id, provider)).text}
                for count, id in enumerate(ids)
            ],
        )


def _purpose(id: UUID, provider: ProviderRecord) -> Purpose:
    return Purpose(id, provider.id, "shared", provider.destination)


def under(master_key_id: str) -> int:
    with reading() as session:
        query = select(func.count()).select_from(SharedKeyRecord)
        return session.execute(query.where(SharedKeyRecord.master_key_id == master_key_id)).scalar_one()


def rotate(runtime: Runtime, *, retire: bool = False) -> master_key_rotation.Plan:
    plan = master_key_rotation.begin(ROOT, runtime)
    for _ in master_key_rotation.reencrypt(runtime):
        pass
    if retire:
        master_key_rotation.retire(ROOT, runtime)
    return plan


def another_process(settings: Settings, app: Flask) -> Runtime:
    """The runtime of a process that starts now."""
    return replace(runtime_of(), vault=Vault.from_settings(settings))


def test_a_rotation_brings_everything_under_a_new_key(runtime: Runtime):
    provider = make_provider()
    key = give(runtime, provider)
    (old,) = runtime.vault.master_key_ids
    plan = rotate(runtime)
    assert plan.newest != old
    assert (under(old), under(plan.newest)) == (0, 1)
    with reading() as session:
        assert master_keys.together(master_keys.count_encrypted(session)) == {plan.newest: 1 + len(OwnKey)}
    opened = endpoints.resolve(runtime, provider.id)
    assert (opened.endpoint.secret.reveal(), opened.fingerprint) == (CANARY, key.fingerprint)
    assert verify(runtime).sound


def test_nothing_is_retired_while_something_is_left_and_everything_opens_after(
    app: Flask, runtime: Runtime, settings: Settings
):
    provider = make_provider()
    give(runtime, provider)
    (old,) = runtime.vault.master_key_ids
    made = master_key_rotation.begin(ROOT, runtime)
    with pytest.raises(Conflict, match="are left under an older master key"):
        master_key_rotation.retire(ROOT, runtime)
    assert runtime.vault.master_key_ids == (made.newest, old)
    rotate(runtime, retire=True)
    assert runtime.vault.master_key_ids == (made.newest,)
    later = another_process(settings, app)
    master_keys.require(later)
    assert endpoints.resolve(later, provider.id).endpoint.secret.reveal() == CANARY
    assert not later.vault.knows(old)
    assert verify(later).sound
    assert [entry.verb for entry in audit_trail.list_for(ADA, later, Filters(subject="master key")).entries] == [
        "master_key.retire",
        "master_key.rotate",
    ]


def test_a_key_that_is_entered_while_the_old_master_key_retires_is_not_lost(
    app: Flask, runtime: Runtime, settings: Settings
):
    """The serving process has the old key in memory; every way its transaction may fall, its key opens afterwards."""
    serving = another_process(settings, app)
    master_keys.require(serving)
    provider = make_provider()
    failed: list[BaseException] = []

    def enter_keys() -> None:
        with app.app_context():
            try:
                for count in range(30):
                    give(serving, provider, f"sk-{count}")
            except BaseException as error:
                failed.append(error)

    writer = threading.Thread(target=enter_keys)
    writer.start()
    for _ in range(6):
        rotate(runtime)
        try:
            master_key_rotation.retire(ROOT, runtime)
        except Conflict:
            continue
    writer.join()
    rotate(runtime)
    assert not failed
    later = another_process(settings, app)
    master_keys.require(later)
    with reading() as session:
        rows = session.execute(select(SharedKeyRecord.__table__)).all()
    assert len(rows) == 30
    assert all(shared_keys.opens(later, row, provider.destination) for row in rows)


def test_a_text_that_does_not_open_is_named_and_keeps_the_old_key(runtime: Runtime):
    provider = make_provider()
    broken = give(runtime, provider)
    with transaction() as session:
        record = session.get(SharedKeyRecord, broken.id)
        record.encrypted = record.encrypted[:-6]
    master_key_rotation.begin(ROOT, runtime)
    steps = list(master_key_rotation.reencrypt(runtime))
    assert {step.broken for step in steps if step.broken} == {(str(broken.id),)}
    with pytest.raises(Conflict):
        master_key_rotation.retire(ROOT, runtime)


def test_with_the_environment_as_source_a_rotation_waits_for_the_operator(
    app: Flask, runtime: Runtime, settings: Settings
):
    provider = make_provider()
    give(runtime, provider)
    old, new = (settings.data_dir / "master.key").read_text().strip(), new_master_key()

    def given(*keys: str) -> Runtime:
        return another_process(replace(settings, master_key=",".join(keys)), app)

    with pytest.raises(Conflict, match="flask keys new"):
        master_key_rotation.begin(ROOT, given(old))
    assert master_key_rotation.plan(given(old)).next == "refuse"
    both = given(new, old)
    rotate(both)
    assert under(both.vault.master_key_ids[0]) == 1
    with pytest.raises(Conflict, match="Remove it from PORTAL_MASTER_KEY"):
        master_key_rotation.retire(ROOT, both)
    alone = given(new)
    master_keys.require(alone)
    assert endpoints.resolve(alone, provider.id).endpoint.secret.reveal() == CANARY


def test_a_wrong_or_missing_master_key_stops_the_start_with_one_sentence(
    app: Flask, runtime: Runtime, settings: Settings
):
    give(runtime, make_provider())
    wrong = replace(settings, master_key=Fernet.generate_key().decode())
    with pytest.raises(MasterKeyError) as refused:
        master_keys.require(another_process(wrong, app))
    assert "under another master key" in str(refused.value)
    assert "PORTAL_MASTER_KEY" in str(refused.value)
    assert wrong.master_key not in str(refused.value)
    file = settings.data_dir / "master.key"
    file.rename(settings.data_dir / "kept")
    with pytest.raises(MasterKeyError) as refused:
        master_keys.require(another_process(settings, app))
    assert "does not exist" in str(refused.value)
    assert not file.exists(), "a lost master key is not replaced in silence"
    (settings.data_dir / "kept").rename(file)
    master_keys.require(another_process(settings, app))


def test_a_master_key_missing_for_some_keys_stops_the_start_and_makes_it_not_ready(
    app: Flask, runtime: Runtime, settings: Settings
):
    key = give(runtime, make_provider())
    assert readiness.is_ready(runtime)
    with transaction() as session:
        session.get(SharedKeyRecord, key.id).master_key_id = "0" * 16
    assert not readiness.is_ready(runtime)
    with pytest.raises(MasterKeyError, match="0000000000000000"):
        master_keys.require(another_process(settings, app))


def test_own_keys_that_were_altered_stop_the_start(app: Flask, runtime: Runtime, settings: Settings):
    with transaction() as session:
        value = master_keys.settings.find(session, OwnKey.AUDIT.value)
        master_keys.settings.put(session, OwnKey.AUDIT.value, value[:-6], runtime.now())
    with pytest.raises(MasterKeyError, match="Restore the database"):
        master_keys.require(another_process(settings, app))


@pytest.fixture
def serving(app: Flask, runtime: Runtime) -> Iterator[list[BaseException]]:
    """A provider that is used without a pause while the test runs; what went wrong is in the list."""
    provider = make_provider("busy")
    give(runtime, provider)
    failed: list[BaseException] = []
    over = threading.Event()
    used = 0

    def use() -> None:
        nonlocal used
        with app.app_context():
            while not over.is_set():
                try:
                    assert endpoints.resolve(runtime, provider.id).endpoint.secret.reveal() == CANARY
                except BaseException as error:
                    failed.append(error)
                used += 1
                time.sleep(0.02)

    user = threading.Thread(target=use)
    user.start()
    yield failed
    over.set()
    user.join()
    assert used
    assert not failed


def command_line(settings: Settings) -> dict[str, str]:
    return {"PORTAL_DATABASE_URL": settings.database_url}


def test_a_rotation_killed_in_the_middle_is_resumed_while_the_portal_serves(
    runtime: Runtime, settings: Settings, serving: list[BaseException]
):
    many(runtime, make_provider(), 600)
    (old,) = runtime.vault.master_key_ids
    environ = command_line(settings)

    process = start(settings.data_dir, "keys", "rotate", **environ)
    while under(old) == 602 and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.communicate()
    left = under(old)
    assert 0 < left < 602, "killed in the middle"
    assert len(runtime.vault.master_key_ids) == 2
    newest = runtime.vault.master_key_ids[0]

    plan = master_key_rotation.plan(runtime)
    assert (plan.next, plan.left) == ("reencrypt", left)

    code, printed, complained = run(settings.data_dir, "keys", "rotate", "--retire", **environ)
    assert code == 0, complained
    assert f"Retired {old}" in printed
    assert (under(old), under(newest)) == (0, 602)
    assert runtime.vault.master_key_ids == (newest,)
    assert serving == []


def test_the_command_says_how_things_stand_and_changes_nothing_in_a_dry_run(app: Flask, runtime: Runtime):
    give(runtime, make_provider())
    before = runtime.vault.master_key_ids
    code, printed, complained = run_here(app, "keys", "rotate", "--dry-run")
    assert code == 0, complained
    assert "shared keys: 1 (1 under" in printed
    assert "would put a new master key first and re-encrypt 3 under it" in printed
    assert runtime.vault.master_key_ids == before
    assert CANARY not in printed + complained


def test_the_command_refuses_with_a_sentence_and_no_traceback(runtime: Runtime, settings: Settings):
    give(runtime, make_provider())
    key = (settings.data_dir / "master.key").read_text().strip()
    environ = command_line(settings) | {"PORTAL_MASTER_KEY": key}
    code, _, complained = run(settings.data_dir, "keys", "rotate", **environ)
    assert code == 1
    assert "flask keys new" in complained
    assert "Traceback" not in complained
    environ["PORTAL_MASTER_KEY"] = new_master_key()
    code, _, complained = run(settings.data_dir, "keys", "rotate", **environ)
    assert code == 1
    assert "under another master key" in complained
    assert "Traceback" not in complained


def test_a_new_key_is_printed_and_serves(app: Flask):
    printed = app.test_cli_runner().invoke(args=["keys", "new"]).output.strip()
    assert Vault.from_settings(Settings(master_key=printed)).master_key_ids
