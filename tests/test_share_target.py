"""With whom verdicts are shared: what the form accepts, stores and hides."""

import json

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.camera_smart_alerts.share_target import (
    ShareFault,
    ShareTarget,
    share_fault,
)
from tests.camera_dialog import CAMERA, Dialog
from tests.common import camera_settings

pytest_plugins = ("tests.camera_dialog_fixtures",)

SECRET = "0123456789abcdef"
CHOSEN = {"share_address": "https://alarm.example/hook/t0ken", "share_secret": SECRET}


@pytest.mark.parametrize(
    "address",
    [
        "https://alarm.example/hook/t0ken?key=1",
        "https://8.8.8.8:8443/",
        "https://müller.example/",
        "http://127.0.0.1:8080/hook",
        "http://10.1.2.3/",
        "http://192.168.0.2/",
        "http://172.16.0.1/",
        "http://169.254.1.1/",
        "http://[::1]:8080/hook",
        "http://[fd00::1]/",
        "http://[fe80::1]/",
        "http://nas.local/hook",
        "HTTP://NAS.LOCAL/hook",
        "http://nas/hook",
        "http://my_recorder:5000/hook",
        "http://localhost",
    ],
)
def test_an_address_of_the_web_is_accepted_unencrypted_only_inside_the_home(address: str) -> None:
    assert share_fault({"share_address": address, "share_secret": SECRET}) is None


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("alarm.example", ShareFault.NO_ADDRESS),
        ("//alarm.example/hook", ShareFault.NO_ADDRESS),
        ("ftp://nas/hook", ShareFault.NO_ADDRESS),
        ("file:///etc/passwd", ShareFault.NO_ADDRESS),
        ("https://", ShareFault.NO_ADDRESS),
        ("https:/hook", ShareFault.NO_ADDRESS),
        ("https://alarm.example:99999/", ShareFault.NO_ADDRESS),
        ("https://alarm .example/", ShareFault.NO_ADDRESS),
        ("https://alarm..example/", ShareFault.NO_ADDRESS),
        ("https://.local/", ShareFault.NO_ADDRESS),
        ("https://alarm.example/ hook", ShareFault.NO_ADDRESS),
        ("https://anna:pass@alarm.example/", ShareFault.CREDENTIALS),
        ("https://anna@alarm.example/", ShareFault.CREDENTIALS),
        ("http://:pass@nas/", ShareFault.CREDENTIALS),
        ("http://alarm.example/hook", ShareFault.UNENCRYPTED),
        ("http://8.8.8.8/", ShareFault.UNENCRYPTED),
        ("http://100.64.0.1/", ShareFault.UNENCRYPTED),
        ("http://[2001:4860:4860::8888]/", ShareFault.UNENCRYPTED),
        ("http://[::ffff:8.8.8.8]/", ShareFault.UNENCRYPTED),
        ("http://134744072/", ShareFault.UNENCRYPTED),
        ("http://0x08080808/", ShareFault.UNENCRYPTED),
        ("http://nas.local.example/", ShareFault.UNENCRYPTED),
    ],
)
def test_any_other_address_is_refused(address: str, fault: ShareFault) -> None:
    assert share_fault({"share_address": address, "share_secret": SECRET}) is fault


@pytest.mark.parametrize("secret", [{}, {"share_secret": ""}, {"share_secret": SECRET[:-1]}])
def test_an_address_needs_a_secret_that_cannot_be_guessed(secret: dict[str, str]) -> None:
    assert (
        share_fault({"share_address": "https://alarm.example", **secret}) is ShareFault.SHORT_SECRET
    )
    assert share_fault(secret) is None, "without an address nothing is shared"


def test_only_who_entered_both_shares_and_neither_is_printed() -> None:
    target = ShareTarget.from_data(CHOSEN)
    assert target is not None
    assert target.host == "alarm.example"
    for key in CHOSEN:
        assert ShareTarget.from_data(CHOSEN | {key: ""}) is None
    printed = repr(camera_settings(share=target))
    assert "ShareTarget" in printed
    assert "t0ken" not in printed
    assert SECRET not in printed


async def test_what_is_entered_is_stored_comes_back_and_can_be_taken_back(
    hass: HomeAssistant, hub: MockConfigEntry, dialog: Dialog
) -> None:
    async def save(**answers: str | None) -> None:
        assert (await dialog.submit(**answers))["type"] is FlowResultType.SHOW_PROGRESS
        await dialog.watch()
        await dialog.submit(next="save")
        await hass.async_block_till_done()

    await dialog.add()
    await dialog.submit(camera=CAMERA)
    assert "share" not in dialog.open_sections()
    await save(**CHOSEN)
    (camera,) = hub.subentries.values()
    assert CHOSEN.items() <= camera.data.items()
    await dialog.change()
    assert "share" in dialog.open_sections()
    assert CHOSEN.items() <= dialog.suggested().items()
    await save(share_address=None)
    (camera,) = hub.subentries.values()
    assert not CHOSEN.keys() & camera.data.keys(), "the secret goes with the address"


async def test_a_mistake_is_explained_and_what_was_entered_stays(form: Dialog) -> None:
    wrong = CHOSEN | {"share_address": "http://alarm.example/hook"}
    result = await form.submit(**wrong)
    assert result["errors"] == {"share": "share_address_open"}
    assert "share" in form.open_sections()
    assert wrong.items() <= form.suggested().items()
    shown = json.dumps([result["errors"], result["description_placeholders"]])
    assert SECRET not in shown
