import socket

import pytest

from portal.demo.ports import LOOPBACK, NoFreePort, free_port, is_free


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind((LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_is_passed_over(taken):
    chosen = free_port(taken)
    assert taken < chosen <= taken + 50
    assert is_free(chosen)


def test_a_port_whose_ipv6_twin_is_taken_is_not_free(taken):
    free = free_port(taken)
    with socket.socket(socket.AF_INET6) as server:
        try:
            server.bind(("::1", free))
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
        server.listen()
        assert not is_free(free)


def test_no_free_port_is_said_plainly(taken):
    with pytest.raises(NoFreePort, match=f"from {taken} to {taken}"):
        free_port(taken, others=0)
