"""The first start: whoever comes first makes the master key and the portal's own keys, and everybody agrees."""

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from portal import create_app
from portal.dialects.secret import Secret
from portal.services.encryption import master_keys
from portal.settings import Settings
from portal.store.base import db
from portal.vault import MasterKeyError
from portal.web.context import runtime as runtime_of
from tests.waiting import PATIENCE


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, secret_key="tests")


def begin(settings: Settings, told: "multiprocessing.Queue[tuple[str, ...]]") -> None:
    with create_app(settings).app_context():
        master_keys.require(runtime_of())
        vault = runtime_of().vault
        told.put((*vault.master_key_ids, vault.fingerprint(Secret("one")), vault.mac(b"row")))


def test_processes_that_start_at_once_on_an_empty_portal_agree(settings: Settings):
    parents = multiprocessing.get_context("forkserver")
    parents.set_forkserver_preload(["tests.services.encryption.test_master_keys"])
    told: multiprocessing.Queue[tuple[str, ...]] = parents.Queue()
    processes = [parents.Process(target=begin, args=(settings, told)) for _ in range(4)]
    for process in processes:
        process.start()
    found = [told.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join(PATIENCE)
    assert [process.exitcode for process in processes] == [0] * 4
    assert len(set(found)) == 1
    assert [file.name for file in settings.data_dir.glob("master.key*")] == ["master.key"]


def test_a_second_portal_on_the_same_database_with_another_data_directory_does_not_start(
    settings: Settings, tmp_path: Path
):
    (tmp_path / "elsewhere").mkdir()
    with create_app(settings).app_context():
        master_keys.require(runtime_of())
        db.engine.dispose()
    other = Settings(data_dir=tmp_path / "elsewhere", database_url=settings.database_url, secret_key="tests")
    with create_app(other).app_context():
        with pytest.raises(MasterKeyError, match="does not exist"):
            master_keys.require(runtime_of())
        db.engine.dispose()
    assert list((tmp_path / "elsewhere").glob("master.key")) == []


def test_the_portals_own_keys_lie_encrypted_in_the_database(settings: Settings):
    with create_app(settings).app_context():
        master_keys.require(runtime_of())
        db.engine.dispose()
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT name, value FROM settings WHERE name LIKE 'vault.%' ORDER BY name")
        ).all()
    engine.dispose()
    assert [name for name, _ in rows] == ["vault.audit_key", "vault.fingerprint_key"]
    assert all("v1." in str(value) for _, value in rows)
