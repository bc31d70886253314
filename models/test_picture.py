"""Draw the picture with which anybody can check that the network sees: ``test_picture.jpg``.

``.venv/bin/python models/test_picture.py`` writes it into the integration. Everything in it is
drawn here, so it belongs to nobody else. A part of a body is a row of overlapping discs, each in
four shades: the network takes flat shapes for a sign, and round ones for somebody.
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

TARGET = Path(__file__).parents[1] / "custom_components/camera_smart_alerts/test_picture.jpg"
WIDTH, HEIGHT = 640, 480
FINE = 2
"""Drawn so many times larger and scaled down, for smooth edges."""

FEET = (400, 450)
UNIT = 30.5
"""Pixels in a head's height; a body has eight."""
SKIN, HAIR, SHOES = (190, 140, 110), (20, 18, 18), (40, 34, 32)
TROUSERS, SHIRT = (90, 80, 65), (60, 100, 70)
SHADES = ((0.0, 0.72), (0.14, 0.86), (0.22, 1.0), (0.3, 1.08))
"""Distance from the axis towards the light, in radii, and brightness."""

type Colour = tuple[int, int, int]
type Point = tuple[float, float]


def main() -> None:
    """Draw and save."""
    picture = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE))
    _scene(ImageDraw.Draw(picture))
    _shadow(picture)
    _person(ImageDraw.Draw(picture))
    picture = picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    picture.filter(ImageFilter.GaussianBlur(0.35)).save(TARGET, quality=88, optimize=True)


def _scene(draw: ImageDraw.ImageDraw) -> None:
    """Draw a house, a path and three trees under a sky."""
    for y in range(HEIGHT * FINE):
        down = y / (HEIGHT * FINE)
        sky = (190 - 40 * down, 205 - 30 * down, 220 - 20 * down)
        ground = (93 + 60 * down, 93 + 55 * down, 89 + 50 * down)
        colour = sky if down < 0.45 else ground
        draw.line([(0, y), (WIDTH * FINE, y)], tuple(map(int, colour)))
    draw.rectangle(_scaled(0, 86, 269, 250), (200, 195, 185))
    for x in (38, 154):
        draw.rectangle(_scaled(x, 115, x + 51, 182), (70, 85, 100))
    draw.polygon(_scaled(288, 240, 384, 240, 608, 480, 128, 480), (150, 146, 140))
    for number, x in enumerate((435, 518, 602)):
        draw.rectangle(_scaled(x - 6, 144, x + 6, 250), (82, 66, 50))
        draw.ellipse(_scaled(x - 40, 24, x + 40, 182), (66 + 6 * number, 96, 58))


def _shadow(picture: Image.Image) -> None:
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse(_body(-1.1, 0.25, 2.6, -0.3), 120)
    picture.paste((20, 20, 20), mask=mask.filter(ImageFilter.GaussianBlur(6 * FINE)))


def _person(draw: ImageDraw.ImageDraw) -> None:
    """Draw somebody who walks towards the camera; what is farther away comes first."""
    far_trousers, far_shirt = _darker(TROUSERS), _darker(SHIRT)
    _limb(draw, (0.2, 3.9), (0.6, 2.1), (0.95, 0.72), far_trousers)
    _limb(draw, (0.6, 2.1), (0.72, 0.35), (0.68, 0.46), far_trousers)
    _limb(draw, (0.67, 0.16), (0.81, 0.12), (0.36, 0.28), SHOES)
    _limb(draw, (0.72, 6.2), (0.99, 4.8), (0.55, 0.45), far_shirt)
    _limb(draw, (0.99, 4.8), (1.03, 3.55), (0.42, 0.32), far_shirt)
    _limb(draw, (1.03, 3.5), (1.03, 3.28), (0.33, 0.3), SKIN)
    _limb(draw, (-0.22, 3.9), (-0.52, 2.1), (0.98, 0.74), TROUSERS)
    _limb(draw, (-0.52, 2.1), (-0.86, 0.35), (0.7, 0.48), TROUSERS)
    _limb(draw, (-0.88, 0.14), (-1.04, 0.08), (0.38, 0.3), SHOES)
    for side in (-1, 1):
        _limb(draw, (0.35 * side, 6.25), (0.2 * side, 3.8), (1.1, 1.1), SHIRT)
    draw.rectangle(_body(-0.5, 6.55, 0.4, 3.7), SHIRT)
    _limb(draw, (-0.55, 6.35), (0.55, 6.35), (0.7, 0.7), SHIRT)
    _limb(draw, (0, 7), (0, 6.45), (0.45, 0.5), _darker(SKIN))
    draw.ellipse(_body(-0.43, 8, 0.43, 6.92), _darker(SKIN))
    draw.ellipse(_body(-0.42, 7.96, 0.34, 6.94), SKIN)
    draw.pieslice(_body(-0.48, 8.06, 0.48, 7.05), 170, 370, HAIR)
    for eye in (-0.18, 0.12):
        draw.ellipse(_body(eye - 0.05, 7.5, eye + 0.05, 7.43), HAIR)
    _limb(draw, (-0.78, 6.2), (-1.03, 4.8), (0.58, 0.46), SHIRT)
    _limb(draw, (-1.03, 4.8), (-1.05, 3.55), (0.44, 0.34), SHIRT)
    _limb(draw, (-1.05, 3.5), (-1.05, 3.28), (0.35, 0.32), SKIN)


def _limb(
    draw: ImageDraw.ImageDraw, start: Point, end: Point, widths: Point, colour: Colour
) -> None:
    """Draw a part of the body from one joint to the next, as wide as its ends are."""
    wide, narrow = widths
    for towards_light, brightness in SHADES:
        shade = tuple(min(255, int(part * brightness)) for part in colour)
        for step in range(61):
            x, height = (a + (b - a) * step / 60 for a, b in zip(start, end, strict=True))
            radius = (wide + (narrow - wide) * step / 60) / 2
            x -= towards_light * radius
            disc = radius * (1 - 1.3 * towards_light)
            draw.ellipse(_body(x - disc, height + disc, x + disc, height - disc), shade)


def _darker(colour: Colour) -> Colour:
    red, green, blue = (int(0.85 * part) for part in colour)
    return red, green, blue


def _scaled(*pixels: float) -> list[float]:
    return [FINE * one for one in pixels]


def _body(left: float, top: float, right: float, bottom: float) -> list[float]:
    """Return a box from heads beside the body's axis, and heads above the ground."""
    x, y = FEET
    return _scaled(x + left * UNIT, y - top * UNIT, x + right * UNIT, y - bottom * UNIT)


if __name__ == "__main__":
    main()
