"""One look at the newest frame: everything about a picture that touches its pixels.

Runs in the inference thread. What a reader would get wrong: what is measured here is measured
once, so that the event loop decides by numbers and never by pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
import time
from typing import Protocol

from .crop import ChangeFinder
from .datatypes import Box, Detection, Frame, Kind, Observation, RgbImage
from .findings import sharpness
from .static import Appearance, shares, texture
from .style import people_in

MIN_CONFIDENCE = 0.15
"""Less than this is noise that would only tangle the tracks."""
STATUE_CONFIDENCE = 0.5
"""From which something that stands still may come to be believed."""

LOOKED_AT = 3
"""The surest of those without a look, that take turns for one: somebody may be taught by it."""

MOST_SHARP = 6
"""The surest things of a frame, whose sharpness is measured."""

type TakeFrame = Callable[[], Frame | None]


class Looker(Protocol):
    """What ``look`` needs of a detector."""

    def look(self, image: RgbImage, region: Box | None, min_confidence: float) -> list[Detection]:
        """Return what is seen in the whole picture and, with a region, at a second look there."""


def look(
    detector: Looker,
    changes: ChangeFinder,
    take: TakeFrame,
    lessons: Sequence[Appearance] = (),
) -> Observation | None:
    """Take the newest frame and return what is seen in it; None if none waits. Blocks.

    Runs in the inference thread. At most two inferences: the picture and a closer look. What is
    at the place of one of the ``lessons`` gets its look in every frame.

    Raises:
        ImageError: The frame is no picture.
        ModelError: The runtime failed.
    """
    frame = take()
    if frame is None:
        return None
    image = frame.image
    region = changes.update(image) if image.ndim == 3 and min(image.shape) > 1 else None
    started = time.perf_counter()
    seen = detector.look(image, region, MIN_CONFIDENCE)
    spent = time.perf_counter() - started
    people = people_in(seen, changes.people)
    changes.remember(seen)
    examined = _examined(image, changes, seen, lessons)
    return Observation(frame, examined, spent, changes.contrast, people)


def _examined(
    image: RgbImage,
    changes: ChangeFinder,
    seen: Sequence[Detection],
    lessons: Sequence[Appearance],
) -> tuple[Detection, ...]:
    """Return what was seen with everything that the picture says about it."""
    measured = [
        replace(
            one,
            moved=changes.moved(one.box),
            sharpness=sharpness(image, one.box) if number < MOST_SHARP else 0.0,
        )
        for number, one in enumerate(seen)
    ]
    # A vehicle that stands still is never believed.
    may_stand = sorted(
        (one.box, number)
        for number, one in enumerate(measured)
        if one.confidence >= STATUE_CONFIDENCE and one.kind is not Kind.VEHICLE
    )
    wanted = {number for number, one in enumerate(measured) if _is_taught(one, image, lessons)}
    if may_stand:
        # In turn, from left to right: 0.1 ms each.
        wanted.add(may_stand[changes.pictures % len(may_stand)][1])
    surest = [number for number in range(len(measured)) if number not in wanted][:LOOKED_AT]
    if surest:
        wanted.add(surest[changes.pictures % len(surest)])
    for number in wanted:
        measured[number] = replace(measured[number], look=texture(image, measured[number].box))
    return tuple(measured)


def _is_taught(one: Detection, image: RgbImage, lessons: Sequence[Appearance]) -> bool:
    """Return whether something was learned about this place."""
    if not lessons:
        return False
    place = shares(one.box, (image.shape[0], image.shape[1]))
    return any(lesson.is_at(one.kind, place) for lesson in lessons)
