"""The other system of ``share_kit``, as a fixture."""

from collections.abc import AsyncIterator, Iterator
from unittest.mock import patch

import pytest

from custom_components.camera_smart_alerts import share
from tests.share_kit import Receiver


@pytest.fixture
async def receiver(socket_enabled: None) -> AsyncIterator[Receiver]:
    one = Receiver()
    await one.server.start_server()
    yield one
    one.hangs.set()
    await one.server.close()


@pytest.fixture
def again_at_once() -> Iterator[None]:
    """Try again without a pause what has failed."""
    with patch.object(share, "RETRY_AFTER_S", (0.0, 0.0, 0.0)):
        yield
