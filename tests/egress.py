"""Watches where a process, or a whole network namespace, tries to go.

Two guards, for what one of them cannot see: ``Guard`` traces every connect, datagram and look-up
that Python makes in this process, and stops what goes further than loopback. ``tapped`` runs a
command where the kernel has loopback only, and looks at every packet: FFmpeg, too, is seen there.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
import ipaddress
import os
from pathlib import Path
import shutil
import socket
import subprocess
import sys
from typing import Any, Final
from unittest.mock import patch

import aiodns

from tests import egress_tap

_UNSHARE: Final = ("unshare", "--map-root-user", "--net")
_TESTING: Final = {
    *("CI", "GITHUB_ACTIONS", "PYTEST_CURRENT_TEST", "PYTEST_VERSION"),
    # Ours, from this process.
    "ORT_DISABLE_TELEMETRY",
}


class LeakError(OSError):
    """Somebody wanted to leave the home."""


class Guard:
    """What was tried."""

    def __init__(self) -> None:
        self.inside: list[str] = []
        """Hosts that were reached: loopback."""
        self.outside: list[str] = []
        """Hosts, and names that were to be looked up."""

    def check(self, host: object) -> None:
        """Note a destination.

        Raises:
            LeakError: It is not this machine.
        """
        if not host or is_loopback(host):
            self.inside.append(str(host))
        else:
            self.outside.append(str(host))
            raise LeakError(f"{host} is outside the home")


def is_loopback(host: object) -> bool:
    """Return whether a host is this machine; a name that has to be looked up is not."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(str(host)).is_loopback
    return False


@contextmanager
def guarded() -> Iterator[Guard]:
    """Trace everything that this process connects to, sends to, or looks up."""
    guard = Guard()

    def tracing(real: Callable[..., Any]) -> Callable[..., Any]:
        def traced(one: socket.socket, *args: Any) -> Any:
            # The address is the last argument of all of them.
            if one.family in (socket.AF_INET, socket.AF_INET6) and isinstance(args[-1], tuple):
                guard.check(args[-1][0])
            return real(one, *args)

        return traced

    def looking_up(real: Callable[..., Any]) -> Callable[..., Any]:
        def traced(host: object, *args: Any, **kwargs: Any) -> Any:
            guard.check(host.decode() if isinstance(host, bytes) else host)
            return real(host, *args, **kwargs)

        return traced

    async def resolve(_resolver: Any, host: str, *_args: Any, **_kwargs: Any) -> Any:
        guard.check(host)

    with ExitStack() as stack:
        for name in ("connect", "connect_ex", "sendto", "sendmsg"):
            real = getattr(socket.socket, name)
            stack.enter_context(patch.object(socket.socket, name, tracing(real)))
        for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
            stack.enter_context(patch.object(socket, name, looking_up(getattr(socket, name))))
        for name in ("getaddrinfo", "query", "query_dns"):
            stack.enter_context(patch.object(aiodns.DNSResolver, name, resolve))
        yield guard


def why_no_tap() -> str:
    """Return why a command cannot be tapped here; nothing where it can."""
    if sys.platform != "linux" or not (shutil.which("unshare") and shutil.which("ip")):
        return "needs Linux with unshare and ip"
    probe = subprocess.run([*_UNSHARE, "ip", "link"], capture_output=True, check=False)
    return "" if probe.returncode == 0 else "network namespaces are not permitted here"


def tapped(*command: object, timeout_s: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command in a network of its own with loopback only.

    Its output ends with ``egress_tap.SAYS`` and where packets wanted to go.
    """
    tap = Path(egress_tap.__file__)
    # Much that reports to its maker keeps quiet where it takes itself to be under test.
    env = {name: value for name, value in os.environ.items() if name not in _TESTING}
    return subprocess.run(
        [*_UNSHARE, sys.executable, str(tap), *map(str, command)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        env=env,
    )


def left(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return where packets of a tapped command wanted to go."""
    _, says, where = done.stdout.rpartition(egress_tap.SAYS)
    assert says, done.stdout + done.stderr
    return where.split()
