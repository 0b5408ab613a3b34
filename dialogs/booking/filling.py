"""What a sentence changes in an order, and what cannot be taken as it was said."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dialogs.booking.days import Refused, Span, suiting
from dialogs.booking.hearing import BY_WEIGHT, SPRAYED, Heard
from dialogs.booking.order import MOST_MU, Order
from dialogs.booking.sayings import bare, sayings
from dialogs.booking.services import catalogue
from dialogs.places import Places
from nlu.text.places import Place, deepest

_COUNTY = 6
_MOST_CROPS = 6
_TOLD = 3
"""Characters beside something that the operator should know, in a sentence that only tells that."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a slot cannot be filled: the key of a text, its values, and what there is to choose from instead."""

    slot: str
    key: str
    values: tuple[tuple[str, str], ...] = ()
    areas: tuple[Decimal, ...] = ()
    spans: tuple[Span, ...] = ()
    crops: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """The order afterwards, the slots that were spoken of, and what has to be asked because of it."""

    order: Order
    spoken: frozenset[str]
    problem: Problem | None = None

    def same_as(self, before: Order) -> bool:
        """Whether nothing has changed but how the days were said."""
        return self.problem is None and self.order.model_copy(update={"date_text": before.date_text}) == before


class Filling:
    """Fills orders. `asking` is the slot that was asked for."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def fill(self, order: Order, heard: Heard, asking: str | None, now: datetime, near: str | None) -> Filled:
        """The order with what the sentence says. `near`: the administrative code of where the person is."""
        changed: dict[str, object] = {}
        spoken: set[str] = set()
        problems: list[Problem] = []
        service = self._service(order, heard, asking)
        if service:
            spoken.add("service")
            changed["service"] = service
        crop = self._crop(order, heard, service or order.service, changed)
        problems += [crop] if crop else []
        spoken |= {"crop"} if heard.crops else set()
        if heard.areas:
            spoken.add("area")
            area = self._area(heard, changed)
            problems += [area] if area else []
        days = self._days(order, heard, asking, now, changed)
        if days is not None:
            spoken.add("date")
            problems += [days] if isinstance(days, Problem) else []
        place = self._place(order, heard, asking, near, changed)
        if place is not None:
            spoken.add("place")
            problems += [place] if isinstance(place, Problem) else []
        notes = (*heard.notes, heard.weight) if (service or order.service) in BY_WEIGHT else heard.notes
        if new := [note for note in notes if note and note not in order.notes]:
            spoken.add("note")
            changed["notes"] = (*order.notes, *new)
        return Filled(order.model_copy(update=changed), frozenset(spoken), problems[0] if problems else None)

    def with_area(self, order: Order, value: Decimal, said: str) -> Filled:
        """The order with an area, or why that is none."""
        changed: dict[str, object] = {}
        problem = _checked(value, said, changed)
        return Filled(order.model_copy(update=changed), frozenset({"area"}), problem)

    def with_days(self, order: Order, span: Span) -> Filled:
        """The order for these days."""
        changed = {"first": span.first, "last": span.last, "part": span.part or order.part, "date_text": span.text}
        return Filled(order.model_copy(update=changed), frozenset({"date"}))

    def with_place(self, order: Order, code: str, village: str = "") -> Order:
        """The order for a field at that place."""
        return order.model_copy(
            update={"place": code, "village": village, "place_text": self._places.full_name(code) + village}
        )

    def at_home(self, order: Order, near: str | None) -> Order:
        """The order for where the person is, unless another place was named."""
        if order.place is not None or near is None or not is_county(near):
            return order
        return self.with_place(order, near, order.village)

    def _service(self, order: Order, heard: Heard, asking: str | None) -> str | None:
        if asking == "service" or order.service is None:
            return heard.service or heard.verb
        return heard.service or (heard.job if sayings().has("correction", heard.text) else None)

    def _crop(self, order: Order, heard: Heard, service: str | None, changed: dict[str, object]) -> Problem | None:
        crops = heard.crops
        if len(crops) > 1 and heard.shape.count("C") > 1 and sayings().has("correction", heard.text):
            crops = crops[-1:]
        if len(crops) > 1:
            key = "which_crop" if heard.shape.count("C") > 1 else "which_meaning"
            return Problem("crop", key, crops=crops[:_MOST_CROPS])
        crop = crops[0] if crops else order.crop
        if crop and service and not catalogue()[service].takes(crop):
            changed["crop"] = None
            return Problem("crop", "crop_not_served", (("job", catalogue()[service].label), ("crop", crop)))
        if crops:
            changed["crop"] = crop
        return None

    def _area(self, heard: Heard, changed: dict[str, object]) -> Problem | None:
        words, areas = sayings(), heard.areas
        if len(areas) > 1 and words.has("correction", heard.text):
            areas = areas[-1:]
        if len(areas) > 1 and words.has("plots", heard.shape) and all(len(area.values) == 1 for area in areas):
            return _checked(sum((area.values[0] for area in areas), Decimal(0)), areas[0].text, changed)
        if len(areas) > 1:
            if words.has("either_area", heard.text) and all(len(area.values) == 1 for area in areas):
                values = tuple(dict.fromkeys(area.values[0] for area in areas))
                either = words.text("or").strip("，").join(area.text for area in areas)
                return Problem("area", "which_area", (("said", either),), areas=values)
            total = [area for area in areas if words.has("total", heard.text.partition(area.text)[0])]
            if not total:
                return Problem("area", "several_areas")
            areas = tuple(total[:1])
        area = areas[0]
        if area.local:
            return Problem("area", "local_area", (("said", area.text),))
        if len(area.values) > 1:
            return Problem("area", "which_area", (("said", area.text),), areas=area.values)
        return _checked(area.values[0], area.text, changed)

    def _days(
        self, order: Order, heard: Heard, asking: str | None, now: datetime, changed: dict[str, object]
    ) -> Problem | bool | None:
        days = suiting(heard.text, heard.whens, now, asked=asking == "date", no_day=heard.no_day)
        if days is None:
            return None
        said = (("said", days.text),)
        if days.part and not days.spans and not days.refused:
            changed["part"] = days.part
            if order.first is None:
                return Problem("date", "which_day", said)
            return True
        if days.refused is Refused.PAST and days.spans:
            return Problem("date", "past_or_next", said, spans=days.spans)
        if days.refused:
            return Problem("date", days.refused.value, said)
        if len(days.spans) > 1:
            return Problem("date", "which_date", said, spans=days.spans)
        span = days.spans[0]
        changed.update(first=span.first, last=span.last, date_text=span.text)
        # 不对，是大后天: the afternoon that was asked for stays one.
        if span.part or not sayings().has("correction", heard.text):
            changed["part"] = span.part or (order.part if order.first is None else None)
        return True

    def _place(
        self, order: Order, heard: Heard, asking: str | None, near: str | None, changed: dict[str, object]
    ) -> Problem | bool | None:
        village = heard.village or (_village(heard) if asking == "place" and not heard.places else "")
        home = order.place or (near if near and is_county(near) else None)
        if heard.places:
            place = deepest(heard.places)
            if place is None:
                return Problem("place", "which_place", places=heard.places[:3])
            if place.alternatives:
                changed["village"] = village
                return Problem("place", "which_place", places=(place, *place.alternatives)[:3])
            if not is_county(place.code):
                changed["village"] = village
                return Problem("place", "wide_place", (("place", place.full_name),))
            village = village or (order.village if order.place is None else "")
            changed.update(self._located(place.code, village))
            return True
        if village:
            changed["village"] = village
            if home is None:
                return Problem("place", "which_county", (("village", village),))
            changed.update(self._located(home, village))
            return True
        if asking == "place" and sayings().has("here", bare(heard.text)):
            if home is None:
                return Problem("place", "where_is_here")
            changed.update(self._located(home, ""))
            return True
        return None

    def _located(self, code: str, village: str) -> dict[str, object]:
        return {"place": code, "village": village, "place_text": self._places.full_name(code) + village}


def is_county(code: str) -> bool:
    """Whether a code is that of a county or of a place within one."""
    return len(code) >= _COUNTY and code[4:6] != "00"


def fits(heard: Heard, filled: Filled, asking: str | None) -> bool:
    """Whether a sentence answers or corrects the order, and is not about something else."""
    words = sayings()
    if heard.asks:
        return False
    if not filled.spoken - {"note"}:
        return bool(filled.spoken) and len(_beside_notes(heard)) <= _TOLD
    if heard.names_other and filled.order.service not in SPRAYED:
        return False
    limit = 6 if words.has("correction", heard.text) else 4 if asking in filled.spoken else 2
    return len(heard.rest) <= limit


def _beside_notes(heard: Heard) -> str:
    """What a sentence says beside what the operator should know."""
    words, text = sayings(), heard.text
    for pattern in words.notes.values():
        text = pattern.sub("", text)
    return words.left_over(text)


def _checked(value: Decimal, said: str, changed: dict[str, object]) -> Problem | None:
    if value <= 0:
        return Problem("area", "area_zero")
    if value > MOST_MU:
        return Problem("area", "area_huge", (("said", said),))
    changed["area_mu"] = value
    return None


def _village(heard: Heard) -> str:
    """The village that a sentence names which answers the question for it."""
    words, text = sayings(), bare(heard.text)
    if words.has("not_village", text) or heard.crops or heard.areas or heard.whens or heard.service:
        return ""
    lead = words.find("village_lead", text)
    match = words.patterns["village"].fullmatch(text[lead.end() if lead else 0 :].rstrip(words.text("endings")))
    return match["village"] if match else ""
