"""Keeps WebRTC on this machine, also where there is no network at all."""

import asyncio
import logging
from typing import cast, override

from aioice import ice, stun
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant

_LOGGER = logging.getLogger(__name__)
_LOOPBACK = "127.0.0.1"


def stay_on_this_machine() -> None:
    """Let WebRTC use the loopback address where a machine has no other.

    aioice never offers 127.0.0.1, since it is of no use between two machines. Here both ends are
    on one, and a machine without any network (a container, a train) has nothing else to offer.
    """
    addresses = ice.get_host_addresses

    def or_loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        return addresses(use_ipv4, use_ipv6) or [_LOOPBACK]

    ice.get_host_addresses = or_loopback


class _Stun(asyncio.DatagramProtocol):
    """Tells whoever asks from which address it asked."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way back."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer a binding request."""
        try:
            request = stun.parse_message(data)
        except ValueError:
            return
        answer = stun.Message(
            message_method=request.message_method,
            message_class=stun.Class.RESPONSE,
            transaction_id=request.transaction_id,
        )
        answer.attributes["XOR-MAPPED-ADDRESS"] = addr[:2]
        if self._transport is not None:
            self._transport.sendto(bytes(answer), addr)


async def async_serve_stun(hass: HomeAssistant, port: int) -> None:
    """Run a STUN server on loopback, in place of the public one that Home Assistant asks."""
    transport, _protocol = await hass.loop.create_datagram_endpoint(
        _Stun, local_addr=(_LOOPBACK, port)
    )

    async def stop(_event: Event) -> None:
        transport.close()

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop)
    _LOGGER.debug("STUN on %s:%s", _LOOPBACK, port)
