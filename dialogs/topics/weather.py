"""Weather in the chat: what is forecast for where somebody is, and what that means for the work at hand."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind, Source
from dialogs.places import Places
from dialogs.service import Service
from dialogs.session import Form
from dialogs.topics.weather_form import ACTION, asking, form_of, remember, remembered
from dialogs.topics.weather_phrases import Phrases, source_line
from dialogs.topics.weather_place import Here, Home, NotePlace, Positions, Unclear, WeatherPlaces, whole_code
from dialogs.topics.weather_text import Answer, Told
from dialogs.topics.weather_time import coming
from dialogs.topics.weather_wish import Wish, named_as, only_a_place, plain_wish, same_again, understood_wish
from dialogs.topics.weather_words import weather_words, work_words
from knowledge_base.weather.forecasts import Known
from knowledge_base.weather.work import work_rules

AGAIN = timedelta(minutes=15)
"""So long 那后天呢 asks of the place and the work of the question before."""
PATIENT = timedelta(minutes=30)
"""So long the question for a place waits."""
SOON = 3
"""Days that a question for the best time of a work is about."""
WARNINGS_TOLD = 2

Holding = Callable[[str], Awaitable[list[str]]]
"""The titles of the official warnings that hold at an administrative code."""


class Forecaster(Protocol):
    """Gives forecasts."""

    async def at(self, latitude: float, longitude: float) -> Known | None: ...


@dataclass(frozen=True, slots=True)
class WeatherParts:
    """What the topic stands on."""

    forecasts: Forecaster
    positions: Positions
    places: Places
    home: Home
    note_place: NotePlace
    holding: Holding


class Weather(Service):
    """Answers questions about weather. Says of every forecast whose it is and of when."""

    action = ACTION
    intents = frozenset({"weather"})

    def __init__(self, parts: WeatherParts) -> None:
        self._parts = parts
        self._where = WeatherPlaces(parts.places, parts.positions, parts.home)
        self._words = weather_words()

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The answer to a question that is plainly about weather, to where that is, or to 那后天呢."""
        form = form_of(context.session)
        wish = plain_wish(context.said, context.now)
        if form is not None and form.asking == "place" and wish is None:
            return await self._placed(context, form)
        if wish is None and form is not None and form.asking is None:
            return await self._again(context, form)
        return await self._answer(context, wish) if wish else None

    async def asked(self, context: Context) -> list[Reply] | None:
        """The answer to a sentence that was understood as one about weather."""
        wish = understood_wish(context.said, context.now)
        return await self._answer(context, wish) if wish else None

    async def located(self, context: Context) -> list[Reply] | None:
        """The answer to the question that has waited for a position."""
        form = form_of(context.session)
        if form is None or form.asking != "place" or context.session.position is None:
            return None
        here = self._where.around(*context.session.position)
        return await self._at(context, remembered(form), here)

    async def _placed(self, context: Context, form: Form) -> list[Reply] | None:
        """The answer to where somebody is."""
        if context.now - form.opened_at > PATIENT:
            context.session.form = None
            return None
        if not only_a_place(context.said):
            return None
        here = await self._where.of(context, named_only=True)
        if here == Unclear():
            return None
        if isinstance(here, Here):
            inbound = context.inbound
            await self._parts.note_place(inbound.channel, inbound.user, here.code, context.now)
            context.session.place = here.code
            here = replace(here, own=True)
        return await self._at(context, remembered(form), here)

    async def _again(self, context: Context, form: Form) -> list[Reply] | None:
        """The question before, for another time, work or place."""
        if context.now - form.touched_at > AGAIN:
            return None
        named = next((named_as(context.said, entity) for entity in context.said.entities if entity.kind == "place"), "")
        changed = same_again(context.said, context.now, named)
        if changed is None:
            return None
        asked, work = changed
        before = remembered(form)
        wish = replace(before, asked=asked or before.asked, work=work or before.work)
        wish = replace(wish, what="work" if work else wish.what)
        if named or form.slots.get("place") is None:
            return await self._answer(context, wish)
        return await self._at(context, wish, await self._where.at(str(form.slots["place"]), own=False))

    async def _answer(self, context: Context, wish: Wish) -> list[Reply]:
        return await self._at(context, wish, await self._where.of(context))

    async def _at(self, context: Context, wish: Wish, here: Here | Unclear) -> list[Reply]:
        session = context.session
        if isinstance(here, Unclear):
            return [self._ask_place(context, wish, here)]
        session.turn_to(context.said)
        remember(context, wish, None if here.own else here.code)
        home = await self._parts.home(context.inbound.channel, context.inbound.user)
        if home is not None and home.place is not None:
            session.place = whole_code(home.place)  # another place is one for this question only
        known = await self._parts.forecasts.at(here.latitude, here.longitude)
        warned = await self._warned(here)
        if known is None:
            return [_reply(Told((*warned, down := self._words.text("down", place=here.name)), (*warned, down)))]
        return [_reply(self._told(wish, here.name, known, context.now, warned), _sources(wish))]

    def _told(self, wish: Wish, place: str, known: Known, now: datetime, warned: tuple[str, ...]) -> Told:
        words, forecast = self._words, known.forecast
        first = (words.say["sample"],) if forecast.sample else ()
        phrases = Phrases(forecast, now)
        if wish.asked == "unknown":
            return _said(*warned, words.say["which_day"])
        asked = wish.asked or coming(SOON if wish.work else 2, now)
        when = phrases.when(asked)
        if asked.end <= now:
            return _said(*warned, words.text("past", when=when))
        asked = asked.from_now(now)
        if not forecast.days or asked.first > forecast.days[-1].date:
            return _said(*warned, words.text("far", when=when, last=phrases.until()))
        told = Answer(phrases, place).tell(wish, asked)
        clipped = (words.text("clipped", last=phrases.until()),) if asked.last > forecast.days[-1].date else ()
        written, spoken = source_line(known, now)
        eye = (work_words().say["eye"],) if wish.work else ()
        return Told(
            (*first, *warned, *told.lines, *clipped, *eye, written), (*first, *warned, *told.spoken, *clipped, spoken)
        )

    async def _warned(self, here: Here) -> tuple[str, ...]:
        titles = await self._parts.holding(here.code)
        if not titles:
            return ()
        words = self._words
        named = words.joiner.join(titles[:WARNINGS_TOLD])
        return (words.text("warning", place=here.name, warnings=named) + words.say["warning_more"],)

    def _ask_place(self, context: Context, wish: Wish, unclear: Unclear) -> Reply:
        """Where; asked once, and remembered with the question, unless another service waits for an answer."""
        session, words = context.session, self._words
        if session.form is not None and session.form.service != self.action:
            return Reply(ReplyKind.ASK, words.say["ask_place_each_time"], words.say["ask_place_each_time"])
        session.form = asking(wish, context.now)
        key = "ask_place"
        if unclear.code is not None:
            key = "ask_county" if unclear.wide else "unknown_place"
        name = self._parts.places.full_name(unclear.code) if unclear.code else ""
        text = words.text(key, place=name)
        return Reply(ReplyKind.ASK, text, text)


def _sources(wish: Wish) -> tuple[Source, ...]:
    """Where the rule of a work is from."""
    if wish.work is None:
        return ()
    rules = work_rules()
    named = (rules.sources[key] for key in rules.works[wish.work].sources)
    return tuple(Source(one.title, one.publisher, one.date, one.article) for one in named)


def _said(*lines: str) -> Told:
    return Told(lines, lines)


def _reply(told: Told, sources: tuple[Source, ...] = ()) -> Reply:
    spoken = "".join(told.spoken).replace("（", "，").replace("）", "，")
    return Reply(ReplyKind.ANSWER, "\n".join(told.lines), spoken, sources=sources)
