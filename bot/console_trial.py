"""The try-it box over the running assistant: the same parts answer, and nothing is kept."""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import yaml

from bot.golden import SilentDesk
from dialogs.assistant import Assistant
from dialogs.context import Context
from dialogs.handoff import Desk, Reason
from dialogs.listening import Hearing
from dialogs.messages import Inbound, Reply, ReplyKind, Turn, Voice
from dialogs.topics.knowledge import CERTAIN, CLOSE, MAYBE, SURE
from dialogs.urgent import danger_in
from dialogs.wording import wording
from knowledge_base.curation.console.trial import (
    Candidate,
    HeardWords,
    Measure,
    NamedThing,
    NotHeard,
    PlaceFound,
    Question,
    Said,
    Tried,
    Understood,
)
from knowledge_base.curation.console.trial import Reason as Why
from knowledge_base.entry import Entry
from knowledge_base.library import Library
from knowledge_base.search.base import Hit, Query
from knowledge_base.search.rank import WEIGHTS
from knowledge_base.store import Store
from nlu.speech.base import SpeechError
from nlu.text.gazetteer import Gazetteer
from nlu.understanding import Understanding

CHANNEL = "trial"
SHANGHAI = ZoneInfo("Asia/Shanghai")
MIDDLE = 15
"""The day of a month that stands for all of it."""
PLACES_TOLD = 6

Clock = Callable[[], datetime]
Build = Callable[[Library, Desk, Clock], Assistant]
"""Builds an assistant that keeps nothing."""
_CHOSEN = {"crop": "ask_crop", "s": "ask_subject", "t": "ask_topic", "h": "ask_heard"}
"""What is asked back about, by what the ids of its choices begin with."""


class _WatchedLibrary(Library):
    """The library, with the searches of one turn remembered."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.found: list[tuple[Query, list[Hit]]] = []

    async def get(self, key: str) -> Entry | None:
        return await self._library.get(key)

    async def titles(self, keys: Sequence[str]) -> dict[str, str]:
        return await self._library.titles(keys)

    async def search(self, query: Query, limit: int = 5, trial: Entry | None = None) -> list[Hit]:
        hits = await self._library.search(query, limit, trial)
        self.found.append((query, hits))
        return hits


class _NotingDesk(SilentDesk):
    """Keeps no question, and remembers for what reason it would have."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.reasons: list[Reason] = []

    async def keep_question(self, context: Context, reason: Reason, subject: str | None = None) -> None:
        """Remember the reason."""
        del context, subject
        self.reasons.append(reason)


class ConsoleTrial:
    """A `Trial`. Each question is asked in a conversation of its own."""

    def __init__(
        self,
        build: Build,
        library: Library,
        store: Store,
        gazetteer: Gazetteer,
        *,
        labels: Mapping[str, str],
        floor: float,
        clock: Clock,
    ) -> None:
        self._build = build
        self._library = library
        self._store = store
        self._gazetteer = gazetteer
        self._labels = labels
        self._floor = floor
        self._clock = clock

    def places(self, typed: str) -> Sequence[PlaceFound]:
        """Places by code, by name, or by the whole name with the wider places before it; the widest first."""
        place = self._gazetteer.place(typed)
        named = [place] if place else [name.place for name in self._gazetteer.names.get(typed, ())]
        if not named:
            named = [
                name.place
                for text, names in self._gazetteer.names.items()
                if typed.endswith(text)
                for name in names
                if self._gazetteer.full_name(name.place.code) == typed
            ]
        codes = sorted(dict.fromkeys(place.code for place in named), key=lambda code: (code.rstrip("0"), code))
        return [PlaceFound(code, self._gazetteer.full_name(code)) for code in codes[:PLACES_TOLD]]

    async def ask(self, question: Question) -> Tried:
        """Everything that comes of a question. Raises `NotHeard`."""
        started = time.perf_counter()
        now = _in_month(self._clock(), question.month)
        library, desk = _WatchedLibrary(self._library), _NotingDesk(self._store)
        assistant = self._build(library, desk, lambda: now)
        hearing = None
        if question.recording is not None:
            try:
                hearing = await assistant.hear(question.recording, question.place)
            except SpeechError as error:
                raise NotHeard(wording().text(f"voice.{type(error).__name__}")) from None
        # Searches made to choose between readings are not the one that answers.
        library.found.clear()
        turn = await assistant.turn(_inbound(question, now, hearing), hearing)
        outcome = _outcome(turn, desk, searched=bool(library.found))
        told = turn
        if turn.understanding is None and hearing is not None and hearing.doubt:
            # Asked back between two readings: what the first one would lead to is shown as well.
            told = await assistant.turn(_inbound(Question(hearing.corrected, place=question.place), now, None))
        query, hits = library.found[0] if library.found else (None, [])
        said = told.understanding
        return Tried(
            day=now.astimezone(SHANGHAI).date(),
            place=self._gazetteer.full_name(question.place) if question.place else "",
            heard=_heard(hearing) if hearing else None,
            understood=self._understood(said) if said else None,
            candidates=tuple(_candidate(hit, query, told, now) for hit in hits if query),
            measures=tuple(self._measures(said, hits)) if said and library.found else (),
            outcome=outcome,
            replies=tuple(_said(reply) for reply in turn.replies),
            seconds=time.perf_counter() - started,
        )

    def _understood(self, said: Understanding) -> Understood:
        return Understood(
            said.text,
            said.normalized,
            tuple((intent, self._labels.get(intent, intent), share) for intent, share in said.ranking),
            tuple(NamedThing(entity.kind, entity.text, entity.standard) for entity in said.entities),
            said.by,
        )

    def _measures(self, said: Understanding, hits: Sequence[Hit]) -> Sequence[Measure]:
        """The figures in the order in which they are looked at."""
        first, second = [*(hit.confidence for hit in hits), 0.0, 0.0][:2]
        other_problem = bool(hits and hits[0].why.get("other_problem"))
        return (
            Measure("intent", said.confidence, self._floor),
            Measure("certain" if other_problem else "sure", first, CERTAIN if other_problem else SURE),
            Measure("ahead", first - second, CLOSE),
            Measure("maybe", first, MAYBE),
        )


