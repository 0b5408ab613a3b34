"""Places of China by administrative code, what they are called for short, and the dialect spoken there.

Every file (`nlu/gazetteer/*.yaml`, a county's own folder) has the schema of `PlaceFile`. A place is written short as
`370783 寿光市` or as a mapping with the fields of `Listed`. Codes have 6 digits down to the county, 9 for a town,
12 for a village.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from nlu.datafile import read_data
from nlu.wordfile import Region

Level = Literal["province", "prefecture", "county", "town", "village"]

GAZETTEER = Path(__file__).parent.parent / "gazetteer"
NAMING = Path(__file__).parent / "places.yaml"


class PlacesBroken(Exception):
    """A file of places does not follow its schema."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Listed(_Data):
    """One place of a file."""

    code: str = Field(pattern=r"^\d{6}(\d{3}(\d{3})?)?$")
    name: str = Field(min_length=2)
    aliases: tuple[str, ...] = ()
    """Other names, found wherever they stand; former names too."""
    region: Region | None = None
    """Dialect region, where it is not that of the wider place."""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            code, _, name = value.partition(" ")
            return {"code": code, "name": name}
        return value

    @property
    def level(self) -> Level:
        if len(self.code) > 6:
            return "town" if len(self.code) == 9 else "village"
        if self.code.endswith("0000"):
            return "province"
        return "prefecture" if self.code.endswith("00") else "county"


class PlaceFile(_Data):
    """One file of places."""

    places: tuple[Listed, ...]


class Naming(_Data):
    """How a short name is made of a full one, and where it is none."""

    endings: tuple[str, ...]
    village_endings: tuple[str, ...]
    peoples: tuple[str, ...]
    after_wider: frozenset[str]
    keep: tuple[str, ...]

    def short(self, place: Listed) -> Iterator[str]:
        """What the place is called besides its full name and its aliases."""
        ending = next((one for one in self.endings if place.name.endswith(one)), "")
        stem = place.name.removesuffix(ending)
        if place.level == "village" or len(stem) < 2:
            return
        bare = stem
        if ending.startswith("自治"):
            bare = _without(stem, self.peoples)
            yield bare + ending[-1]
        yield bare


def _without(stem: str, peoples: tuple[str, ...]) -> str:
    """恩施土家族苗族 without its peoples, at least two characters of it."""
    while True:
        people = max((one for one in peoples if stem.endswith(one) and len(stem) - len(one) >= 2), key=len, default="")
        if not people:
            return stem
        stem = stem.removesuffix(people)


@dataclass(frozen=True, slots=True)
class Name:
    """One way to say a place; `bound` counts only right behind a wider place that it belongs to."""

    place: Listed
    bound: bool


class Gazetteer:
    """All places in force; never changes once made, safe to share."""

    def __init__(self, files: Iterable[PlaceFile], naming: Naming) -> None:
        self.keep = naming.keep
        self._places = {place.code: place for file in files for place in file.places}
        self.names: dict[str, tuple[Name, ...]] = {}
        for place in self._places.values():
            shy = naming.after_wider if place.level != "province" else frozenset[str]()
            said = {place.name: place.name in shy, **dict.fromkeys(place.aliases, False)}
            for short in naming.short(place):
                said.setdefault(short, short in shy)
            for text, bound in said.items():
                self.names[text] = (*self.names.get(text, ()), Name(place, bound))

    @classmethod
    def load(cls, *extra: Path) -> "Gazetteer":
        """Read our own files, then every `*.yaml` of the folders in `extra` (a county's own places).

        A code that is there already takes the later name. Raises `PlacesBroken`.
        """
        paths = [path for folder in (GAZETTEER, *extra) for path in sorted(folder.glob("*.yaml"))]
        return cls(
            (read_data(path, PlaceFile, PlacesBroken) for path in paths), read_data(NAMING, Naming, PlacesBroken)
        )

    def place(self, code: str) -> Listed | None:
        """The place of that code."""
        return self._places.get(code)

    def lineage(self, code: str) -> tuple[Listed, ...]:
        """The places that `code` lies in, widest first, with the place itself where it is known."""
        return tuple(place for one in wider_codes(code) if (place := self._places.get(one)))

    def region_of(self, code: str) -> Region | None:
        """The dialect region told for the place or the narrowest place around it; None where none is told."""
        return next((place.region for place in reversed(self.lineage(code)) if place.region), None)

    def full_name(self, code: str) -> str:
        """山东省潍坊市寿光市."""
        return "".join(place.name for place in self.lineage(code))


def wider_codes(code: str) -> tuple[str, ...]:
    """Province, prefecture, county, town and village of a code, each once, as far as it goes."""
    steps = [
        code[:2] + "0000",
        code[:4] + "00",
        code[:6],
        *(code[:length] for length in (9, 12) if len(code) >= length),
    ]
    return tuple(dict.fromkeys(steps))


def within(code: str, wider: str) -> bool:
    """Whether a place lies in a wider one. No place lies in itself."""
    return code != wider and wider in wider_codes(code)
