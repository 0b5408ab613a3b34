"""Days and a time of day put together."""

from dataclasses import dataclass, replace
from datetime import time, timedelta

from nlu.text.when.asked import Asked
from nlu.text.when.clock import Clock, Part, hours_of
from nlu.text.when.when import Days

_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Slot:
    """One reading of an expression. `dated`: a day was named, not only a time."""

    days: Days
    part: str | None = None
    first_time: time | None = None
    last_time: time | None = None
    vague: bool = False
    dated: bool = True

    def to(self, other: "Slot") -> "Slot | None":
        """From this to `other`; None if that makes no range."""
        if not other.dated and self.first_time is None:
            return None
        days = Days(self.days.first, max(self.days.last, other.days.last))
        backwards = other.days.last < self.days.first or (
            other.days.last == self.days.first
            and self.first_time is not None
            and other.last_time is not None
            and (other.first_time or other.last_time) < self.first_time
        )
        if backwards:
            return None
        part = self.part if self.part == other.part or other.part is None else None
        return Slot(days, part, self.first_time, other.last_time, self.vague or other.vague, self.dated)


def build(
    days: tuple[Days, ...] | None, part: Part | None, clock: Clock | None, asked: Asked, or_part: Part | None = None
) -> tuple[Slot, ...]:
    """What an expression may mean, likeliest first. Without a day: today, or tomorrow where the time has passed."""
    if days is None:
        return _undated(part, clock, asked)
    slots = tuple(slot for one in days for slot in _times(one, part, clock, asked, dated=True))
    if or_part is not None:
        slots += _times(days[0], or_part, None, asked, dated=True)
    return slots


def _undated(part: Part | None, clock: Clock | None, asked: Asked) -> tuple[Slot, ...]:
    if asked.anchor is not None:
        first = asked.anchor.first
        return _times(Days(first, first), part, clock, asked, dated=False)
    today = _times(Days(asked.today, asked.today), part, clock, asked, dated=False)
    now = asked.now.replace(tzinfo=None)
    if part is not None and part.last < part.first and now.time() < part.last:
        # It is still the night that began yesterday.
        if clock is None:
            return tuple(replace(slot, days=_moved(slot.days, -1)) for slot in today)
        today = today[::-1]
    ahead = tuple(slot for slot in today if not _passed(slot, now.date(), now.time()))
    behind = tuple(slot for slot in today if slot not in ahead)
    tomorrow = tuple(replace(slot, days=_moved(slot.days, 1)) for slot in behind)
    # With nothing left of today tomorrow's likeliest comes first; else what is still to come today does.
    return (*ahead, *tomorrow, *behind)


def _passed(slot: Slot, today: object, now: time) -> bool:
    if slot.days.last != today or slot.last_time is None:
        return False
    over_midnight = slot.first_time is not None and slot.last_time < slot.first_time
    return not over_midnight and slot.last_time < now


def _moved(days: Days, by: int) -> Days:
    return replace(days, first=days.first + timedelta(days=by), last=days.last + timedelta(days=by))


def _times(days: Days, part: Part | None, clock: Clock | None, asked: Asked, *, dated: bool) -> tuple[Slot, ...]:
    if clock is None:
        if part is None:
            return (Slot(days, vague=days.vague, dated=dated),)
        return (Slot(days, part.name, part.first, part.last, days.vague, dated),)
    name = part.name if part else None
    offsets = hours_of(clock, part)
    if part is None and asked.anchor_time is not None and not dated:
        offsets = (_after(clock, asked.anchor_time),)
    slots = []
    for offset in offsets:
        first = (clock.hour + offset) * 60 + clock.minute
        last = (clock.last_hour + offset) * 60 + clock.last_minute
        over, first = divmod(first, _DAY)
        slots.append(Slot(_moved(days, over), name, _time(first), _time(last % _DAY), days.vague or clock.vague, dated))
    return tuple(slots)


def _after(clock: Clock, since: time) -> int:
    """六点到八点, 上午十点到两点: the first such time after the beginning."""
    begin = since.hour * 60 + since.minute
    said = clock.hour * 60 + clock.minute
    offsets = (0,) if clock.exact_hour else (0, 12, 24)
    return next((offset for offset in offsets if said + offset * 60 > begin), 24)


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)
