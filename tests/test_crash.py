"""Home Assistant killed during visits loses nothing and tells nobody twice: in short.

The long form is ``scripts/crash``.
"""

from pathlib import Path
import subprocess

from demo.crash_check import History, Motion, Row, Told, Visit, check
import pytest

pytestmark = pytest.mark.timeout(400)

ROOT = Path(__file__).parent.parent
VISIT = Visit("tag", "", ("front",), 1000.0, 1010.0, 1)
LOUD = Told(1001.0, {"data": {"tag": "tag", "push": {"interruption-level": "time-sensitive"}}})
SILENT = Told(1020.0, {"data": {"tag": "tag", "push": {"interruption-level": "passive"}}})
LATER = Visit("later", "", ("front",), 1060.0, 1061.0, 0)
MOTION = Motion("Front", at=1000.0, answered_at=1000.1, killed_at=1003.0)
ROW = Row("Front", 1000.05, "inconclusive", "interrupted")


def test_after_two_kills_every_visit_has_one_thread_and_every_motion_an_outcome() -> None:
    done = subprocess.run(
        [str(ROOT / "scripts" / "crash"), "--kills", "2"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd="/",
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing was lost" in done.stdout


def test_a_visit_told_once_aloud_and_then_silently_is_fine() -> None:
    history = History([VISIT], [ROW], {"done": 1}, frozenset({"tag"}))
    assert check(history, [LOUD, SILENT], [MOTION]) == []


@pytest.mark.parametrize(
    ("history", "received", "motions", "says"),
    [
        (History([VISIT], []), [LOUD, LOUD], [], "made 2 sounds"),
        (History([VISIT], []), [], [], "the phone never got it"),
        (History([], []), [LOUD], [], "belongs to no visit"),
        (History([VISIT], [], {"gave_up": 1}), [LOUD], [], "ended as gave_up"),
        (History([VISIT, LATER], []), [LOUD], [], "50 s after"),
        (History([], []), [], [MOTION], "no outcome"),
        (History([], [ROW, ROW]), [], [MOTION], "2 outcomes"),
        (History([], [Row("Front", 1000.0, "inconclusive", "running")]), [], [MOTION], "running"),
        (
            History([], [ROW]),
            [],
            [Motion("Front", 1000.0, 1000.1, 1002.0, "alerted", 1003.0)],
            "ended as alerted",
        ),
    ],
    ids=[
        "two sounds",
        "told nobody",
        "a thread of nothing",
        "given up",
        "one visit as two",
        "lost motion",
        "two outcomes",
        "never over",
        "another outcome",
    ],
)
def test_the_check_finds(
    history: History, received: list[Told], motions: list[Motion], says: str
) -> None:
    assert any(says in problem for problem in check(history, received, motions))
