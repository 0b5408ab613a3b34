"""Administrative division codes of geocodes: 12 digits, a shorter or zero-filled one covers all that is below it."""

import re
import unicodedata
from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).with_name("signs.yaml")
LEVELS = (2, 4, 6, 9, 12)
"""Digits of a province, prefecture, county, township and village (GB/T 2260 and the statistical codes)."""
FULL = 12
_DIGITS = re.compile(r"[1-8]\d{1,11}", re.ASCII)
_PUNCTUATION = re.compile(r"[\W_]+")


def administrative_code(name: str, value: str) -> str | None:
    """The 12-digit code of a geocode, None when its name or value belongs to another system or to no province."""
    if plain(name) not in _names() or len(value) not in LEVELS or not _DIGITS.fullmatch(value):
        return None
    return value.ljust(FULL, "0") if value[:2] in _provinces() else None


def significant(code: str) -> str:
    """The part of a 12-digit code that a place in its area begins with: 610500000000 gives 6105."""
    return next((code[:digits] for digits in LEVELS if not code[digits:].strip("0")), code)


def plain(name: str) -> str:
    """A parameter's or geocode's name without case, width, blanks and punctuation, as names are compared."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", name).casefold())


@cache
def _names() -> frozenset[str]:
    return frozenset(plain(name) for name in yaml.safe_load(DATA.read_text(encoding="utf-8"))["geocode_names"])


@cache
def _provinces() -> frozenset[str]:
    return frozenset(str(code) for code in yaml.safe_load(DATA.read_text(encoding="utf-8"))["provinces"])
