"""Looking names up, with a limit: the system's own lookup has none, and cannot be stopped."""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from portal.domain.faults import Category, Fault, UpstreamError

Row = tuple[Any, Any, int, str, Any]
"""As `socket.getaddrinfo` gives them: family, type, protocol, canonical name, socket address."""
LookUp = Callable[..., Sequence[Row]]


class Resolver:
    """Lookups in threads of their own, at most `slots` at once; one that hangs keeps its slot and nobody waits.

    `look_up` is called like `socket.getaddrinfo(host, port, family, type)`.
    """

    def __init__(self, look_up: LookUp, slots: int = 32) -> None:
        self._look_up = look_up
        self._slots = threading.BoundedSemaphore(slots)

    def addresses(self, host: str, port: int, seconds: float) -> Sequence[Row]:
        """The addresses of `host`. Raises `UpstreamError`: dns, timeout, or endpoint when it cannot be a name."""
        late = Fault(
            Category.TIMEOUT,
            f"Looking up {host} took longer than {seconds:.3g} s.",
            "The name server of this machine is slow or out of reach. Try again in a moment.",
        )
        if not self._slots.acquire(timeout=seconds):
            raise UpstreamError(late)
        found: Future[Sequence[Row]] = Future()
        threading.Thread(target=self._run, args=(found, host, port), name="wire-resolve", daemon=True).start()
        try:
            rows = found.result(timeout=seconds)
        except TimeoutError:
            rows, fault = (), late
        except socket.gaierror as error:
            rows, fault = (), _fault_of(error, host)
        except UnicodeError:
            rows, fault = (), Fault(Category.ENDPOINT, f"{host} cannot be the name of a host.")
        else:
            fault = Fault(Category.DNS, f"{host} has no address.")
        if not rows:
            raise UpstreamError(fault)
        return rows

    def _run(self, found: "Future[Sequence[Row]]", host: str, port: int) -> None:
        try:
            found.set_result(self._look_up(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM))
        except BaseException as error:  # it belongs to whoever waits
            found.set_exception(error)
        finally:
            self._slots.release()


def _fault_of(error: socket.gaierror, host: str) -> Fault:
    """An unknown name comes without a hint: what part of it is wrong, the type of provider knows better."""
    if error.errno == socket.EAI_AGAIN:
        return Fault(
            Category.DNS,
            f"The name server did not answer for {host}.",
            "Check this machine's network and name server, then try again.",
        )
    return Fault(Category.DNS, f"No host is called {host}.")
