"""Ports for what a test starts: none that a connection, or another test, is given meanwhile."""

from __future__ import annotations

import random
import socket
import subprocess
import time

FIRST, LAST = 20_000, 32_000
"""Below those that Linux gives to connections by itself (net.ipv4.ip_local_port_range, from 32768)."""
_chance = random.SystemRandom()  # tests begin with the same seed, and run beside each other


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    held: list[socket.socket] = []
    while len(held) < count:
        one = socket.socket()
        try:
            one.bind(("127.0.0.1", _chance.randrange(FIRST, LAST)))
            held.append(one)
        except OSError:
            one.close()
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Return when something listens on ``port``. Raise RuntimeError when ``process`` does not get there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing answers on port {port}")
