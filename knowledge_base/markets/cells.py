"""Days and figures as files have them."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from knowledge_base.markets.problem import RowWrong
from knowledge_base.markets.quote import county_day

AHEAD = timedelta(days=1)
"""A market in another time zone, or a sheet made in the evening for the next day."""
ANCIENT = date(1980, 1, 1)
LARGEST = Decimal(1_000_000)
"""元 for each 斤, 头 or what a product is counted by."""
_EXCEL_ZERO = date(1899, 12, 30)
_SERIAL = re.compile(r"[2-9]\d{4}(?:\.0+)?", re.ASCII)
"""Days since `_EXCEL_ZERO`: what is left of a day in a sheet whose cells are not called days, from 1954 to 2173."""
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?", re.ASCII)
"""Seconds or milliseconds since 1970, from services."""
_PACKED = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)", re.ASCII)
_DAY = re.compile(r"((?:19|20)\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ tT]?\d{1,2}[:时].*)?", re.ASCII)
_FIGURE = re.compile(r"[¥$]?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:元|块)?", re.ASCII)
_PLAIN = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_BETWEEN = re.compile(r"(?<=[\d元块])[-~—–至到](?=[¥\d.])")
_NOTHING = frozenset({"", "-", "--", "---", "—", "——", "/", "\\", "无", "暂无", "null", "none", "nan", "n/a", "#n/a"})
_DIGITS = 24
"""Of a figure; more is not a price."""


@lru_cache(maxsize=2_000)
def read_day(written: str, today: date) -> date:
    """2026-11-22, 2026/11/22, 2026.11.22, 20261122, 2026年11月22日, with a time behind it or not. Raises `RowWrong`."""
    text = unicodedata.normalize("NFKC", written).strip()
    if not text:
        raise RowWrong("no_day")
    day = _day(text)
    if day is None:
        raise RowWrong("day_unreadable", value=written)
    if day > today + AHEAD:
        raise RowWrong("day_ahead", value=written)
    if day < ANCIENT:
        raise RowWrong("day_ancient", value=written)
    return day


def read_figures(written: str) -> tuple[Decimal, ...]:
    """One figure, both ends of a range (1.02-1.06), or nothing. Raises `RowWrong`."""
    if _PLAIN.fullmatch(written):  # as nearly all of a million are
        return (Decimal(written),)
    text = "".join(unicodedata.normalize("NFKC", written).split()).casefold()
    if text in _NOTHING:
        return ()
    parts = _BETWEEN.split(text)
    found = [_FIGURE.fullmatch(part) for part in parts]
    if len(text) > 2 * _DIGITS or len(parts) > 2 or not all(found):
        raise RowWrong("price_unreadable", value=written)
    return tuple(Decimal(match[1].replace(",", "")) for match in found if match)


def _day(text: str) -> date | None:
    if _EPOCH.fullmatch(text):
        return county_day(datetime.fromtimestamp(int(text[:10]), UTC))
    if _SERIAL.fullmatch(text):
        return _EXCEL_ZERO + timedelta(days=int(float(text)))
    found = _PACKED.fullmatch(text) or _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
