"""What a sentence says of an order: job, crop, area, days, place."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import get_args

from dialogs.booking.sayings import bare, sayings
from dialogs.booking.services import catalogue
from dialogs.booking.shape import crop_alone, implied, instead, is_job, left, settled, shaped, then
from dialogs.booking.sounds import Sounds
from nlu.entities import EntityFinder
from nlu.text.gazetteer import Gazetteer
from nlu.text.places import Place, PlaceFinder
from nlu.text.quantities import Quantity, QuantityFinder
from nlu.text.when import DateFinder, When
from nlu.understanding import Entity
from nlu.wordfile import Region
from nlu.words import Words

_OTHER = frozenset({"problem", "pesticide", "fertiliser", "livestock", "policy", "legal", "hazard"})
SPRAYED = frozenset({"spray", "topdress"})
"""Jobs against a pest, or with a product, that may be named."""
BY_WEIGHT = frozenset({"dry", "haul"})
"""Jobs of which the weight is noted too."""
_BESIDE_OTHERS = SPRAYED | {"silage", "bale"}
"""Jobs that are ordered with the pest, or the cattle, they are for."""
_ORDER_BESIDE = 7
"""So much may be told beside an order: 麦子倒了, 怕下雨."""
_MANY = 2
"""So many characters left over, and a sentence says something else as well."""


@dataclass(frozen=True, slots=True)
class Area:
    """An area as said, in 亩: one value, or several that it may be. Of `local` measures there is none."""

    text: str
    values: tuple[Decimal, ...]
    local: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What was found in a sentence. `shape` has a capital letter for each thing named (services.yaml).

    `crops`: several where several are named, or one word means several.
    """

    text: str
    shape: str
    service: str | None
    verb: str | None
    """The job that a mere verb may stand for."""
    crops: tuple[str, ...]
    areas: tuple[Area, ...]
    whens: tuple[When, ...]
    places: tuple[Place, ...]
    village: str
    weight: str
    notes: tuple[str, ...]
    left: str
    """The shape without the words for the job."""
    no_day: str = ""
    """A day that is named and does not exist."""
    ruled_out: tuple[When, ...] = ()
    """后天没空: days on which it is not to be, of which an operator is off."""
    then: str | None = None
    """A further job that is wanted afterwards."""

    @property
    def rest(self) -> str:
        """What it says beside all this."""
        return (
            sayings().left_over(self.left.replace(self.village, "")) if self.village else sayings().left_over(self.left)
        )

    @property
    def named(self) -> int:
        """How many of the things an order needs are named."""
        return sum(map(bool, (self.crops, self.areas, self.whens, self.places, self.village)))

    @property
    def job(self) -> str | None:
        """The job, where a crop, an area or a machine makes it one."""
        beside = self.crops or self.areas or sayings().has("machine", self.shape)
        return self.service or (self.verb if beside else None)

    @property
    def asks(self) -> bool:
        """Whether it asks for an explanation, a price or the weather."""
        return sayings().has("question", self.shape)

    @property
    def names_other(self) -> bool:
        """Whether a pest, a product, an animal or a policy is named, or what a plant looks like that is not to be harvested."""
        ripe = (self.job or self.verb) == "harvest" or self.notes
        return "X" in self.shape or ("S" in self.shape and not ripe)

    @property
    def complete(self) -> bool:
        """Whether it says nothing beside what was found."""
        return len(self.rest) <= _MANY

    @property
    def is_order(self) -> bool:
        """Whether somebody wants a machine, by the words alone."""
        words = sayings()
        if self.asks or any(words.has(pattern, self.text) for pattern in ("not_ours", "mine", "change_cancel")):
            return False
        if words.has("done", self.shape) and not words.has("demand", self.shape):
            return False
        job, machine = self.job, words.has("machine", self.shape)
        if self.names_other and (job or self.verb) not in _BESIDE_OTHERS:
            return False
        if words.has("cue", self.shape) and len(self.rest) <= _ORDER_BESIDE:
            return job is not None or machine or (self.verb is not None and self.complete)
        if words.has("weak_cue", self.shape) and len(self.rest) <= _MANY + 1:
            much = self.areas or (self.weight and (job or self.verb) in BY_WEIGHT)
            return (job or self.verb) is not None and bool(machine or much or (self.whens and self.crops))
        if job is None or self.names_other or not self.complete:
            return False
        shy = catalogue()[job].shy and not machine
        return bool(self.areas) and (not shy or bool(self.whens))

    @property
    def asks_price(self) -> bool:
        """Whether it asks what a job costs."""
        job = self.service or (self.verb if self.crops or sayings().has("machine", self.shape) else None)
        return job is not None and sayings().has("job_price", self.shape)

    @property
    def surely_order(self) -> bool:
        """Whether a sentence that had to be mended first is one: it says how much or when, and nothing else."""
        return self.is_order and self.complete and bool(self.areas or self.whens) and bool(self.job)


