"""The form for writing a notice: what it begins with, and what is read from it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import ValidationError
from starlette.datastructures import FormData

from knowledge_base.curation.console.county_fields import areas, listed, local, moment
from knowledge_base.curation.console.kit import COUNTY_TIME
from knowledge_base.curation.console.texts import Texts
from knowledge_base.notices.notice import Kind, Notice
from knowledge_base.warnings.codes import significant

FIELDS = ("kind", "title", "text", "entry", "source", "dated", "codes", "farm", "send_at", "valid_until")
LONG = timedelta(days=7)
"""How long a notice holds that nobody has said more of."""
MORNING = 8
"""The hour at which a notice goes out that nobody has said more of."""
_EMPTY = {"title": "title", "text": "text", "source": "source"}

Term = Callable[[str], tuple[Literal["crop", "livestock"], str] | None]
"""The crop or animal that a word means: which of the two, and its standard term."""


class NoticeForm:
    """Reads the form; `errors` are its sentences, `place_code` finds a place by its name, `place_name` names a code."""

    def __init__(
        self,
        errors: Texts,
        term: Term,
        place_code: Callable[[str], str | None],
        place_name: Callable[[str], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._errors = errors
        self._term = term
        self._place_code = place_code
        self._place_name = place_name
        self._clock = clock

    def start(self, earlier: Notice | None = None, *, correcting: bool = False) -> dict[str, str]:
        """What the form begins with: nothing but times, or a notice that is changed or corrected."""
        now = self._clock()
        today = now.astimezone(COUNTY_TIME)
        morning = (today + timedelta(days=1)).replace(hour=MORNING, minute=0)
        typed = dict.fromkeys(FIELDS, "")
        typed |= {"kind": Kind.PEST, "dated": today.date().isoformat()}
        typed |= {"send_at": local(morning), "valid_until": local(morning + LONG)}
        if earlier is None:
            return typed
        typed |= {name: getattr(earlier, name) for name in ("kind", "title", "text", "source")}
        typed |= {"entry": earlier.entry or "", "codes": " ".join(map(self._shown, earlier.codes))}
        typed["farm"] = " ".join((*earlier.crops, *earlier.animals))
        if correcting:
            return typed | {"send_at": local(now), "valid_until": local(max(earlier.valid_until, now + LONG))}
        times = {"send_at": local(earlier.send_at), "valid_until": local(earlier.valid_until)}
        return typed | times | {"dated": earlier.dated.isoformat()}

    def typed(self, form: FormData) -> dict[str, str]:
        """All fields as they were typed."""
        return {name: str(form.get(name, "")).replace("\r\n", "\n").strip() for name in FIELDS}

    def read(self, typed: Mapping[str, str]) -> tuple[Notice | None, dict[str, str]]:
        """The notice, or None and what is wrong with it, by field."""
        errors = self._errors
        wrong = {field: errors[name] for field, name in _EMPTY.items() if not typed[field]}
        if typed["kind"] not in set(Kind):
            wrong["kind"] = errors.kind
        places = areas(typed["codes"], self._place_code)
        if places.unknown:
            wrong["codes"] = errors.codes.format(words="、".join(places.unknown))
        elif not places.codes:
            wrong["codes"] = errors.codes_empty
        meant = {word: self._term(word) for word in listed(typed["farm"])}
        if strange := [word for word, term in meant.items() if term is None]:
            wrong["farm"] = errors.farm.format(words="、".join(strange))
        dated = _day(typed["dated"])
        if dated is None or dated > self._clock().astimezone(COUNTY_TIME).date():
            wrong["dated"] = errors.dated
        send_at, valid_until = moment(typed["send_at"]), moment(typed["valid_until"])
        times = (("send_at", send_at), ("valid_until", valid_until))
        wrong |= {name: errors.time for name, when in times if when is None}
        if send_at and valid_until and valid_until <= send_at:
            wrong["valid_until"] = errors.order
        if wrong:
            return None, wrong
        terms = [term for term in meant.values() if term is not None]
        farm = {
            kind: tuple(dict.fromkeys(name for one, name in terms if one == kind)) for kind in ("crop", "livestock")
        }
        values: dict[str, object] = {
            "codes": places.codes,
            "crops": farm["crop"],
            "animals": farm["livestock"],
            "entry": None,
        }
        values |= {"dated": dated, "send_at": send_at, "valid_until": valid_until}
        words = {name: typed[name] for name in ("kind", "title", "text", "source")}
        try:
            notice = Notice.model_validate(words | values | ({"entry": typed["entry"]} if typed["entry"] else {}))
        except ValidationError as fault:
            return None, {_field(error["loc"]): _too_long(errors, error.get("ctx", {})) for error in fault.errors()}
        return notice, {}

    def _shown(self, code: str) -> str:
        """A place by its name, if the name finds it again."""
        name = self._place_name(code)
        found = self._place_code(name)
        return name if found and significant(found.ljust(12, "0")) == code else code


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _field(where: tuple[int | str, ...]) -> str:
    """The field of the form that a field of the notice is read from."""
    name = str(where[0])
    return "farm" if name in {"crops", "animals"} else name


def _too_long(errors: Texts, context: Mapping[str, object]) -> str:
    return str(errors.too_long).format(most=context.get("max_length", ""))
