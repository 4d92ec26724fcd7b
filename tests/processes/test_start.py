"""Starting the portal on a fresh machine, twice, and where it cannot start: one clear sentence each time."""

import contextlib
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from portal.serving import build
from portal.settings import Settings
from portal.web.admission import EXTENSION, Waits
from tests.processes.portal_process import ADMIN, ROOT, Browser, PortalProcess, clean_environment, free_port, running
from tests.waiting import PATIENCE


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PortalProcess]:
    """One portal for the tests that only look at it."""
    with running(tmp_path_factory.mktemp("started") / "data", from_nothing=True, **ADMIN) as portal:
        yield portal


def start_in_vain(**environ: str) -> tuple[int, list[str]]:
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=clean_environment(**environ),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return ended.returncode, (ended.stdout + ended.stderr).strip().splitlines()


def test_a_first_start_prints_what_to_open_and_a_link_that_works_once(tmp_path: Path):
    with running(tmp_path / "data", from_nothing=True) as portal:
        assert f"LLM Portal is ready: {portal.url}" in portal.output
        path = next(line for line in portal.output.splitlines() if "/set-up/" in line).strip().removeprefix(portal.url)
        browser = Browser(portal.url)
        form = {
            "name": "Ada Marsh",
            "email": "ada@example.org",
            "password": ADMIN["PORTAL_ADMIN_PASSWORD"],
            "again": ADMIN["PORTAL_ADMIN_PASSWORD"],
        }
        assert browser.post(path, form).status_code == 200
        assert Browser(portal.url).get(path).status_code == 404
        Browser(portal.url).sign_in()
    for name in ("portal.sqlite3", "master.key", "secret.key"):
        assert (tmp_path / "data" / name).exists()
    for name in ("master.key", "secret.key"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600


def test_it_serves_on_wal_and_answers_health_questions(started: PortalProcess):
    assert (started.data_dir / "portal.sqlite3-wal").exists()
    assert requests.get(f"{started.url}/healthz", timeout=PATIENCE).text == "ok\n"
    assert requests.get(f"{started.url}/readyz", timeout=PATIENCE).text == "ready\n"


def test_a_second_start_on_the_same_port_says_so(started: PortalProcess):
    code, told = start_in_vain(PORTAL_DATA_DIR=str(started.data_dir), PORTAL_PORT=str(started.port))
    assert code == 1
    assert len(told) == 1
    assert f"Port {started.port}" in told[0]
    assert "PORTAL_PORT" in told[0]


def test_a_port_that_something_else_holds_is_named(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, told = start_in_vain(PORTAL_DATA_DIR=str(tmp_path), PORTAL_PORT=str(port))
    assert code == 1
    assert len(told) == 1
    assert str(port) in told[0]


def test_a_second_process_on_the_same_data_serves_too(started: PortalProcess):
    with running(started.data_dir, from_nothing=True, **ADMIN) as two:
        Browser(started.url).sign_in()
        Browser(two.url).sign_in()


def in_a_small_room(tmp_path: Path, *, size: str, after: str = "true") -> tuple[int, list[str]]:
    """Start the portal on a file system of `size` in a namespace of its own; `after` runs once it is mounted."""
    room = tmp_path / "room"
    room.mkdir()
    script = f'mount -t tmpfs -o size={size} tmpfs "{room}" && {after} && exec "{sys.executable}" app.py'
    ended = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script],
        cwd=ROOT,
        env=clean_environment(PORTAL_DATA_DIR=str(room), PORTAL_PORT=str(free_port())),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return ended.returncode, (ended.stdout + ended.stderr).strip().splitlines()


def test_a_read_only_data_directory_is_one_sentence(tmp_path: Path):
    code, told = in_a_small_room(tmp_path, size="1m", after=f'mount -o remount,ro "{tmp_path / "room"}"')
    assert code == 1
    assert len(told) == 1
    assert "cannot be written" in told[0]
    assert "PORTAL_DATA_DIR" in told[0]


@pytest.mark.parametrize("size", ["16k", "128k"])
def test_a_full_disk_is_one_sentence(tmp_path: Path, size: str):
    """Too small for anything, and too small for the database alone."""
    code, told = in_a_small_room(tmp_path, size=size)
    assert code == 1
    assert len(told) == 1, told
    assert "full" in told[0]


def test_a_data_directory_that_is_a_file_is_one_sentence(tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    code, told = start_in_vain(PORTAL_DATA_DIR=str(file), PORTAL_PORT=str(free_port()))
    assert code == 1
    assert len(told) == 1
    assert "not a directory" in told[0]


def test_every_wrong_setting_is_named_at_once(tmp_path: Path):
    code, told = start_in_vain(PORTAL_DATA_DIR=str(tmp_path), PORTAL_PROT="1", PORTAL_THREADS="many")
    assert code == 2
    assert len(told) == 2


def test_a_database_that_does_not_answer_is_one_sentence_without_its_password(tmp_path: Path):
    address = f"postgresql://portal:hunter2@127.0.0.1:{free_port()}/portal"
    code, told = start_in_vain(PORTAL_DATA_DIR=str(tmp_path), PORTAL_PORT=str(free_port()), PORTAL_DATABASE_URL=address)
    assert code == 1
    assert len(told) == 1, told
    assert "hunter2" not in told[0]


def test_a_redis_that_does_not_answer_is_one_sentence_without_its_password(tmp_path: Path):
    address = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    code, told = start_in_vain(PORTAL_DATA_DIR=str(tmp_path), PORTAL_PORT=str(free_port()), PORTAL_REDIS_URL=address)
    assert code == 1
    (sentence,) = told
    assert sentence.startswith("PORTAL_REDIS_URL is set, but no Redis counts there: nothing answers there.")
    command = [sys.executable, "-m", "flask", "--app", "app", "health", "run"]
    environ = clean_environment(PORTAL_DATA_DIR=str(tmp_path), PORTAL_REDIS_URL=address)
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=PATIENCE)
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr


def test_the_flask_command_and_a_wsgi_server_find_the_same_door(tmp_path: Path):
    environ = clean_environment(PORTAL_DATA_DIR=str(tmp_path / "data"))
    ended = subprocess.run(
        [sys.executable, "-c", "from app import app; print(app.name)"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.stdout.strip() == "portal", ended.stderr


def test_sigterm_ends_with_code_zero(tmp_path: Path):
    portal = PortalProcess(tmp_path / "data", from_nothing=True, **ADMIN).wait_until_ready()
    assert portal.stop() == 0
    assert os.path.exists(tmp_path / "data" / "portal.sqlite3")


def test_many_connections_on_which_nobody_speaks_keep_nobody_out(started: PortalProcess):
    with contextlib.ExitStack() as held:
        for _ in range(250):
            idle = held.enter_context(socket.create_connection(("127.0.0.1", started.port), timeout=PATIENCE))
            idle.sendall(b"GET / HT")
        assert requests.get(f"{started.url}/healthz", timeout=PATIENCE).text == "ok\n"


def test_a_stranger_has_no_large_form_read(started: PortalProcess):
    browser = Browser(started.url)
    answer = browser.session.post(f"{started.url}/sign-in", data={"email": "x" * 1024 * 1024}, timeout=PATIENCE)

    assert answer.status_code == 413
    assert "This page takes 128 KiB at most." in answer.text
    assert browser.get("/sign-in").status_code == 200


def test_a_server_with_threads_of_its_own_has_few_unless_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTAL_DATA_DIR", str(tmp_path))
    assert build().extensions[EXTENSION].bounds[Waits.ANSWER] == 56
    monkeypatch.setenv("PORTAL_THREADS", "300")
    assert build().extensions[EXTENSION].bounds[Waits.ANSWER] == 263
    assert build(Settings(data_dir=tmp_path)).extensions[EXTENSION].bounds[Waits.ANSWER] == 560
