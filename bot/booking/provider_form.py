"""Forms of the console on providers and machines: what was typed, as cards of the register, or what is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from bot.place_names import PlaceNames, words_of
from dialogs.booking.machine_kinds import machine_kinds
from dialogs.booking.order import plain
from dialogs.booking.register import MachineCard, Price, ProviderCard
from dialogs.booking.services import catalogue
from dialogs.booking.terms import Person

PROVIDER = {"kind": "operator", "name": "", "place": "", "areas": "", "position": ""}
MACHINE = {"kind": "combine", "name": "", "capacity_mu": "", "width_cm": "", "crops": "", "prices": ""}
_MOST_LINES = 60


class Wrong(Exception):
    """What is wrong: keys of the texts' `errors`, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class ProviderForm:
    """Reads forms. `crop` is the standard name of a crop."""

    places: PlaceNames
    crop: Callable[[str], str | None]

    def provider(self, typed: Mapping[str, str], person: Person | None, *, active: bool) -> ProviderCard:
        """The card. Raises `Wrong`."""
        errors: dict[str, str] = {}
        place = self.places.code(typed["place"])
        areas = self.places.codes(typed["areas"])
        position = _position(typed["position"])
        if place is None:
            errors["place"] = "place"
        if not areas:
            errors["areas"] = "areas"
        if typed["position"] and position is None:
            errors["position"] = "position"
        if not 1 <= len(typed["name"].strip()) <= 60:
            errors["name"] = "name"
        if typed["kind"] not in {"operator", "cooperative"}:
            errors["kind"] = "kind"
        if errors:
            raise Wrong(errors)
        values: dict[str, Any] = {"kind": typed["kind"], "name": typed["name"], "place": place, "areas": areas}
        return ProviderCard(**values, person=person, position=position, active=active)

    def provider_typed(self, card: ProviderCard) -> dict[str, str]:
        """A card as it would be typed."""
        position = f"{card.position[0]}, {card.position[1]}" if card.position else ""
        place, areas = self.places.typed(card.place), " ".join(self.places.typed(area) for area in card.areas)
        return {"kind": card.kind, "name": card.name, "place": place, "areas": areas, "position": position}

    def machine(self, typed: Mapping[str, str], *, active: bool) -> MachineCard:
        """The card. Raises `Wrong`."""
        errors: dict[str, str] = {}
        crops = [self.crop(word) for word in words_of(typed["crops"])]
        prices = self._prices(typed["prices"])
        if None in crops:
            errors["crops"] = "crops"
        if not prices:
            errors["prices"] = "prices"
        if typed["kind"] not in machine_kinds():
            errors["kind"] = "kind"
        if errors:
            raise Wrong(errors)
        values = {
            "kind": typed["kind"],
            "name": typed["name"],
            "capacity_mu": typed["capacity_mu"],
            "width_cm": typed["width_cm"] or None,
            "crops": tuple(crops),
            "prices": prices,
            "active": active,
        }
        try:
            return MachineCard.model_validate(values)
        except ValidationError as error:
            found = {str(one["loc"][0]) for one in error.errors()}
            raise Wrong({field: field for field in found}) from None

    def _prices(self, text: str) -> tuple[Price, ...] | None:
        """A line each: the job, the crop where the price is for one, the 元 per 亩."""
        labels = {job.label: key for key, job in catalogue().jobs.items()}
        prices: list[Price] = []
        for line in [line for line in text.splitlines() if line.strip()][:_MOST_LINES]:
            words = words_of(line)
            crop = self.crop(words[1]) if len(words) == 3 else None
            if len(words) not in {2, 3} or words[0] not in labels or (len(words) == 3 and crop is None):
                return None
            try:
                price = Price(service=labels[words[0]], price_mu=Decimal(words[-1].removesuffix("元")), crop=crop)
            except (InvalidOperation, ValidationError):
                return None
            prices.append(price)
        return tuple(prices)


def machine_typed(card: MachineCard) -> dict[str, str]:
    """A card as it would be typed."""
    jobs = catalogue()
    lines = [
        " ".join(part for part in (jobs[one.service].label, one.crop, plain(one.price_mu)) if part)
        for one in card.prices
        if one.service in jobs
    ]
    return {
        "kind": card.kind,
        "name": card.name,
        "capacity_mu": plain(card.capacity_mu),
        "width_cm": str(card.width_cm or ""),
        "crops": " ".join(card.crops),
        "prices": "\n".join(lines),
    }


def _position(text: str) -> tuple[float, float] | None:
    parts = words_of(text)
    try:
        latitude, longitude = (float(part) for part in parts)
    except ValueError:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None
