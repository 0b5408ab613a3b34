"""Fields of forms that the county's people fill in with its own times and places."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from knowledge_base.curation.console.kit import COUNTY_TIME
from knowledge_base.warnings.codes import significant

_SHOWN = "%Y-%m-%dT%H:%M"
_PARTS = re.compile(r"[\s,，、；;]+")
_CODE = re.compile(r"[1-8]\d(\d{2}(\d{2}(\d{3}(\d{3})?)?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Areas:
    """What a field of places names: the beginnings of their codes, and the words that name none."""

    codes: tuple[str, ...]
    unknown: tuple[str, ...]


def listed(typed: str) -> Sequence[str]:
    """The words of a field, which stand apart by blanks, commas and the like; each once."""
    return list(dict.fromkeys(word for word in _PARTS.split(typed) if word))


def areas(typed: str, place_code: Callable[[str], str | None]) -> Areas:
    """The places of a field, each by its name, which `place_code` finds, or by 2 to 12 digits."""
    found = {word: word if _CODE.fullmatch(word) else place_code(word) for word in listed(typed)}
    codes = (significant(code.ljust(12, "0")) for code in found.values() if code)
    return Areas(tuple(dict.fromkeys(codes)), tuple(word for word, code in found.items() if not code))


def local(when: datetime) -> str:
    """A moment as a field of day and time shows it, in the county's time."""
    return when.astimezone(COUNTY_TIME).strftime(_SHOWN)


def moment(typed: str) -> datetime | None:
    """The moment of such a field; None where there is none in it."""
    try:
        return datetime.strptime(typed, _SHOWN).replace(tzinfo=COUNTY_TIME).astimezone(UTC)
    except ValueError:
        return None
