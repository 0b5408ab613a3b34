"""Agronomy, livestock, policy and law: the curated answer, one question back, or a plain no."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from dialogs.answer import answer, phrase
from dialogs.context import Context
from dialogs.crops import Crops
from dialogs.handoff import Desk, Reason
from dialogs.listening import Sense
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.session import Pending
from dialogs.short_answers import short_answers
from dialogs.urgent import danger_in
from dialogs.wording import wording
from knowledge_base.entry import Entry, Kind
from knowledge_base.library import Library
from knowledge_base.search.base import Hit, Query
from nlu.understanding import Understanding

SURE = 0.4
"""From this probability on an entry is given as the answer."""
CERTAIN = 0.85
"""The same, where the question names another problem than the entry's."""
CLOSE = 0.3
"""An answer must be that much more probable than the next entry."""
MAYBE = 0.12
"""From this probability on an entry is offered as a choice."""
OFFERED = 3
SHORT = 14
"""A question of at most so many characters may lean on the one before it."""
INTENT_SENSE = 0.5
"""A clear intent without an entry makes a reading half as sensible as a sure answer does."""

KINDS: Mapping[str, Mapping[Kind, float]] = {
    "agronomy": {Kind.AGRONOMY: 1.0, Kind.DISASTER: 0.8},
    "livestock": {Kind.LIVESTOCK: 1.0},
    "policy": {Kind.POLICY: 1.0, Kind.SERVICE: 0.7, Kind.LEGAL: 0.3, Kind.DISASTER: 0.4},
    "legal": {Kind.LEGAL: 1.0, Kind.POLICY: 0.5, Kind.SERVICE: 0.4},
    "weather": {Kind.DISASTER: 0.6},
    "warning": {Kind.DISASTER: 0.8, Kind.SERVICE: 0.5},
    "help": {Kind.SERVICE: 0.8},
    "book_legal": {Kind.SERVICE: 0.6, Kind.LEGAL: 0.5},
}
"""Which kinds of entry an intent is about."""
NAMES_A_CROP = frozenset({"agronomy", "livestock"})
"""Intents whose questions are hardly ever complete without a crop or an animal."""
FARM = frozenset({"symptom", "hazard", "pesticide", "fertiliser", "work"})
"""Entities that show that a question without a crop is about farming all the same."""
OF_ITS_OWN = frozenset({"problem", "symptom", "hazard", "livestock"})
"""Entities that make a sentence a question of its own, however short it is."""


def kind_weights(said: Understanding) -> dict[str, float]:
    """How probable each kind of entry is, by the intents that the sentence may have."""
    weights: dict[str, float] = {}
    for intent, probability in said.ranking:
        for kind, weight in KINDS.get(intent, {}).items():
            weights[kind] = weights.get(kind, 0.0) + probability * weight
    return weights


