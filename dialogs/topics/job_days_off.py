"""Days off: which ones, of which machine, and what they move; read back."""

from datetime import date

from dialogs.booking import hours
from dialogs.booking.days import Refused
from dialogs.booking.jobbook import JobBook, Provider
from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.topics import job_text
from dialogs.topics.job_deed import CONFIRM, DAYS, MACHINE, Deed, keep
from dialogs.topics.job_reading import UNTIL_MENDED, JobReading, Span
from dialogs.topics.job_text import say
from dialogs.topics.job_words import job_words

_REFUSED = {
    Refused.PAST: "past_days",
    Refused.FAR: "far_days",
    Refused.WIDE: "far_days",
    Refused.NONE: "no_such_days",
}


class DaysOff:
    """Hears which days an operator does not work."""

    def __init__(self, book: JobBook, reading: JobReading) -> None:
        self._book = book
        self._reading = reading

    def told(self, context: Context) -> bool:
        """Whether an operator tells of days to come, and neither asks nor orders."""
        heard = self._reading.heard(context)
        span = self._reading.off(context, from_today=False)
        return bool((heard.whens or heard.ruled_out) and span and not span.refused) and not (
            heard.asks or heard.is_order or heard.names_other
        )

    async def read_back(self, deed: Deed, provider: Provider, context: Context) -> Reply:
        """Days off: which days, which machine, what they move; read back."""
        broken = deed.what == "broken"
        if deed.machine is None and (broken or self._reading.machines_named(provider, context)):
            machine = self._reading.machine(provider, context)
            if machine is None and len(provider.machines) > 1:
                keep(context, self._with_days(deed, context), MACHINE)
                return say("ask_machine", kind=ReplyKind.ASK, choices=job_text.machines(provider))
            deed = deed.model_copy(update={"machine": machine.id if machine else None})
        deed = self._with_days(deed, context)
        if deed.first is None or deed.last is None:
            span = self._reading.off(context, from_today=False)
            keep(context, deed, DAYS)
            return say(_REFUSED[span.refused] if span and span.refused else "ask_days", kind=ReplyKind.ASK)
        deed = deed.model_copy(update={"words": deed.words or context.said.text[:200]})
        keep(context, deed, CONFIRM)
        moves = await self._book.on_days(provider.id, *_window(deed), deed.machine)
        name = next((one.name for one in provider.machines if one.id == deed.machine), None)
        half = job_words().has("half_day", context.said.text)
        return job_text.days_off(deed, name, moves, context.now, half=half)

    def _with_days(self, deed: Deed, context: Context) -> Deed:
        if deed.first is not None:
            return deed
        broken = deed.what == "broken"
        span = self._reading.off(context, from_today=broken)
        if span is None and broken:
            today = hours.today(context.now)
            span = Span(today, today + UNTIL_MENDED)
        if span is None or span.refused:
            return deed
        first = min(span.first, hours.today(context.now)) if broken else span.first
        return deed.model_copy(update={"first": first, "last": span.last})


def _window(deed: Deed) -> tuple[date, date]:
    if deed.first is None or deed.last is None:
        raise ValueError("no days are known")
    return deed.first, deed.last
