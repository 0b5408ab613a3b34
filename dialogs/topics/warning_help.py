"""After 需要帮助: where the person is and how to reach them goes to those who were called; what these answer comes back."""

from datetime import datetime, timedelta

from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.session import Form, Session
from dialogs.topics.warning_wish import sayings, wish_in
from dialogs.warning_calls import call_words, help_choices
from knowledge_base.warnings.calls import HelpAnswer
from knowledge_base.warnings.help_calls import HelpCalls

ACTION = "w"
OPEN = timedelta(minutes=30)
"""How long the next sentence or position is taken for what those who were called must know."""


class WarningHelp:
    """The talk about one call for help. What is said is kept in the messages to the officers only."""

    def __init__(self, calls: HelpCalls) -> None:
        self._calls = calls
        self._words = sayings()

    def called(self, context: Context, warning: str, told: tuple[str, ...]) -> list[Reply]:
        """What the person is told who has called, with the question where they are."""
        if not told:
            return [self._say("help_nobody")]
        session, slots = context.session, {"warning": warning}
        session.pending = None
        session.form = Form(service=ACTION, slots=slots, opened_at=context.now, touched_at=context.now)
        return [self._say("help_told", who="、".join(told))]

    def waits(self, session: Session, now: datetime) -> bool:
        """Whether the next sentence belongs to a call for help; then nobody asks back what was meant."""
        return self._form(session, now) is not None

    async def said(self, context: Context) -> list[Reply] | None:
        """Give on the first sentence after the call. None where none is awaited, or it is an answer to the warning."""
        form, inbound = self._form(context.session, context.now), context.inbound
        wish = wish_in(context.said)
        if form is None or (wish is not None and wish.what in {"ok", "help"}):
            return None
        context.session.form = None
        told = await self._calls.add(
            form.slots["warning"], inbound.channel, inbound.user, inbound.external_id, said=context.said.text
        )
        return [self._say("help_added", who="、".join(told))] if told else None

    async def located(self, context: Context) -> list[Reply] | None:
        """Give on every position of who has called lately."""
        inbound, where = context.inbound, context.inbound.location
        called = await self._calls.lately(inbound.channel, inbound.user, context.now - OPEN)
        if called is None or where is None:
            return None
        position = (where.latitude, where.longitude)
        told = await self._calls.add(called, inbound.channel, inbound.user, inbound.external_id, position=position)
        key = "help_placed" if self.waits(context.session, context.now) else "help_placed_too"
        return [self._say(key, who="、".join(told))] if told else None

    async def answered(self, context: Context, call: str, answer: HelpAnswer) -> list[Reply] | None:
        """An officer's button; None for a call that did not go to them."""
        handled = await self._calls.answer(call, context.inbound.channel, context.inbound.user, answer)
        if handled is None:
            return None
        who = call_words().who(handled.name, handled.channel, handled.user)
        text = self._words.say["help_noted" if handled.new else "nothing_new"].format(who=who)
        # A chat may hide buttons once one is pressed.
        choices = help_choices(call, HelpAnswer.FOUND) if answer is HelpAnswer.GOING else ()
        return [Reply(ReplyKind.INFO, text, text, choices=choices)]

    def _form(self, session: Session, now: datetime) -> Form | None:
        form = session.form
        if form is None or form.service != ACTION:
            return None
        if now - form.opened_at > OPEN:
            session.form = None
            return None
        return form

    def _say(self, key: str, **values: str) -> Reply:
        text = self._words.say[key].format(**values)
        return Reply(ReplyKind.HANDOFF, text, text)