class Knowledge:
    """Answers from the library."""

    def __init__(self, library: Library, desk: Desk, crops: Crops) -> None:
        self._library = library
        self._desk = desk
        self._crops = crops

    async def find(self, context: Context) -> list[Hit]:
        """The hits for the sentence of this turn."""
        place = context.session.place
        query = Query(
            context.said.normalized,
            self._crops.family(context.crops),
            context.problems,
            kind_weights(context.said),
            context.now.month,
            place[:2] if place else None,
        )
        hits = await self._library.search(query)
        return [hit for hit in hits if not (context.crops and _only_in_general(hit))]

    async def sense(self, said: Understanding) -> Sense:
        """How much sense a reading of a recording makes: the library's judgement, or a clear intent's; danger makes all."""
        if danger := danger_in(said.text, said.normalized):
            return Sense(1.0, danger.entry)
        family = self._crops.family(self._crops.named(said))
        hits = await self._library.search(Query(said.normalized, family, (), kind_weights(said)), limit=2)
        worth = max(hits[0].confidence if hits else 0.0, INTENT_SENSE * said.confidence)
        return Sense(worth, hits[0].entry.key if is_sure(hits) else None)

    async def reply(self, context: Context, hits: Sequence[Hit]) -> list[Reply]:
        """Answer, ask back once, or admit that there is no answer."""
        if is_sure(hits) and not _crop_left_open(context, hits) and not _only_a_crop(context):
            return await self.give(context, hits[0].entry)
        return (
            await self._with_remembered_crop(context)
            or await self._leaning_on_the_last(context)
            or self._asking_for_the_crop(context, hits)
            or self._asking_which(context, hits)
            or await self.admit(context, hits)
        )

    async def give(self, context: Context, entry: Entry, before: str = "") -> list[Reply]:
        """An entry as the answer; an expired one is admitted to be out of date."""
        self._remember(context, entry)
        if entry.expired(context.now.date()):
            await self._desk.keep_question(context, Reason.EXPIRED, entry.key)
            return [phrase(ReplyKind.HANDOFF, "answer.expired")]
        return [answer(entry, await self._library.titles(entry.follow_ups), before)]

    async def give_subject(self, context: Context, key: str) -> list[Reply] | None:
        """The entry under a key that was chosen; None where it is not to be had."""
        entry = await self._library.get(key)
        return await self.give(context, entry) if entry else None

    async def admit(self, context: Context, hits: Sequence[Hit] = ()) -> list[Reply]:
        """No answer: keep the question for the agents and say so. Words that only answered an ask-back go with it."""
        waiting = context.session.pending
        if waiting and not _own_question(context) and context.said.text != waiting.said.text:
            text, normalized = (
                "\n".join(pair)
                for pair in ((waiting.said.text, context.said.text), (waiting.said.normalized, context.said.normalized))
            )
            context = replace(context, said=replace(context.said, text=text, normalized=normalized))
        self._remember(context, None)
        unsure = bool(hits) and hits[0].confidence >= MAYBE
        await self._desk.keep_question(context, Reason.LOW_CONFIDENCE if unsure else Reason.NO_KNOWLEDGE)
        return [phrase(ReplyKind.HANDOFF, "handoff.no_knowledge")]

    async def with_crop(self, context: Context, crop: str) -> list[Reply]:
        """The sentence of this turn again, now that its crop is known."""
        again = _about(context, crop, context.said.normalized)
        return await self.reply(again, await self.find(again))

    def _remember(self, context: Context, entry: Entry | None) -> None:
        session = context.session
        session.turn_to(context.said, entry.key if entry else None)
        named = context.crops[0] if context.crops else None
        session.crop = (entry.crop if entry else None) or named or session.crop

    async def _with_remembered_crop(self, context: Context) -> list[Reply] | None:
        """A question without a crop is about the crop that was talked of before, where that gives a sure answer."""
        crop = context.session.crop
        if context.crops or not crop:
            return None
        hits = await self.find(_about(context, crop, context.said.normalized))
        if not is_sure(hits) or hits[0].entry.crop != crop:
            return None
        return await self.give(context, hits[0].entry, wording().text("answer.crop_remembered", crop=crop))

    async def _leaning_on_the_last(self, context: Context) -> list[Reply] | None:
        """A short question that says little by itself ("那苞米呢？", "打几遍药？") is read together with the last answer."""
        if len(context.said.normalized) > SHORT or not context.session.subject or _asked(context):
            return None
        if context.crops and not short_answers().only_names(context.crops[0], context.said.normalized):
            return None
        if not context.crops and any(entity.kind in OF_ITS_OWN for entity in context.said.entities):
            return None
        last = await self._library.get(context.session.subject)
        if last is None:
            return None
        crop = context.crops[0] if context.crops else last.crop
        of_last = last.problem or last.title
        text = of_last if context.crops else of_last + context.said.normalized
        hits = await self.find(_about(context, crop, text))
        if not is_sure(hits):
            return None
        again = hits[0].entry.key == last.key
        return await self.give(context, hits[0].entry, wording().text("answer.again") if again else "")

    def _asking_for_the_crop(self, context: Context, hits: Sequence[Hit]) -> list[Reply] | None:
        """Which crop? Asked once, where none was named and the answer hangs on it."""
        session = context.session
        crops = list(dict.fromkeys(hit.entry.crop for hit in hits if hit.entry.crop))
        if _asked(context) or context.crops or not crops or not _crop_left_open(context, hits):
            return None
        session.pending = self._pending(context, "crop")
        other = Choice("other", wording().text("ask.other_crop"))
        return [phrase(ReplyKind.ASK, "ask.crop", (*(Choice(f"crop:{c}", c) for c in crops[:OFFERED]), other))]

    def _asking_which(self, context: Context, hits: Sequence[Hit]) -> list[Reply] | None:
        """Which of two or three subjects? Never asked twice for the same question."""
        maybe = [hit.entry for hit in hits if hit.confidence >= MAYBE][:OFFERED]
        if _asked(context) or not maybe:
            return None
        context.session.pending = self._pending(context, "subject")
        other = Choice("other", wording().text("ask.other"))
        labels = "，还是".join(entry.title for entry in maybe)
        choices = (*(Choice(f"s:{entry.key}", entry.title) for entry in maybe), other)
        return [phrase(ReplyKind.ASK, "ask.subject", choices, labels=labels)]

    @staticmethod
    def _pending(context: Context, what: Literal["crop", "subject"]) -> Pending:
        return Pending(what=what, said=context.said, crops=context.crops, asked_at=context.now)


