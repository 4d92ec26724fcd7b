"""Starting the portal: settings, data directory, migrations, server. Every refusal is one sentence."""

import errno
import gc
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from portal import create_app
from portal.services.allowances import counting
from portal.services.allowances.counting import RedisMissing
from portal.services.chat import answering
from portal.services.encryption import master_keys
from portal.services.people import set_up
from portal.settings import Settings, SettingsError
from portal.store import schema
from portal.vault import MasterKeyError
from portal.web.context import runtime

DRAIN_SECONDS = 60
"""How long a stop waits for answers that are still arriving."""

MOST_CONNECTIONS = 4096

GARBAGE = (20_000, 20, 50)
"""How many objects more than were freed let the search for cycles begin, and how often it looks at older ones, too."""

THREADS_ELSEWHERE = 64
"""The threads of a server like gunicorn that nobody told the portal of. Too many would let answers take all of them."""


class CannotStart(Exception):
    """Why the portal does not start, in one sentence for the console."""


def build(settings: Settings | None = None) -> Flask:
    """The portal on its migrated database, ready to be served. Raises `CannotStart`."""
    try:
        settings = settings or _of_another_server(Settings.from_env())
        _claim(settings)
        schema.migrate(settings.database)
        app = create_app(settings)
        with app.app_context():
            master_keys.require(runtime())
            counting.require(runtime())
            set_up.make_first_administrator(runtime())
    except SettingsError as error:
        raise CannotStart("\n".join(error.faults)) from error
    except (MasterKeyError, schema.WrongRevision, schema.DatabaseUnusable, RedisMissing) as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise CannotStart(_storage_sentence(error)) from error
    settle_memory()
    return app


def settle_memory() -> None:
    """What is loaded by now stays: the search for unused cycles leaves it out, and comes when there is more to find.

    By its defaults it goes through some hundred thousand objects again and again, which costs an answer a tenth of its
    time. Nearly all that a request leaves behind is freed by its counts of references alone.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def _of_another_server(settings: Settings) -> Settings:
    """What holds under a server that has its own number of threads: unless it is told, a small one is assumed."""
    return settings if "threads" in settings.sources else replace(settings, threads=THREADS_ELSEWHERE)


def serve() -> int:
    """Serve until SIGTERM or Ctrl-C, then let running answers end. Returns the exit code."""
    try:
        settings = Settings.from_env()
        listener = _listen(settings)
        app = build(settings)
    except SettingsError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return 2
    except CannotStart as error:
        print(error, file=sys.stderr)
        return 1
    server = create_server(
        app,
        sockets=[listener],
        threads=settings.threads,
        _dispatcher=dispatcher(settings.threads),
        channel_request_lookahead=1,
        connection_limit=_connections(),
        channel_timeout=60,
        asyncore_use_poll=True,
        ident=None,
        clear_untrusted_proxy_headers=False,
        max_request_body_size=64 * 1024 * 1024,
    )
    with app.app_context():
        _say_what_to_open(settings, set_up.issue(runtime()))
    worker = WorkerBeside()
    _stop_kindly(server, worker)
    try:
        server.run()
    finally:
        worker.stop()
    return 0


class NewestFirst:
    """As much of a condition as waitress asks, that wakes the newest of those who wait. Hold the lock for all.

    Waitress wakes its threads in turn, so that a quiet server with hundreds of them goes through all, and each keeps
    what its stack and its caches once took. So a few do the work, and the others stay as small as they were.
    """

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock
        self._waiting: list[threading.Lock] = []

    def wait(self) -> None:
        mine = threading.Lock()
        mine.acquire()
        self._waiting.append(mine)
        self._lock.release()
        try:
            mine.acquire()
        finally:
            self._lock.acquire()

    def notify(self) -> None:
        if self._waiting:
            self._waiting.pop().release()

    def notify_all(self) -> None:
        while self._waiting:
            self.notify()


def dispatcher(threads: int) -> ThreadedTaskDispatcher:
    """So many threads, started and idle."""
    made = ThreadedTaskDispatcher()
    made.queue_cv = NewestFirst(made.lock)
    made.set_thread_count(threads)
    return made


class WorkerBeside:
    """`flask health watch` in a process of its own, begun and ended with the server, and begun again when it dies.

    Its standard input is a pipe that only this process holds open: it ends with the server, also when that is killed.
    """

    APP = f"{Path(__file__).with_name('__init__.py')}:worker_app"
    COMMAND = ("-m", "flask", "--app", APP, "health", "watch", "--beside")
    PAUSES = (1, 2, 5, 15, 60)
    """Seconds before it is begun again; the last one stays."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, name="worker-keeper", daemon=True)
        self._keeper.start()

    def end(self) -> None:
        """Ask it to finish what runs, and wait for nothing."""
        self._ending.set()
        with self._lock:
            if self._process and self._process.stdin:
                self._process.stdin.close()
                self._process.terminate()

    def stop(self) -> None:
        """The same, and wait until it has; after `DRAIN_SECONDS` its checks are left to run out."""
        self.end()
        self._keeper.join(DRAIN_SECONDS)
        if self._keeper.is_alive() and self._process:
            self._process.kill()

    def _keep(self) -> None:
        pauses, pause = iter(self.PAUSES), 0
        while not self._ending.wait(pause):
            with self._lock:
                if self._ending.is_set():
                    return
                self._process = subprocess.Popen([sys.executable, *self.COMMAND], stdin=subprocess.PIPE)  # noqa: S603
            begun = time.monotonic()
            code = self._process.wait()
            if time.monotonic() - begun > self.PAUSES[-1]:
                pauses = iter(self.PAUSES)
            pause = next(pauses, self.PAUSES[-1])
            if not self._ending.is_set():
                print(f"The worker of health checks ended ({code}). It is begun again in {pause} s.", file=sys.stderr)


