"""Tests talk to this machine and to nobody else."""

import socket

import pytest


def test_another_machine_is_out_of_reach() -> None:
    with socket.socket() as ours, pytest.raises(RuntimeError, match=r"asked for 192\.0\.2\.1"):
        ours.connect(("192.0.2.1", 443))


def test_another_name_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match=r"asked for desk\.example"):
        socket.create_connection(("desk.example", 443))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_within_reach(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        socket.create_connection((host, listening.getsockname()[1])).close()
