"""Runs a command in a fresh network namespace, and says where its packets wanted to go.

Everything is routed into loopback, where nobody answers for other addresses, and each packet is
looked at there. A DNS question counts wherever it goes: the resolver would pass it on.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
import socket
import subprocess
import sys
import threading
from typing import Final

SAYS: Final = "Packets for elsewhere: "
_EVERYTHING: Final = 0x0003
"""``ETH_P_ALL``"""
_HEADER: Final = 14
"""Bytes of Ethernet's header."""
_PORTS: Final = {6, 17}
"""TCP and UDP."""
_DNS: Final = 53


def destination(packet: bytes) -> tuple[IPv4Address | IPv6Address, int] | None:
    """Return address and port that a packet is for; None for what is no IP."""
    kind, data = packet[12:_HEADER], packet[_HEADER:]
    if kind == b"\x08\x00":
        length, protocol, address = 4 * (data[0] & 15), data[9], data[16:20]
    elif kind == b"\x86\xdd":
        length, protocol, address = 40, data[6], data[24:40]
    else:
        return None
    port = int.from_bytes(data[length + 2 : length + 4]) if protocol in _PORTS else 0
    return ip_address(address), port


def is_elsewhere(packet: bytes) -> str | None:
    """Return where a packet goes, if it is not for this machine."""
    if (found := destination(packet)) is None:
        return None
    address, port = found
    if port != _DNS and (address.is_loopback or address.is_multicast):
        # Multicast (mDNS of Home Assistant) is no host, and never leaves a network by itself.
        return None
    return f"{address}:{port}" + (f"={question(packet)}" if port == _DNS else "")


def question(packet: bytes) -> str:
    """Return the name that a packet asks for, as far as it can be read."""
    # Behind UDP's header and that of DNS; the length of IP's is that without options.
    labels = packet[_HEADER + (40 if packet[12:_HEADER] == b"\x86\xdd" else 20) + 20 :]
    name = []
    while labels and labels[0]:
        name.append(labels[1 : labels[0] + 1].decode("ascii", "replace"))
        labels = labels[labels[0] + 1 :]
    return ".".join(name)


def main(command: list[str]) -> int:
    """Run the command; return its exit status."""
    for words in ("link set lo up", "route add default dev lo", "-6 route add default dev lo"):
        # A kernel without IPv6 has no way out by it either.
        subprocess.run(["ip", *words.split()], check=not words.startswith("-6"))  # noqa: S607
    found: set[str] = set()
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_EVERYTHING))
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)

    def listen() -> None:
        while True:
            if where := is_elsewhere(tap.recv(512)):
                found.add(where)

    threading.Thread(target=listen, daemon=True).start()
    status = subprocess.run(command, check=False).returncode
    print(SAYS + " ".join(sorted(found)), flush=True)  # noqa: T201 - that is what it is for
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
