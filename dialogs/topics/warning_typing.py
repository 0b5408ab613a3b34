"""Warnings that officers issue from the chat: in one sentence or step by step, read back, approved by another where grave."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from dialogs import plain_time
from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places
from dialogs.service import Service
from dialogs.session import Form, Session
from dialogs.short_answers import short_answers
from dialogs.topics.warning_typing_form import NO, ORDER, YES, TypingForm, chosen, digest, hazard_name, needs_two
from dialogs.topics.warning_wish import FIELD
from dialogs.warning_calls import call_words
from dialogs.warning_text import title
from dialogs.warning_typing_words import slots_in, typing_words
from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import TypedWarningRow
from knowledge_base.warnings.codes import significant
from knowledge_base.warnings.issuing import Issuer, Issuers
from knowledge_base.warnings.preview import Previews
from knowledge_base.warnings.typed import Decided, NoSuchWarning, NotOnesOwn, NotTaken, TypedState, TypedWarnings
from knowledge_base.warnings.typed_warning import TypedWarning

OPEN = timedelta(minutes=30)
"""How long an unfinished warning waits."""
SENTENCE = 60
"""Characters of an answer to what was asked; longer sentences are about something else."""


@dataclass(frozen=True, slots=True)
class TypingParts:
    """What the service stands on."""

    store: Store
    issuers: Issuers
    typed: TypedWarnings
    previews: Previews
    places: Places


class WarningTyping(Service):
    """Issues nothing before a yes, and nothing for anybody but officers with that right."""

    action = "wt"

    def __init__(self, parts: TypingParts) -> None:
        self._parts = parts
        self._form_of = TypingForm(parts.places)
        self._words = typing_words()

    def meant(self, text: str, session: Session) -> str | None:
        """The button of a plain yes or no to what was read back."""
        send = next((choice for choice in session.offered.values() if choice.startswith(YES)), None)
        if send is None:
            return None
        if short_answers().agrees(text):
            return send
        return NO if short_answers().denies(text) else None

    async def in_words(self, context: Context) -> list[Reply] | None:
        """A command, or the answer to what an open form asks."""
        text = context.said.normalized.strip()
        command = self._words.patterns["command"].match(text) or self._words.patterns["words"].match(text)
        form = self._form(context)
        if command is None and (form is None or not self._answers(context, text)):
            return None
        issuer = await self._issuer(context)
        if issuer is None:
            context.session.form = None
            return [self._no_officer(context)]
        if command is not None:
            for change in ("ending", "updating"):
                if self._words.has(change, text[: command.end() + 6]):
                    return [await self._which(context, issuer, change)]
            form = context.session.form = Form(service=self.action, opened_at=context.now, touched_at=context.now)
        if form is None:
            return None
        if self._words.has("quit", text):
            context.session.form = None
            return [self._say("quit")]
        found = slots_in(text, context.now, form.asking, form.slots)
        found |= await self._codes(context, issuer, text)
        if command is None and not found:
            return None
        return [await self._go_on(context, issuer, form, found)]

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button of an officer's."""
        step, _, what = rest.partition(":")
        issuer = await self._issuer(context)
        if issuer is None:
            return [self._no_officer(context)]
        if step in {"ok", "deny"}:
            return [await self._decide(issuer, what, approve=step == "ok")]
        if step in {"end", "update", "clear", "cancel"}:
            return [await self._about(context, issuer, step, what)]
        form = self._form(context)
        if form is None:
            return [self._say("old")]
        match step:
            case "no":
                context.session.form = None
                return [self._say("quit")]
            case "yes":
                return [await self._issue(context, issuer, form, what)]
            case "change":
                form.asking = "change"
                return [self._say("ask_change", ReplyKind.ASK)]
        found = chosen(step, what, form, context.now)
        return None if found is None else [await self._go_on(context, issuer, form, found)]

    def resume(self, context: Context) -> Reply | None:
        """What was asked, once more."""
        form = self._form(context)
        if form is None or form.asking is None:
            return None
        if form.asking == "sure":
            return self._ask("second" if needs_two(form.slots) else "sure", self._form_of.send(form.slots))
        key = "ask_where" if form.asking == "place" else f"ask_{form.asking}"
        return self._say(key, ReplyKind.ASK, hazard=hazard_name(form.slots))

    async def _go_on(self, context: Context, issuer: Issuer, form: Form, found: Mapping[str, Any]) -> Reply:
        """Take in what was said, then ask for what is missing or read all back."""
        if "codes" in found:
            form.slots.pop("area", None)
        form.slots.update(found)
        form.touched_at = context.now
        wrong = self._form_of.wrong(issuer, form.slots, context.now)
        missing = next((name for name in ORDER if name not in form.slots), None)
        if missing is None:
            form.asking = "sure"
            return await self._read_back(context, issuer, form)
        form.asking = {"codes": "place"}.get(missing, missing)
        asked = self._form_of.question(form, issuer)
        return Reply(ReplyKind.ASK, wrong + asked.text, wrong + asked.text, choices=asked.choices)

    async def _read_back(self, context: Context, issuer: Issuer, form: Form) -> Reply:
        words = self._form_of.typed(issuer, form.slots)
        async with self._parts.store.session() as session:
            seen = await self._parts.previews.of(session, words)
        values = {
            "shown": seen.shown,
            "people": str(seen.people),
            "speakers": str(seen.speakers),
            "second": self._text("second" if words.needs_two else "sure"),
            "title": title(words.hazard, words.colour, ""),
            "area": words.area,
            "when": plain_time.span(words.onset, words.expires, context.now),
        }
        text, spoken = self._text("preview", **values), self._text("spoken_preview", **values)
        return Reply(ReplyKind.CONFIRM, text, spoken, choices=self._form_of.send(form.slots))

    async def _issue(self, context: Context, issuer: Issuer, form: Form, mark: str) -> Reply:
        """After the yes to what was read back, and to nothing that was changed since."""
        if mark != digest(form.slots) or form.asking != "sure":
            return self._say("old")
        if self._form_of.wrong(issuer, form.slots, context.now):  # the time has run out, or the right was taken
            return await self._go_on(context, issuer, form, {})
        words = self._form_of.typed(issuer, form.slots)
        # The same form given again, after a crash or by a second press, is the same warning.
        made = f"{issuer.channel}:{issuer.user}:{form.opened_at.isoformat()}:{mark}"
        context.session.form = None
        try:
            row = await self._parts.typed.write(issuer.account, words, hashlib.sha256(made.encode()).hexdigest()[:32])
        except NotTaken as refused:
            return self._say("not_taken", why=str(refused))
        if row.state == TypedState.WAITING:
            return self._say("waiting" if await self._others(issuer, words) else "nobody")
        return await self._sent(row, words)

    async def _decide(self, issuer: Issuer, id_: str, *, approve: bool) -> Reply:
        """A second person's word."""
        typed = self._parts.typed
        try:
            words = TypedWarning.model_validate((await typed.get(id_)).words)
            if not issuer.may(words.codes):
                return self._say("outside", place=words.area, areas=self._form_of.named(issuer.areas, issuer.names))
            if approve:
                return await self._sent(await typed.approve(issuer.account, id_), words)
            await typed.deny(issuer.account, id_)
        except NoSuchWarning:
            return self._say("gone")
        except NotOnesOwn:
            return self._say("own")
        except Decided:
            return self._say("decided")
        except NotTaken as refused:
            return self._say("not_taken", why=str(refused))
        return self._say("denied")

    async def _which(self, context: Context, issuer: Issuer, change: str) -> Reply:
        """Which of the officer's own warnings is to be changed or ended."""
        step = "end" if change == "ending" else "update"
        rows = await self._parts.typed.in_force(issuer.account.name)
        if not rows:
            return self._say("nothing")
        if len(rows) == 1:
            return await self._about(context, issuer, step, rows[0].id)
        return self._ask("ask_which", tuple(Choice(f"wt:{step}:{row.id}", self._label(row)) for row in rows[:8]))

    async def _about(self, context: Context, issuer: Issuer, step: str, id_: str) -> Reply:
        """What becomes of one of them: ended (cleared or cancelled), or changed."""
        rows = {row.id: row for row in await self._parts.typed.in_force(issuer.account.name)}
        if id_ not in rows:
            return self._say("old")
        words, buttons = TypedWarning.model_validate(rows[id_].words), self._words.buttons
        if step == "end":
            choices = tuple(Choice(f"wt:{end}:{id_}", buttons[end]) for end in ("clear", "cancel"))
            return self._ask("ask_end", choices, title=title(words.hazard, words.colour, ""), area=words.area)
        kept = words.model_dump(mode="json", include={"hazard", "colour", "codes", "onset", "expires"})
        form = Form(service=self.action, opened_at=context.now, touched_at=context.now)
        form.slots = kept | {"change": step, "of": id_, "before": int(words.colour), "area": words.area}
        context.session.form = form
        if step != "update":
            return await self._go_on(context, issuer, form, {})
        form.asking = "change"
        return self._say("ask_change", ReplyKind.ASK)

    async def _sent(self, row: TypedWarningRow, words: TypedWarning) -> Reply:
        """What has gone out."""
        people = await self._parts.typed.reached(row)
        key = "ended" if words.ending else "sent"
        return self._say(key, title=title(words.hazard, words.colour, ""), people=str(people))

    async def _others(self, issuer: Issuer, words: TypedWarning) -> bool:
        """Whether somebody else was asked in the chat."""
        async with self._parts.store.session() as session:
            every = await self._parts.issuers.of(session)
        return any(one.account.name != issuer.account.name and one.may(words.codes) for one in every)

    async def _issuer(self, context: Context) -> Issuer | None:
        return await self._parts.issuers.get(context.inbound.channel, context.inbound.user)

    async def _codes(self, context: Context, issuer: Issuer, text: str) -> dict[str, Any]:
        """The places that a sentence names, the narrowest that are known; those outside the officer's too."""
        if own := await self._parts.issuers.places_in(issuer, text):
            return {"codes": list(own), "names": dict(own)}
        named = self._parts.places.named(context.said, issuer.areas[0])
        return {"codes": [significant(named.ljust(12, "0"))], "names": {}} if named else {}

    def _answers(self, context: Context, text: str) -> bool:
        """Whether a sentence may be the answer to what a form asks, and not a question of another kind."""
        other = FIELD & {entity.kind for entity in context.said.entities}
        return len(text) <= SENTENCE and not other and not self._words.has("question", text)

    def _form(self, context: Context) -> Form | None:
        """The open form; one that is too old is closed."""
        form = context.session.form
        if form is None or form.service != self.action:
            return None
        if context.now - form.touched_at > OPEN:
            context.session.form = None
            return None
        return form

    def _label(self, row: TypedWarningRow) -> str:
        words = TypedWarning.model_validate(row.words)
        return self._words.buttons["one"].format(title=title(words.hazard, words.colour, ""), area=words.area)

    def _no_officer(self, context: Context) -> Reply:
        """With what the console needs to register somebody, which nobody could know otherwise; not to be read aloud."""
        channel, user = context.inbound.channel, context.inbound.user
        said, register = (
            self._text("not_officer"),
            self._text("register", channel=call_words().channel(channel), user=user),
        )
        return Reply(ReplyKind.REFUSE, f"{said}\n{register}", said)

    def _ask(self, key: str, choices: tuple[Choice, ...], **values: str) -> Reply:
        text = self._text(key, **values)
        return Reply(ReplyKind.ASK, text, text, choices=choices)

    def _say(self, key: str, kind: ReplyKind = ReplyKind.INFO, **values: str) -> Reply:
        text = self._text(key, **values)
        return Reply(kind, text, text)

    def _text(self, key: str, **values: str) -> str:
        return self._words.say[key].format(**values)
