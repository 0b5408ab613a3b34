"""From the Chinese survey's coordinates (GCJ-02), which WeChat's map sends, to WGS 84, in which weather and warnings are kept.

The shift is up to some 700 m. The formula is the one that is in public use (such as in eviltransform); it is accurate to a
few metres within China.
"""

from math import cos, pi, sin, sqrt

from dialogs.messages import Location

AXIS = 6_378_245.0
FLATNESS = 0.00669342162296594323
ROUNDS = 3


def wgs84(latitude: float, longitude: float) -> Location:
    """The position in WGS 84 of a position in GCJ-02, in degrees; outside China they are the same."""
    if not (0.8293 < latitude < 55.8271 and 72.004 < longitude < 137.8347):
        return Location(latitude, longitude)
    lat, lon = latitude, longitude
    for _ in range(ROUNDS):
        north, east = _shift(lat, lon)
        lat, lon = latitude - north, longitude - east
    return Location(lat, lon)


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """How far GCJ-02 is from WGS 84 there, in degrees."""
    x, y = longitude - 105.0, latitude - 35.0
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + wave
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + wave
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    radians = latitude / 180 * pi
    curve = 1 - FLATNESS * sin(radians) ** 2
    return (
        north * 180 / (AXIS * (1 - FLATNESS) / (curve * sqrt(curve)) * pi),
        east * 180 / (AXIS / sqrt(curve) * cos(radians) * pi),
    )
