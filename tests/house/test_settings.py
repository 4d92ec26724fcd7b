"""Settings are strict, name all faults at once, and every one of them is in the README."""

from dataclasses import fields
from pathlib import Path

import pytest

from portal.settings import Settings, SettingsError

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
NAMES = [f"PORTAL_{item.name.upper()}" for item in fields(Settings) if "read" in item.metadata]


def faults_of(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env(environ)
    return caught.value.faults


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_is_documented(name: str):
    assert f"`{name}`" in README


def test_all_faults_are_named_at_once():
    faults = faults_of({"PORTAL_PROT": "8000", "PORTAL_THREADS": "many", "PORTAL_LOG_FORMAT": "xml", "PORTAL_HOST": ""})
    assert len(faults) == 4
    assert any("PORTAL_PROT is not a setting" in fault for fault in faults)
    assert any("whole number" in fault for fault in faults)


def test_a_secret_setting_is_read_from_a_file_and_never_told(tmp_path: Path):
    file = tmp_path / "password"
    file.write_text("correct horse battery\n", encoding="utf-8")
    settings = Settings.from_env({"PORTAL_ADMIN_EMAIL": "ada@example.org", "PORTAL_ADMIN_PASSWORD_FILE": str(file)})
    assert settings.admin_password == "correct horse battery"
    assert "horse" not in repr(settings)


def test_a_value_and_its_file_do_not_compete(tmp_path: Path):
    file = tmp_path / "key"
    file.write_text("x", encoding="utf-8")
    faults = faults_of({"PORTAL_SECRET_KEY": "a", "PORTAL_SECRET_KEY_FILE": str(file)})
    assert faults == ["PORTAL_SECRET_KEY and PORTAL_SECRET_KEY_FILE are both set. Keep one."]


def test_a_file_that_cannot_be_read_is_named():
    assert "no such file" in faults_of({"PORTAL_MASTER_KEY_FILE": "/nowhere/key"})[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PORT", "tcp://10.0.0.1:8000"),
        ("PORTAL_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
        ("PORTAL_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("PORTAL_SERVICE_HOST", "10.0.0.1"),
        ("PORTAL_SERVICE_PORT_HTTP", "8000"),
    ],
)
def test_what_kubernetes_injects_is_ignored_by_name(name: str, value: str):
    settings = Settings.from_env({name: value})
    assert settings.ignored == (name,)
    assert settings.port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_PORT", "0"),
        ("PORTAL_PORT", "65536"),
        ("PORTAL_PORT", "８０００"),
        ("PORTAL_PUBLIC_URL", "portal.example.org"),
        ("PORTAL_PUBLIC_URL", "ftp://portal.example.org"),
        ("PORTAL_DATABASE_URL", "mysql://localhost/portal"),
        ("PORTAL_PRIVATE_NETWORKS", "10.0.0.0/33"),
        ("PORTAL_PRIVATE_NETWORKS", "maybe"),
        ("PORTAL_TRUSTED_PROXIES", "-1"),
        ("PORTAL_EGRESS_PROXY", "proxy:3128"),
        ("PORTAL_REDIS_URL", "http://localhost"),
    ],
)
def test_a_malformed_value_is_refused(name: str, value: str):
    assert len(faults_of({name: value})) == 1


def test_a_bad_secret_is_not_repeated():
    fault = faults_of({"PORTAL_DATABASE_URL": "mysql://portal:hunter2@localhost/portal"})[0]
    assert "hunter2" not in fault


def test_a_postgresql_address_gets_its_driver():
    assert Settings.from_env({"PORTAL_DATABASE_URL": "postgres://u@h/d"}).database == "postgresql+psycopg://u@h/d"


def test_private_networks_may_be_a_list():
    settings = Settings.from_env({"PORTAL_PRIVATE_NETWORKS": "10.0.0.0/8, fd00::/8"})
    assert settings.private_networks == ("10.0.0.0/8", "fd00::/8")