class Hearing:
    """Reads sentences in standard words; holds no state, safe to share."""

    def __init__(self, words: Words, gazetteer: Gazetteer, quantities: QuantityFinder) -> None:
        self._words = words
        self._entities = EntityFinder(words)
        self._quantities = quantities
        self._dates = DateFinder()
        self._places = PlaceFinder(gazetteer, words)
        self._sounds = Sounds(words, gazetteer)

    def read(self, text: str, now: datetime, region: Region | None, near: str | None) -> Heard:
        """What is in a sentence. Where the region is not known, a crop may be what its name means in any."""
        words = sayings()
        text = settled(text)
        text = words.patterns["apart"].sub(words.text("pause"), text)
        text = words.patterns["day_heard"].sub(words.text("day_number"), text)
        no_day = words.find("no_such_day", text) or words.find("market_day", text)
        for pattern in ("no_such_day", "market_day"):
            text = words.patterns[pattern].sub(words.text("pause"), text)
        text = words.patterns["unit_left_out"].sub(lambda match: words.text("mu", area=match[0]), text)
        text = words.patterns["grain"].sub(words.text("grain"), text)
        dates = tuple(self._dates.find(text, now))
        ruled_out = tuple(when for when in dates if words.has("day_ruled_out", text[when.end :]))
        whens = tuple(when for when in dates if when not in ruled_out)
        found = self._entities.find(text, region)
        quantities = [one for one in self._quantities.find(text, region) if _free(one.start, one.end, whens)]
        areas = [one for one in quantities if one.kind == "area"]
        if areas:
            # 一块一亩二，一块八分: beside an area 八分 is one too.
            areas = [area for one in quantities if (area := _as_area(one))]
        places = self._places.find(text, near)
        crops = [one for one in self._crops(text, found, region) if _free(one.start, one.end, [*whens, *areas])]
        spans = [("D", one.start, one.end) for one in dates]
        spans += [("A", one.start, one.end) for one in areas]
        spans += [("C", *crop_alone(text, one)) for one in crops]
        spans += [("P", one.start, one.end) for one in places]
        # 倒伏 is a problem of its own elsewhere; here it is what the driver should know.
        noted = [one for one in found if one.kind == "symptom" or one.standard in words.notes]
        spans += [
            ("X", one.start, one.end)
            for one in found
            if one.kind in _OTHER and one not in noted and not is_job(text, one)
        ]
        spans += [("S", one.start, one.end) for one in noted]
        spans += [("N", one.start, one.end) for one in quantities if all(one.start != area.start for area in areas)]
        shape = shaped(text, spans)
        local = _local(text, shape)
        named, verb = catalogue().named(shape), catalogue().meant(shape)
        named = instead(shape) or named
        at = named or verb
        meant = () if crops or not named else implied(named[0], shape)
        return Heard(
            text=text,
            shape=shape,
            service=named[0] if named else None,
            verb=verb[0] if verb else None,
            crops=tuple(dict.fromkeys(one.standard for one in crops)) or meant,
            areas=tuple(_area(one) for one in areas) or local,
            whens=whens,
            places=places,
            village=_village(text, places, whens),
            weight=next((one.text for one in quantities if one.kind == "weight"), ""),
            notes=tuple(note for note, pattern in words.notes.items() if pattern.search(text)),
            left=left(shape, at[1] if at else None, [area.text for area in local]),
            no_day=no_day[0] if no_day else "",
            ruled_out=ruled_out,
            then=then(shape, named[0] if named else verb[0] if verb else None),
        )

    def again(self, text: str, now: datetime, region: Region | None, near: str | None, *, place: bool) -> Heard | None:
        """What it says once what was misheard is mended by sound; None where nothing sounds like anything else."""
        text = settled(text)
        crop = any(one.kind == "crop" for one in self._entities.find(text, region))
        mended = self._sounds.mend(text, self._taken(text, now, region, near), place=place, crop=not crop)
        return self.read(mended, now, region, near) if mended != text else None

    def knows_crop(self, name: str) -> bool:
        """Whether that is the standard name of a crop."""
        term = self._words.term(name)
        return term is not None and term.kind == "crop"

    def number(self, text: str, region: Region | None) -> Area | None:
        """The area that a bare number stands for, where one was asked for."""
        words = sayings()
        match = words.find("bare_number", bare(text))
        if match is None:
            return None
        found = self._quantities.find(words.text("mu_said", number=match["number"], half=match["half"] or ""), region)
        return _area(found[0]) if found and found[0].kind == "area" else None

    def _taken(self, text: str, now: datetime, region: Region | None, near: str | None) -> frozenset[int]:
        """The characters that mean something as they stand."""
        spans = [(one.start, one.end) for one in self._dates.find(text, now)]
        spans += [(one.start, one.end) for one in self._quantities.find(text, region)]
        spans += [(one.start, one.end) for one in self._entities.find(text, region) if one.end - one.start > 1]
        spans += [(one.start, one.end) for one in self._places.find(text, near)]
        words = sayings()
        spans += [one.span() for one in words.patterns["filler"].finditer(text) if one.end() - one.start() > 1]
        spans += [one.span() for one in words.patterns["cue"].finditer(text)]
        return frozenset(at for start, end in spans for at in range(start, end))

    def _crops(self, text: str, found: Sequence[Entity], region: Region | None) -> list[Entity]:
        crops = [one for one in found if one.kind == "crop"]
        for machine in (one for one in found if one.kind == "machine" and one.start >= 0):
            name = sayings().patterns["machine_ending"].sub("", text[machine.start : machine.end])
            inside = self._entities.find(name, region) if name else ()
            crops += [
                Entity("crop", one.text, one.standard, machine.start + one.start, machine.start + one.end)
                for one in inside
                if one.kind == "crop"
            ]
        if not crops:
            # 收谷 of 收谷子 is a job, which hides what is behind it.
            hidden = sayings().patterns["reaping"].sub(sayings().text("pause"), text)
            regions = (region, *get_args(Region)) if region is None else (region,)
            crops = [one for each in regions for one in self._entities.find(hidden, each) if one.kind == "crop"]
            crops = list(dict.fromkeys(crops))
        return [one for one in crops if not sayings().has("no_crop", one.standard)]


