"""The master key's file: made once, readable by its owner alone, replaced as a whole, read again when it changed."""

import multiprocessing
import stat
from pathlib import Path
from uuid import uuid4

import pytest

from portal.dialects.secret import Secret
from portal.settings import Settings
from portal.vault import MasterKeyError, Purpose, Undecryptable, Vault, new_master_key
from portal.vault.master_keys import KeyFile

PURPOSE = Purpose(uuid4(), uuid4(), "shared", "https://api.openai.com:443")


def of(directory: Path) -> Vault:
    return Vault.from_settings(Settings(data_dir=directory))


def make(directory: Path) -> tuple[str, ...]:
    made = of(directory)
    made.make()
    return made.master_key_ids


def test_the_file_is_made_with_mode_0600_and_leaves_no_draft(tmp_path: Path):
    assert len(make(tmp_path)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path):
    parents = multiprocessing.get_context("forkserver")
    parents.set_forkserver_preload(["tests.vault.test_master_keys"])
    with parents.Pool(4) as pool:
        found = pool.map(make, [tmp_path] * 8)
    assert len(set(found)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["master.key"]


def test_a_running_process_takes_a_new_key_from_the_file(tmp_path: Path):
    make(tmp_path)
    serving, other = of(tmp_path), of(tmp_path)
    (old,) = serving.master_key_ids
    other.source.prepend(old)
    encrypted = other.encrypt(Secret("fresh"), PURPOSE)
    assert encrypted.master_key_id != old
    assert serving.knows(encrypted.master_key_id)
    assert serving.decrypt(encrypted.text, PURPOSE) == Secret("fresh")


def test_a_running_process_encrypts_under_the_new_key_at_once(tmp_path: Path):
    make(tmp_path)
    serving, other = of(tmp_path), of(tmp_path)
    (old,) = serving.master_key_ids
    other.source.prepend(old)
    assert serving.encrypt(Secret("later"), PURPOSE).master_key_id == other.master_key_ids[0] != old


def test_two_rotations_at_once_make_one_new_key(tmp_path: Path):
    (old,) = make(tmp_path)
    file = KeyFile(tmp_path / "master.key")
    file.prepend(old)
    file.prepend(old)
    assert len(file.read()) == 2
    assert file.read()[1].id == old
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_removing_keys_leaves_the_others(tmp_path: Path):
    (old,) = make(tmp_path)
    file = KeyFile(tmp_path / "master.key")
    file.prepend(old)
    newest = file.read()[0].id
    file.remove(frozenset({old}))
    assert [key.id for key in file.read()] == [newest]


def test_an_unknown_id_stays_unknown_and_a_file_that_went_away_takes_nothing_from_a_running_process(tmp_path: Path):
    make(tmp_path)
    serving = of(tmp_path)
    encrypted = serving.encrypt(Secret("kept"), PURPOSE)
    assert not serving.knows("0" * 16)
    assert not serving.knows("")
    (tmp_path / "master.key").write_text("garbage")
    assert not serving.knows("0" * 16)
    assert serving.decrypt(encrypted.text, PURPOSE) == Secret("kept")
    with pytest.raises(MasterKeyError):
        serving.encrypt(Secret("more"), PURPOSE)
    with pytest.raises(MasterKeyError):
        _ = of(tmp_path).master_key_ids


def test_keys_in_a_named_file_may_be_parted_by_commas_or_lines(tmp_path: Path):
    keys = [new_master_key() for _ in range(3)]
    file = tmp_path / "keys"
    file.write_text(f"{keys[0]}\n{keys[1]}, {keys[2]}\n")
    settings = Settings.from_env({"PORTAL_MASTER_KEY_FILE": str(file), "PORTAL_DATA_DIR": str(tmp_path / "data")})
    found = Vault.from_settings(settings)
    assert len(found.master_key_ids) == 3
    assert found.source.name == str(file)
    assert found.source.rotates


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path):
    missing = KeyFile(tmp_path / "nowhere" / "master.key")
    with pytest.raises(MasterKeyError, match="cannot be written"):
        missing.make()


def test_a_key_that_was_retired_by_another_process_does_not_decrypt_in_a_new_one(tmp_path: Path):
    (old,) = make(tmp_path)
    first = of(tmp_path)
    encrypted = first.encrypt(Secret("old"), PURPOSE)
    first.source.prepend(old)
    first.source.remove(frozenset({old}))
    with pytest.raises(Undecryptable):
        of(tmp_path).decrypt(encrypted.text, PURPOSE)
