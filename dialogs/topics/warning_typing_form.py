"""A warning in the making: what is asked, what cannot be, and what it becomes."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places
from dialogs.session import Form
from dialogs.warning_text import what_to_do
from dialogs.warning_typing_words import typing_words
from knowledge_base.warnings.hazards import hazards
from knowledge_base.warnings.issuing import Issuer
from knowledge_base.warnings.terms import Colour
from knowledge_base.warnings.typed_warning import TypedWarning

LONGEST = timedelta(days=7)
ORDER = ("hazard", "colour", "codes", "onset", "expires")
"""The slots, in the order in which they are asked for."""
YES, NO = "wt:yes:", "wt:no"
_AREA = 200
"""Characters of the place in words."""


class TypingForm:
    """Works on the slots of an officer's form."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._words = typing_words()

    def wrong(self, issuer: Issuer, slots: dict[str, Any], now: datetime) -> str:
        """What cannot be, which is forgotten, in a sentence."""
        hazard, colour = hazards().get(slots.get("hazard", "")), slots.get("colour")
        if hazard and colour and Colour(colour) not in hazard.colours:
            del slots["colour"]
            return self._text("wrong_colour", hazard=hazard.name, colour=self._words.colours[Colour(colour)])
        if "codes" in slots and not issuer.may(slots["codes"]):
            place = self.named(slots.pop("codes"), slots.get("names", {}))
            return self._text("outside", place=place, areas=self.named(issuer.areas, issuer.names))
        if "expires" in slots:
            expires = datetime.fromisoformat(slots["expires"])
            onset = datetime.fromisoformat(slots["onset"]) if "onset" in slots else now
            if expires <= max(onset, now) or expires > max(onset, now) + LONGEST:
                del slots["expires"]
                return self._text("over" if expires <= max(onset, now) else "too_long")
        return ""

    def question(self, form: Form, issuer: Issuer) -> Reply:
        """What the form asks for now, with its buttons."""
        words, asking = self._words, form.asking
        buttons: list[tuple[str, str]] = []
        if asking == "hazard":
            buttons = [(f"h:{key}", hazards()[key].name) for key in words.common]
        elif asking == "colour":
            allowed = sorted(hazards()[form.slots["hazard"]].colours)
            buttons = [(f"c:{int(colour)}", words.colours[colour]) for colour in allowed]
        elif asking == "place":
            buttons = [(f"a:{area}", self.named((area,), issuer.names)) for area in issuer.areas]
        elif asking == "onset":
            buttons = [("o:", words.buttons["now"])]
        elif asking == "expires":
            buttons = [(f"d:{hours}", words.buttons["hours"].format(hours=hours)) for hours in words.hours]
        choices = (*(Choice(f"wt:{id_}", label) for id_, label in buttons), Choice(NO, words.buttons["quit"]))
        text = self._text(f"ask_{asking}", hazard=hazard_name(form.slots), areas=self.named(issuer.areas, issuer.names))
        return Reply(ReplyKind.ASK, text, text, choices=choices)

    def typed(self, issuer: Issuer, slots: Mapping[str, Any]) -> TypedWarning:
        """The warning of full slots."""
        return TypedWarning.model_validate(
            {name: slots[name] for name in (*ORDER, "change", "of", "before") if name in slots}
            | {"area": slots.get("area") or self.named(slots["codes"], {**issuer.names, **slots.get("names", {})})}
            | {"office": issuer.shown}
            | {"instruction": "\n".join(what_to_do(slots["hazard"], None))}
        )

    def named(self, codes: Iterable[str], names: Mapping[str, str]) -> str:
        """Places in words; `names` are those of villages and towns, by code."""
        return "、".join(self._named(code, names.get(code, "")) for code in codes)[:_AREA]

    def _named(self, code: str, name: str) -> str:
        around = self._places.full_name(code)
        return around if around.endswith(name) else around + name

    def send(self, slots: Mapping[str, Any]) -> tuple[Choice, ...]:
        """The buttons under what is read back."""
        buttons = self._words.buttons
        send = Choice(f"{YES}{digest(slots)}", buttons["ask" if needs_two(slots) else "send"])
        return (send, Choice("wt:change", buttons["change"]), Choice(NO, buttons["quit"]))

    def _text(self, key: str, **values: str) -> str:
        return self._words.say[key].format(**values)


def needs_two(slots: Mapping[str, Any]) -> bool:
    """Whether a second person must approve it."""
    return bool(min(slots["colour"], slots.get("before", slots["colour"])) <= Colour.ORANGE)


def chosen(step: str, what: str, form: Form, now: datetime) -> dict[str, Any] | None:
    """What a button of a question stands for; None for one that was made up."""
    if step == "h" and what in hazards():
        return {"hazard": what}
    if step == "c" and what in {"1", "2", "3", "4"}:
        return {"colour": int(what)}
    if step == "a" and what.isdecimal():
        return {"codes": [what], "names": {}}
    if step == "o":
        return {"onset": now.astimezone(UTC).isoformat()}
    if step == "d" and what.isdecimal() and len(what) <= 3:
        onset = datetime.fromisoformat(form.slots["onset"]) if "onset" in form.slots else now
        return {"expires": (max(onset, now) + timedelta(hours=int(what))).isoformat()}
    return None


def hazard_name(slots: Mapping[str, Any]) -> str:
    """The danger in words, if it is known yet."""
    return hazards()[slots["hazard"]].name if "hazard" in slots else ""


def digest(slots: Mapping[str, Any]) -> str:
    """Tells forms apart, so that a yes counts for what was read back and for nothing else."""
    return hashlib.sha256(json.dumps(slots, sort_keys=True).encode()).hexdigest()[:12]