def _connections() -> int:
    """How many connections may be open: browsers keep several each, and an idle one costs no thread, only a file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS * 2  # calls to providers, the database and temporary files need some as well
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 2)


def address(settings: Settings) -> str:
    """What to open in a browser on this machine."""
    if settings.public_url:
        return settings.public_url
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{host}:{settings.port}"


def _say_what_to_open(settings: Settings, set_up_path: str | None) -> None:
    print(f"LLM Portal is ready: {address(settings)}", flush=True)
    if set_up_path:
        print(
            f"Nobody has an account yet. Make the first administrator here, once:\n  {address(settings)}{set_up_path}",
            flush=True,
        )
    for variable in settings.ignored:
        print(f"{variable} was put here by Kubernetes and is ignored.", flush=True)


def _claim(settings: Settings) -> None:
    """Make the data directory and see that it can be written: better said now than at the first message."""
    directory = settings.data_dir
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=directory) as probe:
        probe.write(b"\0" * 65536)
        probe.flush()
        os.fsync(probe.fileno())


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotStart(
                f"Port {settings.port} on {settings.host} is taken, perhaps by a portal that runs already. "
                "Stop that one, or set PORTAL_PORT to another number."
            ) from error
        raise CannotStart(f"The portal cannot listen on {settings.host}:{settings.port}: {error.strerror}.") from error
    listener.listen(1024)
    return listener


def _storage_sentence(error: OSError) -> str:
    where = error.filename or "the data directory"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"The data directory cannot be written ({where}). "
            "Give this user the right to write there, or set PORTAL_DATA_DIR."
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk that holds the data directory is full. Free some space, then start again."
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return f"The data directory is not a directory ({where}). Set PORTAL_DATA_DIR to a directory."
    return f"The data directory cannot be used ({where}): {error.strerror}."


def _stop_kindly(server: Any, worker: WorkerBeside) -> None:
    """On SIGTERM stop listening, wait for running requests, then leave; a second signal leaves at once."""
    shutdown = server.task_dispatcher.shutdown
    server.task_dispatcher.shutdown = lambda cancel_pending=True, timeout=5: shutdown(
        cancel_pending, max(timeout, DRAIN_SECONDS)
    )

    def stop(_number: int, _frame: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Answers that are still not whole shortly before the end are closed in an orderly way, and keep their part.
        last_call = threading.Timer(DRAIN_SECONDS - 5, answering.wind_down)
        last_call.daemon = True
        last_call.start()
        worker.end()
        print("Stopping: no new requests; answers that are arriving may end.", flush=True)
        raise SystemExit(0)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
