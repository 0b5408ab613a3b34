"""The vocabulary of the statistics: what is counted, how a turn ended, and the scopes of a place."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

COUNTY_TIME = ZoneInfo("Asia/Shanghai")
COUNTY = 6
"""Digits of a county's code: nothing is counted by a smaller place."""
LEAST = 5
"""A place, an answer or a question of which less was counted is not told apart (k-anonymity)."""


class What(StrEnum):
    """What a tally is of."""

    TURN = "turn"
    DELIVERY = "delivery"


class Facet(StrEnum):
    """By what the counts are told apart; `key` and `outcome` of a count mean something else in each."""

    TOPIC = "topic"
    """Intent; how the turn ended."""
    HOUR = "hour"
    """Hour of the day, 00 to 23; `question` or `other`."""
    CHANNEL = "channel"
    """Channel; how it was said."""
    REGION = "region"
    """Code of the next narrower place; how the turn ended."""
    SUBJECT = "subject"
    """Key of an entry; how the turn ended."""
    PEOPLE = "people"
    """Channel; nothing. People who wrote or spoke that day, each once."""
    DELIVERY = "delivery"
    """Channel; how a try to deliver ended."""
    MACHINE = "machine"
    """Service booked; how the booking stands, and how long it waited."""
    LAWYER = "lawyer"
    """Kind of matter; how the appointment stands, and how long it waited."""


class Outcome(StrEnum):
    """How a turn ended."""

    ANSWERED = "answered"
    ASKED_BACK = "asked_back"
    HANDED_OVER = "handed_over"
    OUT_OF_SCOPE = "out_of_scope"
    SERVICE = "service"
    """A step of an order, a subscription, an appointment."""
    TALK = "talk"
    """A greeting, a place that was noted, a button that means nothing any more."""
    USEFUL = "useful"
    UNCLEAR = "unclear"
    WRONG = "wrong"


QUESTIONS = (Outcome.ANSWERED, Outcome.ASKED_BACK, Outcome.HANDED_OVER, Outcome.OUT_OF_SCOPE)
"""The ends of a question; the others are of something else."""
VERDICTS = (Outcome.USEFUL, Outcome.UNCLEAR, Outcome.WRONG)
"""What people say of an answer."""


def county_day(moment: datetime) -> date:
    """The day in Asia/Shanghai."""
    return moment.astimezone(COUNTY_TIME).date()


def scopes(place: str) -> Sequence[str]:
    """The places whose counts a turn from `place` goes into: everywhere, province, prefecture, county as far as known."""
    return ("", *(place[:digits] for digits in (2, 4, COUNTY) if len(place) >= digits))


def narrower(place: str) -> Sequence[tuple[str, str]]:
    """The scopes with the place in each that a turn from `place` is listed under; "" where that is not known."""
    prefecture = place[:4] if len(place) >= 4 else ""
    listed = [(scope, prefecture) for scope in scopes(place[:2])]
    if prefecture:
        listed.append((prefecture, place[:COUNTY] if len(place) >= COUNTY else ""))
    return listed
