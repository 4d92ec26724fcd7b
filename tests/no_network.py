"""A test that reaches anything but this machine fails, whatever became of the attempt.

Enabled by `pytest_plugins = ["tests.no_network"]` in the outermost conftest. It listens to Python's own audit events,
so no library can slip past it; processes that a test starts are their own masters.
"""

import ipaddress
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

attempts: list[str] = []
"""What was reached for since the last test ended."""


class ReachedOutside(RuntimeError):
    """A test wanted to talk to a machine that is not this one."""


def is_here(host: Any) -> bool:
    """Whether a host as given to a socket means this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in (None, "", "localhost", "0.0.0.0", "::", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(str(host))
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _listen(event: str, args: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        sock, address = args
        if sock.family == socket.AF_UNIX or (isinstance(address, tuple) and is_here(address[0])):
            return
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        address = args[0]
        if is_here(address):
            return
    else:
        return
    attempts.append(f"{event} {address!r}")
    raise ReachedOutside(f"A test reached for {address!r}. Only this machine may be talked to.")


def pytest_configure(config: pytest.Config) -> None:
    if not getattr(sys, "_only_loopback", False):  # an audit hook cannot be taken out again
        sys.addaudithook(_listen)
        sys._only_loopback = True  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def only_loopback() -> Iterator[None]:
    """Fails the test that reached outside, even if its code swallowed the error."""
    yield
    reached = attempts.copy()
    attempts.clear()
    assert not reached, f"reached outside: {'; '.join(reached)}"