def _as_area(quantity: Quantity) -> Quantity | None:
    """The quantity as an area, where it is one or may be one."""
    if quantity.kind == "area":
        return quantity
    return next((one for one in quantity.alternatives if one.kind == "area"), None)


def _area(quantity: Quantity) -> Area:
    """三四亩 may be either; 三亩多 is taken for three."""
    values = [quantity.low]
    if quantity.high != quantity.low and sayings().has("either_number", quantity.text):
        values.append(quantity.high)
    values += [one.low for one in quantity.alternatives if one.kind == "area"]
    return Area(quantity.text, tuple(dict.fromkeys(values)))


def _local(text: str, shape: str) -> tuple[Area, ...]:
    if sayings().has("zero", text):
        return (Area("", (Decimal(0),)),)
    match = None if "A" in shape else sayings().find("local_unit", text)
    return (Area(match[0], (), local=True),) if match else ()


def _village(text: str, places: Sequence[Place], whens: Sequence[When]) -> str:
    """What is said right behind a place that is known, or behind 地在, and sounds like a village."""
    words = sayings()
    starts = [place.end for place in places] + [match.end() for match in words.patterns["field_at"].finditer(text)]
    taken: tuple[Place | When, ...] = (*places, *whens)
    for start in starts:
        match = words.patterns["village"].match(text, start)
        if match and _free(match.start(), match.end(), taken) and not words.has("not_village", match["village"]):
            return match["village"]
    return ""


def _free(start: int, end: int, taken: Iterable[When | Quantity | Place]) -> bool:
    return not any(start < other.end and other.start < end for other in taken)
