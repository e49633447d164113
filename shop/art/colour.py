"""The colours of Marl's drawings: ten glazes and cloths, four materials, and how the window's light moves them."""

import math

Tone = tuple[float, float, float]
"""Lightness 0-1, chroma and hue in degrees, in OKLCH."""

COLOURS: dict[str, Tone] = {
    "chalk": (0.930, 0.008, 95),
    "oat": (0.840, 0.033, 82),
    "clay": (0.640, 0.085, 48),
    "rust": (0.520, 0.110, 38),
    "ochre": (0.740, 0.105, 80),
    "moss": (0.540, 0.050, 128),
    "sage": (0.740, 0.032, 145),
    "rain": (0.620, 0.045, 240),
    "dusk": (0.700, 0.050, 18),
    "ink": (0.365, 0.020, 262),
}

BISQUE: Tone = (0.760, 0.042, 66)  # bare fired clay: the raw foot of every pot
WOOD: Tone = (0.720, 0.066, 70)
WILLOW: Tone = (0.700, 0.060, 76)
LEAF: Tone = (0.520, 0.062, 138)
WAX: Tone = (0.930, 0.022, 88)
LAMPLIGHT: Tone = (0.930, 0.075, 86)

DARKEST, LIGHTEST = 0.16, 0.985
TOWARDS_WINDOW_DEGREES, AWAY_DEGREES = 85.0, 275.0
LINEAR_END = 0.0031308  # below it the sRGB curve is a straight line


def hexed(tone: Tone) -> str:
    """The sRGB hex of an OKLCH tone (Björn Ottosson's OKLab matrices), clipped to the gamut."""
    lightness, chroma, hue = tone
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(encoded(min(1, max(0, channel))) * 255):02x}" for channel in linear)


def encoded(channel: float) -> float:
    """A linear channel, 0-1, on the sRGB curve (IEC 61966-2-1)."""
    return float(12.92 * channel if channel <= LINEAR_END else 1.055 * channel ** (1 / 2.4) - 0.055)


def lit(tone: Tone, by: float) -> str:
    """The tone moved towards the window (by > 0, warmer) or away from it (by < 0, cooler), as hex."""
    lightness, chroma, hue = tone
    towards = TOWARDS_WINDOW_DEGREES if by > 0 else AWAY_DEGREES
    turn = ((towards - hue + 180) % 360 - 180) * min(0.12, abs(by) * 0.4)
    moved = max(DARKEST, min(LIGHTEST, lightness + by))
    return hexed((moved, max(0.004, chroma * (1 - 0.9 * abs(by))), hue + turn))
