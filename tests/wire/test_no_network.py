"""The guard that keeps the tests on this machine is itself tested, without anything leaving."""

import socket

import pytest

from tests import no_network
from tests.no_network import ReachedOutside, is_here


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost", None, b"127.0.0.1"])
def test_this_machine_may_be_connected_to(host):
    assert is_here(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "example.org", "::ffff:192.0.2.1", "2001:db8::1"])
def test_no_other_machine_may(host):
    assert not is_here(host)


def test_a_connection_outwards_raises_and_is_remembered():
    with socket.socket() as sock, pytest.raises(ReachedOutside):
        sock.connect(("192.0.2.1", 9))
    with pytest.raises(ReachedOutside):
        socket.getaddrinfo("example.org", 443)
    assert len(no_network.attempts) == 2
    no_network.attempts.clear()
