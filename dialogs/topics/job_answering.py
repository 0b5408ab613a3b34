"""接 and 不接: to what is offered, and of what was accepted that one cannot come after all."""

from collections.abc import Sequence

from dialogs.booking.jobbook import Part
from dialogs.booking.machinery import Machinery
from dialogs.booking.taking import person_of
from dialogs.booking.telling import offer_choices
from dialogs.booking.terms import Booking, State
from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.topics import job_text
from dialogs.topics.job_deed import CONFIRM, WHICH, Deed, keep
from dialogs.topics.job_doing import Doing
from dialogs.topics.job_reading import JobReading, number_in
from dialogs.topics.job_text import facts, say
from dialogs.topics.job_words import Answer, clauses, job_words


class Answering:
    """An operator's answers to offers. Where it is not said which one is meant, that is asked."""

    def __init__(self, machinery: Machinery, reading: JobReading, doing: Doing) -> None:
        self._machinery = machinery
        self._reading = reading
        self._doing = doing

    async def heard(self, answers: Sequence[Answer], context: Context) -> Reply | None:
        """The reply to a sentence with such clauses; None where they are about something else, or no job is meant for sure."""
        text = context.said.text
        if job_words().has("back", text) and not any(job_words().has("plain_accept", one.words) for one in answers):
            return None
        jobs = await self._machinery.jobs(person_of(context.inbound))
        meant = [one for one in answers if not one.yes or self._reading.explains(one.about, jobs, context)]
        if not meant or not jobs:
            return await self._nothing(meant, context) if meant else None
        if len({one.yes for one in meant}) > 1:
            return await self._mixed(meant, jobs, context)
        if meant[0].yes:
            return await self._accepted(jobs, context)
        named = self._reading.named(jobs, context.said.normalized, context)
        offered = [one for one in jobs if one.state is State.OFFERED]
        days = self._reading.days_named(context)
        broken = job_words().has("broken", text) and self._reading.names_machine(context)
        if broken or not (self._reading.points(jobs, context.said.normalized) or (offered and days is None)):
            return None
        return await self.declined(named or jobs, context)

    async def declined(self, named: Sequence[Booking], context: Context) -> Reply | None:
        """Not these jobs: those that are offered go on to others, of one that was accepted it is read back."""
        offered = [one for one in named if one.state is State.OFFERED]
        if len(offered) == 1:
            return await self._doing.decline(offered[0].id, context.said.text, context)
        if offered:
            return self.which("decline", offered, context)
        if len(named) == 1:
            deed = Deed(what="take_back", origin=context.inbound.external_id, booking=named[0].id)
            keep(context, deed.model_copy(update={"words": context.said.text[:200]}), CONFIRM)
            return job_text.read_back(deed, named[0], context.now)
        return self.which("take_back", named, context) if named else None

    async def agreed(self, context: Context) -> Reply | None:
        """A plain 好: where one job waits for an answer, whether that is meant."""
        jobs = await self._machinery.jobs(person_of(context.inbound))
        offered = [one for one in jobs if one.state is State.OFFERED]
        if not offered:
            return None
        if len(offered) > 1:
            return self.which("accept", offered, context)
        deed = Deed(what="accept", origin=context.inbound.external_id, booking=offered[0].id)
        keep(context, deed, CONFIRM)
        values = facts(offered[0], context.now)
        return say("mean_accept", values, kind=ReplyKind.CONFIRM, choices=job_text.agreeing(deed))

    async def unclear(self, context: Context) -> Reply | None:
        """A plain 不行: where one job waits for an answer, whether that one is declined."""
        jobs = await self._machinery.jobs(person_of(context.inbound))
        offered = [one for one in jobs if one.state is State.OFFERED]
        return self._yes_or_no(offered[0], context) if len(offered) == 1 else None

    async def all_of(self, deed: Deed, parts: Sequence[Part], context: Context) -> Reply:
        """Yes or no to all that were asked about."""
        return job_text.joined([await self._each(deed.what == "accept", one.booking, context) for one in parts])

    def which(self, what: str, jobs: Sequence[Booking], context: Context) -> Reply:
        """Which of several is meant; the answer may come in words."""
        among = tuple(one.id for one in jobs)
        deed = Deed.model_validate({"what": what, "origin": context.inbound.external_id, "among": among})
        words = context.said.text[:200] if what == "take_back" else ""
        keep(context, deed.model_copy(update={"words": words}), WHICH)
        button = {"accept": "ok", "decline": "no"}.get(what, "pick")
        return job_text.which(jobs, button, "which" if what == "take_back" else "which_accept", context.now)

    async def _accepted(self, jobs: Sequence[Booking], context: Context) -> Reply:
        text = context.said.normalized
        named = self._reading.named(jobs, text, context)
        if number_in(text) and not named:
            return say("gone")
        meant = [one for one in named or jobs if one.state is State.OFFERED]
        if not meant:
            taken = named[0] if len(named) == 1 else None
            return say("already_accepted", facts(taken, context.now)) if taken else say("no_offer")
        if len(meant) > 1 and any(job_words().has("all", one) for one in clauses(context.said.text)):
            return job_text.joined([await self._each(True, one, context) for one in meant])
        if len(meant) > 1:
            return self.which("accept", meant, context)
        return await self._doing.accept(meant[0].id, context)

    async def _mixed(self, answers: Sequence[Answer], jobs: Sequence[Booking], context: Context) -> Reply | None:
        """孙庄的接，李庄的不接: each done if each names its job; else it is asked what holds."""
        offered = [one for one in jobs if one.state is State.OFFERED]
        named = [self._reading.named(offered, one.words, context) for one in answers]
        told = [one for jobs_ in named for one in jobs_]
        if all(named) and len({one.id for one in told}) == len(told):
            replies = [
                await self._each(answer.yes, one, context)
                for answer, meant in zip(answers, named, strict=True)
                for one in meant
            ]
            return job_text.joined(replies)
        if len(offered) != 1:
            return self.which("accept", offered, context) if offered else None
        return self._yes_or_no(offered[0], context)

    def _yes_or_no(self, job: Booking, context: Context) -> Reply:
        return say("answer_unclear", facts(job, context.now), kind=ReplyKind.ASK, choices=offer_choices(job))

    async def _each(self, yes: bool, job: Booking, context: Context) -> Reply:
        if yes:
            return await self._doing.accept(job.id, context)
        return await self._doing.decline(job.id, context.said.text, context)

    async def _nothing(self, answers: Sequence[Answer], context: Context) -> Reply | None:
        """A plain 接 where nothing waits; other words may be about anything."""
        plain = any(one.yes and job_words().has("plain_accept", one.words) for one in answers)
        alone = len(clauses(context.said.text)) == len(answers)
        return say("no_offer") if plain and alone else None
