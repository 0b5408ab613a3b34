"""Notices of appointments as replies."""

from collections.abc import Sequence
from datetime import datetime

from dialogs.consultation.notices import Notice, To, What
from dialogs.consultation.phrases import (
    ACTION,
    how,
    label_of,
    papers,
    shown,
    slot_in_words,
    slots_in_words,
    stamp,
    when,
    who,
)
from dialogs.consultation.sayings import sayings
from dialogs.consultation.terms import Slot
from dialogs.messages import Choice, Reply, ReplyKind


def told(notice: Notice, now: datetime) -> Reply:
    """What somebody is told. Holds no part of a story."""
    one, words = notice.appointment, sayings()
    way_shown, way_spoken = how(one.way, one.consultant)
    values = {
        "number": one.number,
        "kind": label_of(one.kind),
        "when": when(one.start, now),
        "who": who(one.consultant),
        "way": words.ways[one.way],
        "told": words.text("agenda_told") if one.told else "",
        "papers": papers(one.kind),
        "slots": _slots(notice.slots, now),
        "why": notice.why,
    }
    key = f"notice_{notice.to}_{notice.what}"
    return Reply(
        ReplyKind.INFO,
        words.text(key, how=way_shown, **values),
        words.text(key, how=way_spoken, **values),
        choices=_choices(notice, now),
        slots=shown(one),
    )


def _slots(slots: Sequence[Slot], now: datetime) -> str:
    words = sayings()
    if not slots:
        return words.text("notice_no_slots")
    return words.text("notice_slots", slots=slots_in_words(slots, now))


def _choices(notice: Notice, now: datetime) -> tuple[Choice, ...]:
    one, labels = notice.appointment, sayings().buttons
    if notice.what in {What.CALLED_OFF, What.DISPUTED}:
        return ()
    if notice.to is To.FARMER and notice.what is What.ASK_DONE:
        return (
            Choice(f"{ACTION}:met:done:{one.id}", labels["done"]),
            Choice(f"{ACTION}:met:not:{one.id}", labels["not_done"]),
        )
    if notice.to is To.CONSULTANT:
        if notice.what is What.ASK_DONE:
            return (
                Choice(f"{ACTION}:c:done:{one.id}", labels["done"]),
                Choice(f"{ACTION}:c:not:{one.id}", labels["not_done"]),
            )
        if notice.what is What.CANCELLED:
            return ()
        reading = (Choice(f"{ACTION}:c:story:{one.id}", labels["story"]),) if one.told else ()
        return (*reading, Choice(f"{ACTION}:c:out:{one.id}", labels["out"]))
    if notice.what is What.DISPLACED:
        offers = tuple(
            Choice(f"{ACTION}:mv:{one.id}:{stamp(slot.start)}", slot_in_words(slot, now)) for slot in notice.slots
        )
        return (
            *offers,
            Choice(f"{ACTION}:mv:{one.id}", labels["more"]),
            Choice(f"{ACTION}:cx:{one.id}", labels["cancel"]),
        )
    return (Choice(f"{ACTION}:mv:{one.id}", labels["move"]), Choice(f"{ACTION}:cx:{one.id}", labels["cancel"]))
