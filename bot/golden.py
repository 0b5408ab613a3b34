"""What the assistant would say to a golden question: the whole of it is asked, and nothing is kept of it."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import date, datetime
from uuid import uuid4

from dialogs.assistant import Assistant
from dialogs.context import Context
from dialogs.conversations import Conversations
from dialogs.handoff import Desk, Reason
from dialogs.messages import Inbound, Turn
from dialogs.session import Session
from knowledge_base.curation.golden import Asker, Said
from knowledge_base.entry import Entry
from knowledge_base.library import Library
from nlu.understanding import Parse, Understander

CHANNEL = "golden"
REMEMBERED = 4096


class PassingConversations(Conversations):
    """Every message is the first one of its conversation, and is forgotten."""

    async def handled(self, inbound: Inbound) -> Turn | None:  # noqa: ARG002 - nothing is kept
        return None

    async def load(self, inbound: Inbound) -> Session:  # noqa: ARG002 - nothing is kept
        return Session()

    async def save(self, inbound: Inbound, state: Session, turn: Turn, now: datetime) -> Turn:  # noqa: ARG002
        return turn


class SilentDesk(Desk):
    """Hands nothing over."""

    async def keep_question(self, context: Context, reason: Reason, subject: str | None = None) -> None:
        """Nobody asked it."""

    async def keep_feedback(self, context: Context, verdict: str, subject: str | None) -> None:
        """Nobody said it."""


class AssistantFailed(Exception):
    """The assistant could not handle a golden question: nothing can be said of the text under test."""


class SilentObserver:
    """Counts no traffic: nobody has asked. Only notes that something failed."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def turn(self, channel: str, intent: str, kind: str, seconds: float) -> None:
        """Not a turn with a person."""

    def stage(self, stage: str, seconds: float) -> None:
        """Not a turn with a person."""

    def failed(self, where: str) -> None:
        """Something went wrong in a part of the assistant."""
        self.failures.append(where)


class RememberingUnderstander:
    """Reads each sentence once, so that a question is compared by the text of the entry and nothing else."""

    def __init__(self, understander: Understander) -> None:
        self.name = understander.name
        self._understander = understander
        self._known: OrderedDict[str, Parse] = OrderedDict()

    async def parse(self, normalized: str) -> Parse:
        """The reading of a sentence."""
        if normalized not in self._known:
            self._known[normalized] = await self._understander.parse(normalized)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[normalized]


AssistantOver = Callable[[Library, Understander, SilentObserver], Assistant]
"""Builds an assistant that keeps nothing, over another library, understander and observer."""


class GoldenJudge:
    """A `Judge` that asks the whole assistant, each question in a conversation of its own."""

    def __init__(
        self, library: Library, understander: Understander, build: AssistantOver, clock: Callable[[], datetime]
    ) -> None:
        self._library = library
        self._understander = RememberingUnderstander(understander)
        self._build = build
        self._clock = clock
        self._standing: tuple[str, date] | None = None
        self._said: dict[str, Said] = {}

    def asking(self, trial: Entry | None) -> Asker:
        """Asks with `trial` in place of the published entry; None: as it stands. Asking raises `AssistantFailed`.

        As it stands each question is asked once, until something is published or withdrawn or the day is another.
        """
        if trial is not None:
            return self._asker(self._library.trying(trial))
        fresh = self._asker(self._library)

        async def ask(text: str) -> Said:
            standing = await self._library.stamp(), self._clock().date()
            if standing != self._standing:
                self._standing, self._said = standing, {}
            said = self._said
            if text not in said:
                said[text] = await fresh(text)
            return said[text]

        return ask

    def _asker(self, library: Library) -> Asker:
        observer = SilentObserver()
        assistant = self._build(library, self._understander, observer)

        async def ask(text: str) -> Said:
            mark = uuid4().hex
            turn = await assistant.turn(Inbound(CHANNEL, mark, mark, self._clock(), text=text))
            if observer.failures:
                raise AssistantFailed(observer.failures[0])
            return _said(turn)

        return ask


def _said(turn: Turn) -> Said:
    """The kind of the last reply, the first entry given, and the entries among the choices."""
    offered = (choice.id for reply in turn.replies for choice in reply.choices)
    return Said(
        str(turn.replies[-1].kind),
        next((reply.subject for reply in turn.replies if reply.subject), None),
        tuple(choice.removeprefix("s:") for choice in offered if choice.startswith("s:")),
        turn.understanding.intent if turn.understanding else "",
    )
