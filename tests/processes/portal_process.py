"""A portal in a process of its own: what `python app.py` serves."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.processes.forked import ROOT, Forked
from tests.waiting import PATIENCE

ADMIN = {"PORTAL_ADMIN_EMAIL": "ada@example.org", "PORTAL_ADMIN_PASSWORD": "correct horse battery"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(**more: str) -> dict[str, str]:
    """This machine's environment without any setting of a portal, and without keys a provider could fall back to.

    Nor may it forbid Python to keep what it compiled, which would double the time of each start.
    """
    left_out = "PYTHONDONTWRITEBYTECODE"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", left_out))}
    return {name: value for name, value in kept.items() if not name.endswith("_API_KEY")} | more


class PortalProcess:
    """One running portal. `url` is where it listens; `output` is what it printed so far."""

    def __init__(self, data_dir: Path, port: int | None = None, *, from_nothing: bool = False, **environ: str) -> None:
        """`from_nothing` starts Python as a newcomer does; else a process that knows the portal already is forked."""
        self.data_dir = data_dir
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.parent / f"{data_dir.name}-{self.port}.log"
        self.log.touch()
        environment = clean_environment(PORTAL_DATA_DIR=str(data_dir), PORTAL_PORT=str(self.port), **environ)
        self.process: subprocess.Popen[bytes] | Forked
        if from_nothing:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
                )
        else:
            self.process = Forked(["app.py"], environment, self.log, self.log)

    @property
    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until_ready(self, seconds: float = PATIENCE) -> "PortalProcess":
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise AssertionError(f"the portal ended with {self.process.returncode}:\n{self.output}")
            try:
                if requests.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return self
            except (requests.ConnectionError, requests.Timeout):  # not listening yet, or slow on a busy machine
                pass
            time.sleep(0.05)
        raise AssertionError(f"the portal was not ready in {seconds} s:\n{self.output}")

    def wait(self, seconds: float = PATIENCE) -> int:
        return self.process.wait(seconds)

    def kill(self) -> None:
        """`kill -9`: no handler runs, nothing is flushed."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self, seconds: float = PATIENCE) -> int:
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@contextmanager
def running(data_dir: Path, *, from_nothing: bool = False, **environ: str) -> Iterator[PortalProcess]:
    portal = PortalProcess(data_dir, from_nothing=from_nothing, **environ)
    try:
        yield portal.wait_until_ready()
    finally:
        portal.kill()


class Browser:
    """An HTTP client that keeps cookies and fills in CSRF tokens, as a browser without scripts does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, **options: object) -> requests.Response:
        return self.session.get(self.url + path, timeout=PATIENCE, **options)

    def token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert found, f"{path} has no form"
        return found[1]

    def post(
        self, path: str, data: Mapping[str, object], page: str | None = None, **options: object
    ) -> requests.Response:
        """Open `page` (else the path itself), then send its form to `path`."""
        form = {"csrf_token": self.token(page or path)} | dict(data)
        return self.session.post(self.url + path, data=form, timeout=PATIENCE, **options)

    def sign_in(
        self, email: str = ADMIN["PORTAL_ADMIN_EMAIL"], password: str = ADMIN["PORTAL_ADMIN_PASSWORD"]
    ) -> "Browser":
        answer = self.post("/sign-in", {"email": email, "password": password})
        assert answer.status_code == 200, answer.text
        assert "/sign-in" not in answer.url, "not signed in"
        return self
