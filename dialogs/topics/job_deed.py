"""Something that is to be done with jobs, kept in the session's form until it is read back and agreed to."""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dialogs.booking.telling import ACTION
from dialogs.context import Context
from dialogs.session import Form

CONFIRM, WHICH, DAYS, MACHINE, TEXT = "confirm", "which", "days", "machine", "text"

What = Literal[
    "off",
    "broken",
    "back",
    "finish",
    "not_done",
    "take_back",
    "move",
    "complain",
    "accept",
    "decline",
    "agree",
    "tell",
    "rate",
]


class Deed(BaseModel):
    """What it is. `origin` is the message it began with: it is done once for that."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: What
    origin: str
    booking: str = ""
    among: tuple[str, ...] = ()
    """The bookings of which one is meant, while that is asked."""
    first: date | None = None
    last: date | None = None
    shift: int | None = None
    """Days later, or earlier where it is negative, than a job is."""
    machine: str | None = None
    """Its id, where one machine alone is meant."""
    area_mu: Decimal | None = None
    total: Decimal | None = None
    words: str = ""
    """A complaint, a message or a reason, as said."""

    def key(self, context: Context) -> str:
        """The idempotency key of the command."""
        inbound = context.inbound
        return f"{inbound.channel}|{inbound.user}|{self.origin}|{self.what}"


def keep(context: Context, deed: Deed, asking: str) -> None:
    """Put it into the form, with what is asked."""
    form = context.session.form
    if form is None or form.service != ACTION:
        form = Form(service=ACTION, opened_at=context.now, touched_at=context.now)
        context.session.form = form
    form.slots, form.asking, form.touched_at = {"deed": deed.model_dump(mode="json")}, asking, context.now


def deed_in(form: Form) -> Deed:
    """What a form holds."""
    return Deed.model_validate(form.slots["deed"])
