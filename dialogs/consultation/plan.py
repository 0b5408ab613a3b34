"""An appointment in the making, kept in the session's form. Of what was told it holds nothing, only where it is sealed."""

from datetime import date, datetime
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict

from dialogs.consultation.kinds import kinds
from dialogs.consultation.phrases import label_of, slots
from dialogs.consultation.terms import Appointment, Way
from dialogs.consultation.wanted import Wanted
from dialogs.messages import Inbound
from dialogs.session import Form


class Plan(BaseModel):
    """What is known so far. `origin`: the message that opened it; `moves`: the appointment that is to be moved."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: str
    draft: str
    """The id of the sealed draft of what is told."""
    kind: str | None = None
    place: str | None = None
    asked: tuple[str, ...] = ()
    """The questions of the beginning that are dealt with."""
    asked_twice: bool = False
    """The question that is open was answered with something else once."""
    told: bool = False
    """Something was told."""
    months: int | None = None
    """How long ago it was."""
    entry: str | None = None
    """The key of the first answer."""
    answered: bool = False
    way: Way | None = None
    first: date | None = None
    last: date | None = None
    part: str | None = None
    minute: int | None = None
    consultant: str | None = None
    start: datetime | None = None
    after: datetime | None = None
    """Half hours up to this one were offered and did not suit."""
    share: bool | None = None
    """Whether what was told goes along; None: not asked yet."""
    asked_of: str | None = None
    """The consultant whom that was asked of."""
    moves: str | None = None

    @property
    def wanted(self) -> Wanted | None:
        """The days that are wanted."""
        return Wanted(self.first, self.last, self.part, self.minute) if self.first and self.last else None

    def wanting(self, wanted: Wanted) -> "Plan":
        """The plan for other days."""
        changed = {"first": wanted.first, "last": wanted.last, "part": wanted.part, "minute": wanted.minute}
        return self.freed().model_copy(update={**changed, "after": None})

    def freed(self) -> "Plan":
        """The plan without a half hour."""
        return self.model_copy(update={"consultant": None, "start": None})

    @property
    def consent_open(self) -> bool:
        """Whether must be asked what goes along: who agreed that one consultant reads it has not agreed to another."""
        return self.told and (self.share is None or (self.share and self.asked_of != self.consultant))

    def consented(self, share: bool) -> "Plan":
        """The plan with the answer to that."""
        return self.model_copy(update={"share": share, "asked_of": self.consultant})

    def shown(self, **more: str) -> dict[str, Any]:
        """The slots as far as they are known."""
        return slots(self.kind, self.way, self.place, self.start, **more)

    @property
    def summary(self) -> str:
        """What it is called."""
        return label_of(self.kind)

    @property
    def revision(self) -> str:
        """What a yes is about: it differs for another half hour."""
        return f"{self.start:%m%d%H%M}{self.way or ''}{int(bool(self.share))}" if self.start else ""


def plan_of(form: Form) -> Plan:
    """The plan that a form holds."""
    return Plan.model_validate(form.slots["plan"])


def opening(inbound: Inbound, kind: str) -> Plan:
    """The plan that a message opens; `kind` is what is known of the matter before."""
    origin = inbound.external_id
    draft = sha256(f"{inbound.channel}|{inbound.user}|{origin}".encode()).hexdigest()[:32]
    return Plan(origin=origin, draft=draft, kind=kind if kind in kinds() else None)


def moving(appointment: Appointment, origin: str) -> Plan:
    """The plan that moves an appointment."""
    return Plan(
        origin=origin,
        draft="",
        kind=appointment.kind,
        place=appointment.place or None,
        answered=True,
        way=appointment.way,
        share=False,
        moves=appointment.id,
    )
