"""The event that ends FFmpeg's waiting."""

from threading import Event, Thread
import time

import av
from av.container import core
import pytest

from vision.interrupt import interruptible

from .http_camera import HttpCamera

pytestmark = pytest.mark.usefixtures("socket_enabled")


def open_and_wait(url: str, stop: Event, errors: list[BaseException]) -> None:
    try:
        with interruptible(stop):
            av.open(url, timeout=30)
    except av.FFmpegError as err:
        errors.append(err)


@pytest.mark.parametrize("before", [True, False], ids=["set before", "set meanwhile"])
def test_a_set_event_ends_a_wait_that_would_last_half_a_minute(*, before: bool) -> None:
    stop = Event()
    errors: list[BaseException] = []
    with HttpCamera(b"", stall_after=0) as camera:
        if before:
            stop.set()
        thread = Thread(target=open_and_wait, args=(camera.url(), stop, errors))
        began = time.monotonic()
        thread.start()
        if not before:
            while not camera.requests:
                time.sleep(0.01)
            stop.set()
        thread.join(10)
        assert time.monotonic() - began < 5
    assert len(errors) == 1


def test_patience_ends_a_wait_before_the_time_out_does() -> None:
    began = time.monotonic()
    with (
        HttpCamera(b"", stall_after=0) as camera,
        interruptible(Event(), 0.2),
        pytest.raises(av.FFmpegError),
    ):
        av.open(camera.url(), timeout=30)
    assert 0.2 <= time.monotonic() - began < 5


def test_other_threads_and_later_calls_are_not_disturbed() -> None:
    stop = Event()
    stop.set()
    with HttpCamera(b"", stall_after=0) as camera, interruptible(stop):
        errors: list[BaseException] = []
        thread = Thread(target=open_and_wait, args=(camera.url(), Event(), errors))
        thread.start()
        while not camera.requests:
            time.sleep(0.01)
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(10)
    clock = vars(core)["time"]
    assert abs(clock.monotonic() - time.monotonic()) < 1
    assert clock.sleep is time.sleep


def test_it_is_installed_once() -> None:
    with interruptible(Event()):
        clock = vars(core)["time"]
    with interruptible(Event()):
        assert vars(core)["time"] is clock


def test_a_pyav_that_reads_the_time_otherwise_still_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = vars(core)
    monkeypatch.delitem(names, "time")
    with interruptible(Event()):
        assert "time" not in names