def _in_month(now: datetime, month: int | None) -> datetime:
    """The middle of the next such month, or this very moment where it is that month now."""
    here = now.astimezone(SHANGHAI)
    if month is None or month == here.month:
        return now
    year = here.year + (month < here.month)
    return here.replace(year=year, month=month, day=MIDDLE)


def _inbound(question: Question, now: datetime, hearing: Hearing | None) -> Inbound:
    mark = uuid.uuid4().hex
    voice = Voice(question.recording) if hearing is not None and question.recording is not None else None
    text = question.text if voice is None else None
    return Inbound(CHANNEL, mark, mark, now, text=text, voice=voice, place=question.place)


def _outcome(turn: Turn, desk: _NotingDesk, *, searched: bool) -> str:
    """What was decided, by name."""
    said, last = turn.understanding, turn.replies[-1]
    if last.text == wording().text("trouble.failed"):
        return "failed"
    if said and danger_in(said.text, said.normalized):
        return "urgent"
    if last.kind is ReplyKind.ASK:
        begun = next((choice.id.partition(":")[0] for choice in last.choices), "")
        return _CHOSEN.get(begun, "ask")
    if desk.reasons:
        return str(desk.reasons[-1])
    if last.kind is ReplyKind.ANSWER:
        return "answer" if searched else "listed"
    return "plain"


def _heard(hearing: Hearing) -> HeardWords:
    changes = tuple((change.heard, change.meant) for change in hearing.changes)
    return HeardWords(hearing.heard, hearing.alternatives, hearing.corrected, changes, hearing.doubt or ())


def _candidate(hit: Hit, query: Query, turn: Turn, now: datetime) -> Candidate:
    entry = hit.entry
    offered = {choice.id for reply in turn.replies if reply.kind is ReplyKind.ASK for choice in reply.choices}
    reasons = (_reason(name, value) for name, value in hit.why.items() if value)
    return Candidate(
        key=entry.key,
        title=entry.title,
        confidence=hit.confidence,
        reasons=tuple(sorted(reasons, key=lambda reason: -abs(reason.adds or 0.0))),
        given=any(reply.subject == entry.key for reply in turn.replies),
        offered=f"s:{entry.key}" in offered or (entry.crop is not None and f"crop:{entry.crop}" in offered),
        expired=entry.expired(now.astimezone(SHANGHAI).date()),
        out_of_season=query.month is not None and bool(entry.months) and query.month not in entry.months,
        elsewhere=query.region is not None and bool(entry.regions) and query.region not in entry.regions,
    )


def _reason(name: str, value: float) -> Why:
    weight = _weights().get(name)
    return Why(name, value, weight * value if weight is not None else None)


def _said(reply: Reply) -> Said:
    choices = tuple(choice.label for choice in reply.choices)
    return Said(str(reply.kind), reply.text, reply.spoken, reply.detail, reply.subject, choices)


@cache
def _weights() -> Mapping[str, float]:
    """The weights of the ranking; what is no single number adds nothing that could be told."""
    rows = yaml.safe_load(WEIGHTS.read_text("utf-8"))
    return {name: float(weight) for name, weight in rows.items() if isinstance(weight, int | float)}
