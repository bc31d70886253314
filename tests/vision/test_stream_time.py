"""Stamps as cameras send them, and what time it really was."""

from threading import Event
import time

import pytest

from vision.stream_time import PATIENCE_S, TOO_LATE_S, CaptureClock, Pace, Timeline


@pytest.mark.parametrize(
    ("stamps", "seconds"),
    [
        pytest.param([0.0, 0.1, 0.2], [0.0, 0.1, 0.2], id="as it should be"),
        pytest.param([95000.0, 95000.1], [0.0, 0.1], id="a count from anywhere"),
        pytest.param([None, None, None], [0.0, 0.5, 1.0], id="no stamps"),
        pytest.param([None, 7.0, 7.1], [0.0, 0.5, 0.6], id="the first one missing"),
        pytest.param([0.0, None, 0.7], [0.0, 0.5, 0.7], id="one missing"),
        pytest.param([0.0, 0.1, 0.1, 0.2], [0.0, 0.1, None, 0.2], id="one twice"),
        pytest.param([0.0, 0.2, 0.1, 0.3], [0.0, 0.2, None, 0.3], id="out of order"),
        pytest.param([0.0, 8.0], [0.0, 8.0], id="a slow camera"),
        pytest.param([0.0, 0.1, 9000.0, 9000.1], [0.0, 0.1, 0.6, 0.7], id="clock set forward"),
        pytest.param([50.0, 50.1, 3.0, 3.1], [0.0, 0.1, 0.6, 0.7], id="clock set back"),
    ],
)
def test_the_timeline_rises_whatever_the_stamps_do(
    stamps: list[float | None], seconds: list[float | None]
) -> None:
    timeline = Timeline(0.5)
    assert [timeline.place(stamp) for stamp in stamps] == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("source_fps", "wanted", "passed"), [(30, 5, 50), (15, 10, 100), (10, 10, 100), (4, 10, 40)]
)
def test_no_more_than_the_wanted_frames_pass_and_not_fewer_than_possible(
    source_fps: int, wanted: int, passed: int
) -> None:
    pace = Pace(wanted)
    due = [n for n in range(source_fps * 10) if pace.is_due(n / source_fps)]
    assert len(due) == passed


def test_stamps_rounded_to_milliseconds_lose_no_frame() -> None:
    pace = Pace(30)
    assert all(pace.is_due(round(n / 30, 3)) for n in range(300))


def test_after_a_gap_frames_do_not_come_in_a_rush() -> None:
    pace = Pace(5)
    assert [n for n in (0.0, 3.0, 3.05, 3.1, 3.2) if pace.is_due(n)] == [0.0, 3.0, 3.2]


class ScriptedClock:
    def __init__(self, *times: float) -> None:
        self._times = iter(times)

    def __call__(self) -> float:
        return next(self._times)


def test_a_live_frame_held_up_on_the_way_keeps_the_moment_it_was_taken() -> None:
    capture = CaptureClock(ScriptedClock(100.0, 100.9, 100.9, 100.9), paced=False, stop=Event())
    stamps = [capture.stamp(second) for second in (0.0, 0.3, 0.6, 0.9)]
    assert stamps == pytest.approx([100.0, 100.3, 100.6, 100.9])


def test_a_burst_of_stored_frames_at_the_start_does_not_make_the_live_ones_old() -> None:
    capture = CaptureClock(ScriptedClock(100.0, 100.01, 100.02, 101.02), paced=False, stop=Event())
    stamps = [capture.stamp(second) for second in (0.0, 1.0, 2.0, 3.0)]
    assert stamps == pytest.approx([100.0, 100.01, 100.02, 101.02])


def test_frames_that_stay_late_mean_that_the_decoder_must_skip_once() -> None:
    late = TOO_LATE_S + 0.5
    times = [100.0, *(second + 100.0 + late for second in (1.0, 1.0 + PATIENCE_S / 2, 4.0, 5.0))]
    capture = CaptureClock(ScriptedClock(*times), paced=False, stop=Event())
    skips = []
    for second in (0.0, 1.0, 1.0 + PATIENCE_S / 2, 4.0, 5.0):
        capture.stamp(second)
        skips.append(capture.must_skip)
    assert skips == [False, False, False, True, False]


def test_a_network_that_has_caught_up_need_not_skip() -> None:
    late = TOO_LATE_S + 0.5
    capture = CaptureClock(
        ScriptedClock(100.0, 101.0 + late, 104.0, 105.0 + late), paced=False, stop=Event()
    )
    for second in (0.0, 1.0, 4.0, 5.0):
        capture.stamp(second)
        assert not capture.must_skip


def test_a_recording_waits_for_the_frames_turn() -> None:
    capture = CaptureClock(time.monotonic, paced=True, stop=Event())
    first = capture.stamp(0.0)
    assert capture.stamp(0.2) == pytest.approx(first + 0.2)
    assert time.monotonic() - first >= 0.2


def test_after_a_gap_what_is_paced_goes_on_at_its_own_speed() -> None:
    class Waits(Event):
        """A stop event that notes how long one would wait for it."""

        def __init__(self) -> None:
            super().__init__()
            self.seconds: list[float] = []

        def wait(self, timeout: float | None = None) -> bool:
            self.seconds.append(timeout or 0.0)
            return False

    stop = Waits()
    # The third comes half a second late; the decoder itself needs no time.
    capture = CaptureClock(ScriptedClock(100.0, 100.0, 100.7, 100.7), paced=True, stop=stop)
    stamps = [capture.stamp(second) for second in (0.0, 0.1, 0.2, 0.3)]
    assert stamps == pytest.approx([100.0, 100.1, 100.2, 100.3])
    assert stop.seconds == pytest.approx([0.0, 0.1, 0.0, 0.1])


def test_a_stop_ends_the_wait_of_a_recording() -> None:
    stop = Event()
    stop.set()
    began = time.monotonic()
    capture = CaptureClock(time.monotonic, paced=True, stop=stop)
    capture.stamp(0.0)
    capture.stamp(60.0)
    assert time.monotonic() - began < 1
