"""Real servers as processes of their own, each on one processor, and what a streamed answer costs each of them.

The portal is `python app.py`, its worker of health checks not counted; beside it the bare relay under waitress and,
where a Python with `litellm[proxy]` is named, LiteLLM's proxy without a database. Each is asked over a connection that
stays open, as a browser does.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import Flask

from benchmarks.pages import signed_in
from portal.web.context import runtime as runtime_of
from tests.chatting import KEY

ROOT = Path(__file__).parents[1]
SERVER, OTHERS = 0, 1
"""The processor of the servers that are measured, and that of everything else."""

PATIENCE = 900.0
"""Seconds that a server has to answer first."""

QUESTION = [{"role": "system", "content": "You are terse."}, {"role": "user", "content": "One?"}]


def pin(pid: int, processor: int) -> None:
    """On this processor alone, where the machine has it and allows it."""
    if processor in os.sched_getaffinity(0) or (os.cpu_count() or 1) > processor:
        os.sched_setaffinity(pid, {processor})


def worked(pid: int) -> float:
    """Seconds of processor time, user and system, that all threads of a process took so far, ended ones too."""
    return time.clock_gettime((~pid << 3) | 2)  # CPUCLOCK_SCHED of that process, as clock_getcpuclockid gives it


@dataclass(frozen=True)
class Served:
    """One server that runs, and how it is asked for one streamed answer: a path, headers, and a body made anew."""

    name: str
    pid: int
    port: int
    question: Callable[[str], tuple[str, bytes, dict[str, str]]]
    whole: bytes

    def ask(self, connection: HTTPConnection, model: str) -> bytes:
        path, body, headers = self.question(model)
        connection.request("POST", path, body, {"Accept": "text/event-stream", **headers})
        told = connection.getresponse().read()
        assert self.whole in told, (self.name, told[-2000:])
        return told

    @contextmanager
    def connected(self) -> Iterator[HTTPConnection]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            yield connection
        finally:
            connection.close()

    def answers(self, count: int, model: str) -> float:
        """The processor time of one answer, of so many in a row, in seconds."""
        with self.connected() as connection:
            self.ask(connection, model)
            began = worked(self.pid)
            for _ in range(count):
                self.ask(connection, model)
            return (worked(self.pid) - began) / count

    def at_once(self, count: int, model: str) -> float:
        """The processor time of one answer, of so many at once, in seconds."""

        def one() -> None:
            with self.connected() as connection:
                self.ask(connection, model)

        threads = [threading.Thread(target=one) for _ in range(count)]
        began = worked(self.pid)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return (worked(self.pid) - began) / count


@contextmanager
def portal(app: Flask, models: dict[str, UUID], name: str = "portal") -> Iterator[Served]:
    """The portal on the database of this app, asked by Ada; `models` are the ids of the models by their names."""
    settings, port = runtime_of().settings, _free_port()
    variables = {
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_DATABASE_URL": settings.database.replace("postgresql+psycopg://", "postgresql://"),
        "PORTAL_SECRET_KEY": settings.secret_key,
        "PORTAL_MASTER_KEY": settings.master_key,
        "PORTAL_PORT": str(port),
    }
    client = signed_in(app)
    token = client.csrf_token()
    cookie = client.get_cookie("portal")
    assert cookie

    def question(model: str) -> tuple[str, bytes, dict[str, str]]:
        typed = {"csrf_token": token, "client_id": str(uuid4()), "new": "yes", "text": "One?", "model": models[model]}
        headers = {"Cookie": f"portal={cookie.value}", "Content-Type": "application/x-www-form-urlencoded"}
        return f"/chat/{uuid4()}/turns", urlencode(typed).encode(), headers

    with _running([sys.executable, "app.py"], port, variables) as pid:
        yield Served(name, pid, port, question, b'"state": "complete"')


@contextmanager
def gateway(token: str, name: str = "gateway", **more: str) -> Iterator[Served]:
    """The portal's gateway on the database of the current app, asked with this access token; `more` are variables."""
    settings, port = runtime_of().settings, _free_port()
    variables = {
        "PORTAL_DATA_DIR": str(settings.data_dir),
        "PORTAL_DATABASE_URL": settings.database.replace("postgresql+psycopg://", "postgresql://"),
        "PORTAL_SECRET_KEY": settings.secret_key,
        "PORTAL_MASTER_KEY": settings.master_key,
        "PORTAL_PORT": str(port),
    }
    with _running([sys.executable, "app.py"], port, variables | more) as pid:
        yield Served(name, pid, port, openai({"Authorization": f"Bearer {token}"}), b"[DONE]")


def asked_whole(server: Served) -> Served:
    """The same server, asked for the whole answer at once."""

    def question(model: str) -> tuple[str, bytes, dict[str, str]]:
        path, body, headers = server.question(model)
        asked = {name: value for name, value in json.loads(body).items() if not name.startswith("stream")}
        return path, json.dumps(asked).encode(), headers

    return replace(server, question=question, whole=b'"usage"')


def openai(headers: dict[str, str]) -> Callable[[str], tuple[str, bytes, dict[str, str]]]:
    """How an OpenAI client asks, with these headers."""

    def question(model: str) -> tuple[str, bytes, dict[str, str]]:
        body = {"model": model, "stream": True, "stream_options": {"include_usage": True}, "messages": QUESTION}
        return "/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json", **headers}

    return question


@contextmanager
def relay(base_url: str, threads: int = 64) -> Iterator[Served]:
    port = _free_port()
    command = [sys.executable, str(ROOT / "benchmarks/bare_relay.py"), str(port), base_url, KEY, str(threads)]
    with _running(command, port, {}) as pid:
        yield Served("bare relay", pid, port, openai({}), b"[DONE]")


@contextmanager
def litellm(python: Path, base_url: str, models: Sequence[str]) -> Iterator[Served]:
    """LiteLLM's proxy, by the Python of its environment."""
    port, key = _free_port(), "sk-benchmark"
    config = {
        "model_list": [
            {
                "model_name": name,
                "litellm_params": {"model": f"openai/{name}", "api_base": base_url, "api_key": KEY},
            }
            for name in models
        ],
        "litellm_settings": {"num_retries": 0, "telemetry": False, "drop_params": True, "request_timeout": 120},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "general_settings": {"master_key": key},
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(json.dumps(config))  # JSON is YAML
        command = [str(python), str(python.with_name("litellm")), "--config", str(file)]
        command += ["--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
        with _running(command, port, {"LITELLM_LOG": "ERROR", "LITELLM_MODE": "PRODUCTION"}) as pid:
            yield Served("LiteLLM", pid, port, openai({"Authorization": f"Bearer {key}"}), b"[DONE]")


@contextmanager
def provider() -> Iterator[str]:
    """The address of a provider that answers with 43 events; `benchmarks/provider.py` says how."""
    port = _free_port()
    command = [sys.executable, str(ROOT / "benchmarks/provider.py"), str(port), KEY]
    with _running(command, port, {}, OTHERS):
        yield f"http://127.0.0.1:{port}/v1"


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _running(command: list[str], port: int, variables: dict[str, str], processor: int = SERVER) -> Iterator[int]:
    """The process of this command, once it listens, until it is ended."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    process = subprocess.Popen(command, cwd=ROOT, env=environment | variables, stdout=subprocess.DEVNULL)
    try:
        pin(process.pid, processor)
        until = time.monotonic() + PATIENCE
        while True:
            assert process.poll() is None, f"{command[0]} ended"
            assert time.monotonic() < until, f"{command[0]} does not listen"
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        process.wait()
