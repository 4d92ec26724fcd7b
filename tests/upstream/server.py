"""A socket, a thread per connection, and rules that say what each request meets."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from tests.upstream import amazon, azure, certificates, google, local, providers, small, steps
from tests.upstream.exchange import Exchange, Left, Request, read_request
from tests.waiting import PATIENCE

Step = Callable[[Exchange], None]

NOT_FOUND = steps.respond(404, text="404 page not found")


@dataclass
class Rule:
    """Which requests meet which steps: one step per request in turn, the last one for all that follow."""

    steps: list[Step]
    path: str | None
    method: str | None
    times: int | None

    def fits(self, request: Request) -> bool:
        return (
            self.times != 0
            and self.path in (None, request.path, request.target)
            and self.method in (None, request.method)
        )

    def take(self) -> Step:
        if self.times is not None:
            self.times -= 1
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]


class Upstream:
    """A provider that does what a test scripts.

    Rules scripted later are tried first; a request that fits none goes to `handler`, else gets a plain 404.

    `tls` is None or one of `certificates.KINDS`. `mute` never reads a byte, so a TLS handshake hangs too.
    """

    def __init__(self, tls: str | None = None, *, handler: Step | None = None, mute: bool = False) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.left = 0  # answers that the client did not stay for
        self.stopping = threading.Event()
        self.go = threading.Event()
        self._tls, self._handler, self._mute = tls, handler, mute
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._socks: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]

    @property
    def origin(self) -> str:
        return self.url_for("127.0.0.1")

    url = origin

    @property
    def handler(self) -> Any:
        """The provider that answers what no rule does."""
        return self._handler

    @property
    def base_url(self) -> str:
        """What one would type into a provider's form."""
        return f"{self.origin}/v1"

    @property
    def ca_bundle(self) -> str:
        return certificates.ca_bundle()

    def url_for(self, host: str) -> str:
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    def script(self, *todo: Step, path: str | None = None, method: str | None = None, times: int | None = None) -> None:
        """The next fitting requests meet these steps in turn, the last one again and again.

        `times` limits the requests that this rule takes in all; the older rules come back after them.
        """
        with self._lock:
            self._rules.insert(0, Rule(list(todo), path, method, times))

    def respond(
        self,
        status: int = 200,
        *,
        json: Any = None,
        text: str | None = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        method: str | None = None,
        times: int | None = None,
    ) -> None:
        """Answer with this, whole."""
        step = steps.respond(status, json=json, text=text, body=body, headers=headers)
        self.script(step, path=path, method=method, times=times)

    def stream_sse(
        self,
        frames: Iterable[steps.Frame],
        *,
        delay: float = 0.0,
        drop_after: int | None = None,
        drop: str = "reset",
        framing: str = "chunked",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        path: str | None = None,
        method: str | None = None,
        times: int | None = None,
    ) -> None:
        """Answer with server-sent events; `steps.sse` says what a frame may be."""
        step = steps.sse(
            frames,
            delay=delay,
            drop_after=drop_after,
            drop=drop,
            framing=framing,
            status=status,
            headers=headers,
        )
        self.script(step, path=path, method=method, times=times)

    def forget(self) -> None:
        """Drop the rules and what was recorded."""
        with self._lock:
            self._rules.clear()
            self.requests.clear()

    def refuse(self) -> None:
        """Stop listening and drop every connection: from now on the port refuses."""
        # shutdown ends the wait of the accepting thread; a bare close would leave it (and the port) inside accept()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop_all()

    def wait_until(self, claim: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Whether `claim` becomes true in time, as `up.wait_until(lambda: up.left == 1)`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if claim():
                return True
            time.sleep(0.005)
        return claim()

    @classmethod
    def openai(cls, **wishes: Any) -> "Upstream":
        """A fake OpenAI; `providers.OpenAI` says what may be wished for."""
        return cls(wishes.pop("tls", None), handler=providers.OpenAI(**wishes))

    @classmethod
    def anthropic(cls, **wishes: Any) -> "Upstream":
        """A fake Anthropic; `providers.Anthropic` says what may be wished for."""
        return cls(wishes.pop("tls", None), handler=providers.Anthropic(**wishes))

    @classmethod
    def gemini(cls, **wishes: Any) -> "Upstream":
        """A fake Gemini; `google.Gemini` says what may be wished for."""
        return cls(wishes.pop("tls", None), handler=google.Gemini(**wishes))

    @classmethod
    def vertex(cls, **wishes: Any) -> "Upstream":
        """A fake Vertex with a token endpoint at `/token`; `google.Vertex` says what may be wished for."""
        return cls(wishes.pop("tls", None), handler=google.Vertex(**wishes))

    @classmethod
    def bedrock(cls, **wishes: Any) -> "Upstream":
        """A Bedrock that checks signatures; `amazon.Bedrock` says what may be wished for."""
        return cls(wishes.pop("tls", None), handler=amazon.Bedrock(**wishes))

    @classmethod
    def azure(cls, **wishes: Any) -> "Upstream":
        """A resource of Azure OpenAI; `azure.Azure` says what may be wished for."""
        return cls(wishes.pop("tls", None), handler=azure.Azure(**wishes))

    @classmethod
    def small(cls, type: str, **wishes: Any) -> "Upstream":
        """One of the smaller vendors or gateways, by its type; `small.QUIRKS` names them."""
        return cls(wishes.pop("tls", None), handler=small.Small(type=type, **wishes))

    @classmethod
    def local(cls, type: str, **wishes: Any) -> "Upstream":
        """A server on one's own machine, by its type; `local.LISTINGS` names them."""
        return cls(wishes.pop("tls", None), handler=local.Local(type=type, **wishes))

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    start = __enter__

    def stop(self) -> None:
        self.stopping.set()
        self.refuse()
        for thread in list(self._threads):
            thread.join(5)

    def _start(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, name="upstream", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _drop_all(self) -> None:
        with self._lock:
            for sock in self._socks:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            self._threads[:] = [thread for thread in self._threads if thread.is_alive()]
            self._start(self._serve, sock, number)

    def _serve(self, sock: socket.socket, number: int) -> None:
        with self._lock:
            self._socks.add(sock)
        held = sock
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._mute:
                self.stopping.wait()
            elif self._tls:
                with certificates.server_context(self._tls).wrap_socket(
                    sock, server_side=True, do_handshake_on_connect=False
                ) as sock:
                    with self._lock:
                        self._socks.discard(held)
                        held = sock
                        self._socks.add(held)
                    sock.do_handshake()
                    self._exchange(sock, number)
            else:
                self._exchange(sock, number)
        except (OSError, ValueError):
            pass  # a client that disconnects is no failure of the upstream
        finally:
            with self._lock:
                self._socks.discard(held)
            held.close()

    def _exchange(self, sock: socket.socket, number: int) -> None:
        with sock.makefile("rb") as incoming:
            while not self.stopping.is_set():
                request = read_request(incoming, number)
                if request is None:
                    return
                if not request.method:  # not HTTP, most likely the first bytes of a TLS handshake
                    sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                exchange = Exchange(self, sock, request)
                with self._lock:
                    self.requests.append(request)
                    rule = next((rule for rule in self._rules if rule.fits(request)), None)
                    step = rule.take() if rule else self._handler or steps.respond(404, text="404 page not found")
                try:
                    step(exchange)
                except Left:
                    self.left += 1
                    return
                if not exchange.open or request.headers.get("connection", "").lower() == "close":
                    return