def _only_in_general(hit: Hit) -> bool:
    """Whether an entry about no crop in particular is merely near: no answer to what was asked about a crop."""
    field = hit.entry.kind in {Kind.AGRONOMY, Kind.LIVESTOCK}
    return field and not hit.entry.crops and not hit.why["named"] and hit.confidence < CERTAIN


def _own_question(context: Context) -> bool:
    """Whether the sentence asks something itself, instead of only answering what was asked back."""
    return any(entity.kind in FARM | OF_ITS_OWN for entity in context.said.entities)


def _asked(context: Context) -> bool:
    """Whether this question was asked back about already; a new one has its own ask-back."""
    pending = context.session.pending
    return pending is not None and (pending.said.text == context.said.text or not _own_question(context))


def is_sure(hits: Sequence[Hit]) -> bool:
    """Whether the first hit is the answer."""
    if not hits or hits[0].confidence < (CERTAIN if hits[0].why["other_problem"] else SURE):
        return False
    return len(hits) < 2 or hits[0].confidence - hits[1].confidence >= CLOSE


def _crop_left_open(context: Context, hits: Sequence[Hit]) -> bool:
    """No crop was named, and the likely answers are about different ones, or nothing else was named either.

    叶子发黄 may be said of any crop: that one crop's entry happens to say it makes no answer.
    """
    if context.crops or context.said.intent not in NAMES_A_CROP:
        return False
    if hits and hits[0].entry.crops and not hits[0].why["named"] and hits[0].confidence < CERTAIN:
        return True
    likely = [hit for hit in hits if hit.confidence >= MAYBE or hit.why["named"]]
    if not likely:
        return any(entity.kind in FARM for entity in context.said.entities)
    return len({hit.entry.crop for hit in likely}) > 1 and None not in {hit.entry.crop for hit in likely}


def _only_a_crop(context: Context) -> bool:
    """Somebody says "洋芋" and nothing else: that is no question yet."""
    return bool(context.crops) and len(context.said.normalized.strip("，。？！")) <= len(context.crops[0]) + 1


def _about(context: Context, crop: str | None, text: str) -> Context:
    """The turn as if the crop had been named."""
    if crop is None:
        return replace(context, said=replace(context.said, normalized=text))
    return replace(context, said=replace(context.said, normalized=crop + text), crops=(crop,))
