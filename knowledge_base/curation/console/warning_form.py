"""The form for typing a warning: what it begins with, and what is read from it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import ValidationError
from starlette.datastructures import FormData

from knowledge_base.curation.console.county_fields import areas, local, moment
from knowledge_base.curation.console.texts import Texts
from knowledge_base.warnings.hazards import hazards
from knowledge_base.warnings.terms import Colour
from knowledge_base.warnings.typed_warning import TypedWarning

FIELDS = (
    "change",
    "of",
    "hazard",
    "colour",
    "codes",
    "area",
    "onset",
    "expires",
    "office",
    "description",
    "instruction",
)
LONG = timedelta(hours=12)
"""How long a warning holds that nobody has said more of."""


class WarningForm:
    """Reads the form; `errors` are its sentences, `place_code` finds a place by its name."""

    def __init__(
        self,
        errors: Texts,
        place_code: Callable[[str], str | None],
        place_name: Callable[[str], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._errors = errors
        self._place_code = place_code
        self._place_name = place_name
        self._clock = clock

    def start(
        self, hazard: str, change: str, guidance: Sequence[str], of: str, earlier: Mapping[str, object] | None
    ) -> dict[str, str]:
        """What the form begins with: the template of a hazard, or the warning that this one is about."""
        now = self._clock()
        typed = dict.fromkeys(FIELDS, "")
        typed |= {
            "hazard": hazard,
            "colour": str(int(max(hazards()[hazard].colours))),
            "onset": local(now),
            "expires": local(now + LONG),
            "instruction": "\n".join(guidance),
        }
        if earlier is not None:
            words = TypedWarning.model_validate(earlier)
            kept = {name: getattr(words, name) for name in ("hazard", "area", "office", "description", "instruction")}
            typed |= kept | {"colour": str(int(words.colour)), "codes": " ".join(words.codes)}
            typed |= {"onset": local(words.onset), "expires": local(max(words.expires, now + timedelta(hours=1)))}
        return typed | {"change": change, "of": of}

    def typed(self, form: FormData) -> dict[str, str]:
        """All fields as they were typed."""
        return {name: str(form.get(name, "")).strip() for name in FIELDS}

    def read(self, typed: Mapping[str, str]) -> tuple[TypedWarning | None, dict[str, str]]:
        """The warning, or None and what is wrong with it, by field."""
        errors = self._errors
        wrong: dict[str, str] = {}
        if typed["hazard"] not in hazards():
            wrong["hazard"] = errors.hazard
        if typed["colour"] not in {str(int(colour)) for colour in Colour}:
            wrong["colour"] = errors.colour
        places = areas(typed["codes"], self._place_code)
        if places.unknown:
            wrong["codes"] = errors.codes.format(words="、".join(places.unknown))
        elif not places.codes:
            wrong["codes"] = errors.codes_empty
        onset, expires = moment(typed["onset"]), moment(typed["expires"])
        wrong |= {name: errors.time for name, when in (("onset", onset), ("expires", expires)) if when is None}
        if onset and expires and expires <= max(onset, self._clock()):
            wrong["expires"] = errors.order
        if not typed["office"]:
            wrong["office"] = errors.office
        if wrong:
            return None, wrong
        area = typed["area"] or "、".join(self._place_name(code) for code in places.codes)
        try:
            return TypedWarning.model_validate(
                dict(typed)
                | {
                    "codes": places.codes,
                    "area": area,
                    "onset": onset,
                    "expires": expires,
                    "colour": int(typed["colour"]),
                }
                | {"of": typed["of"] or None, "change": typed["change"] or "alert"}
            ), {}
        except ValidationError as fault:
            return None, {str(error["loc"][0]): errors.too_long for error in fault.errors()}
