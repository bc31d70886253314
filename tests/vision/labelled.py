"""A clip and its labels: somebody comes by twice."""

import numpy as np

from vision.datatypes import RgbImage


def visits(index: int) -> RgbImage:
    """Return 320 x 240 pixels at ten a second: somebody from 2 to 4 and from 7 to 9 seconds."""
    image = np.full((240, 320, 3), 80, np.uint8)
    if 20 <= index < 40 or 70 <= index < 90:
        x = 20 + 12 * (index % 10)
        image[100:180, x : x + 30] = 250
    return image


CLIP = {
    "file": "visits.mp4",
    "duration_s": 10.0,
    "person_intervals": [[2.0, 4.0], [7.0, 9.0]],
    "ambiguous_intervals": [],
    "tolerance_s": 0.3,
    "lighting": "made",
    "other_objects": ["car", "insects"],
}
