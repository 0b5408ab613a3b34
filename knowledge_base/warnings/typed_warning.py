"""A warning as staff type it, and the CAP message that is made of it."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from knowledge_base.warnings.alert import (
    Alert,
    Area,
    Certainty,
    Colour,
    Info,
    MsgType,
    Reference,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from knowledge_base.warnings.hazards import hazards
from knowledge_base.warnings.quiet import COUNTY_TIME

DATA = Path(__file__).with_name("typed.yaml")
SENDER = "console@xiangyin"
_SEVERITY = {
    Colour.RED: Severity.EXTREME,
    Colour.ORANGE: Severity.SEVERE,
    Colour.YELLOW: Severity.MODERATE,
    Colour.BLUE: Severity.MINOR,
}
_TYPES = {"alert": MsgType.ALERT, "update": MsgType.UPDATE, "clear": MsgType.UPDATE, "cancel": MsgType.CANCEL}


class TypedWarning(BaseModel):
    """What is typed. `codes` have 6 to 12 digits; `of` is the typed warning that an update, a cancel or a clear is about,
    and `before` the colour that stands there until then.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    change: Literal["alert", "update", "clear", "cancel"] = "alert"
    of: str | None = None
    before: Colour | None = None
    hazard: str
    colour: Colour
    codes: tuple[str, ...] = Field(min_length=1)
    area: str = Field(min_length=1, max_length=200)
    onset: AwareDatetime
    expires: AwareDatetime
    office: str = Field(min_length=1, max_length=80)
    description: str = Field("", max_length=2000)
    instruction: str = Field("", max_length=1000)

    @property
    def needs_two(self) -> bool:
        """Whether a second person must approve it: what is grave, and what takes the place of something grave."""
        return min(self.colour, self.before or self.colour) <= Colour.ORANGE

    @property
    def ending(self) -> bool:
        """Whether it says that a danger is over, or never was."""
        return self.change in {"clear", "cancel"}

    def alert(self, identifier: str, sent: datetime, earlier: Alert | None = None) -> Alert:
        """The CAP message; `earlier` is the one that it is about."""
        words, hazard = typed_words(), hazards()[self.hazard]
        headline = words.change.get(self.change, words.headline).format(
            office=self.office, hazard=hazard.name, colour=words.colours[self.colour]
        )
        sent, onset, expires = (_county(moment) for moment in (sent, self.onset, self.expires))
        info = Info(
            event=hazard.name,
            categories=(hazard.category,),
            urgency=Urgency.IMMEDIATE if onset <= sent else Urgency.EXPECTED,
            severity=_SEVERITY[self.colour],
            certainty=Certainty.LIKELY,
            language="zh-CN",
            response_types=(ResponseType.ALL_CLEAR,) if self.change == "clear" else (),
            effective=sent,
            onset=onset,
            expires=expires,
            sender_name=self.office,
            headline=headline,
            description=self.description or None,
            instruction=self.instruction or None,
            parameters=((words.colour_name, words.colours[self.colour]),),
            areas=(Area(self.area, geocodes=tuple((words.code_name, code.ljust(12, "0")) for code in self.codes)),),
        )
        references = (Reference(earlier.sender, earlier.identifier, earlier.sent),) if earlier else ()
        return Alert(
            identifier,
            SENDER,
            sent,
            Status.ACTUAL,
            _TYPES[self.change],
            Scope.PUBLIC,
            references=references,
            note=words.note if self.change == "cancel" else None,
            infos=(info,),
        )


def _county(moment: datetime) -> datetime:
    """In the county's time, to the second: CAP knows no fractions."""
    return moment.astimezone(COUNTY_TIME).replace(microsecond=0)


class TypedWords(BaseModel):
    """The words, from typed.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    headline: str
    change: dict[str, str]
    colours: dict[Colour, str]
    colour_name: str
    code_name: str
    note: str
    too_late: str


@cache
def typed_words() -> TypedWords:
    """The shipped words."""
    return TypedWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
