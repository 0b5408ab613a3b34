"""Assistants over one set of parts: the one that serves people, and those that try out and keep nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.console_trial import ConsoleTrial
from bot.golden import GoldenJudge, PassingConversations, SilentDesk, SilentObserver
from bot.language import Language
from dialogs.assistant import Assistant, Observer
from dialogs.conversations import Conversations
from dialogs.handoff import Desk
from dialogs.listening import Listener
from dialogs.service import Service
from dialogs.topics.knowledge import Knowledge
from dialogs.topics.pesticide import Pesticides
from dialogs.topics.warnings import Parts, Warnings
from knowledge_base.banned import banned_list
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.store import Store
from knowledge_base.warnings.people import ForgetfulPeople
from nlu.interpreter import Interpreter
from nlu.slips import Slips
from nlu.speech.base import Ear
from nlu.speech.correction import Corrector
from nlu.text.typed_pinyin import TypedPinyin
from nlu.understanding import Understander

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Mending:
    """Correction by sound, and of what is mistyped."""

    corrector: Corrector
    slips: Slips

    @classmethod
    def over(cls, language: Language, said: Sequence[str]) -> "Mending":
        """`said` are sentences of the field. Blocks for seconds."""
        corrector = Corrector(language.words, language.segmenter, said)
        return cls(corrector, Slips(TypedPinyin(language.words, corrector.usage), corrector))


@dataclass(frozen=True, slots=True)
class Assistants:
    """What all assistants of a process share."""

    language: Language
    mending: Mending
    ear: Ear
    store: Store
    library: Library
    understander: Understander
    warnings: Parts
    labels: Mapping[str, str]
    """What an ask-back calls each intent."""
    floor: float
    clock: Clock

    def serving(self, desk: Desk, conversations: Conversations, observer: Observer, *services: Service) -> Assistant:
        """The assistant that serves people."""
        return self._over(
            library=self.library,
            understander=self.understander,
            desk=desk,
            conversations=conversations,
            observer=observer,
            clock=self.clock,
            warnings=Warnings(self.warnings),
            services=services,
        )

    def judge(self) -> GoldenJudge:
        """What the assistant would say to golden questions; services are left out, and nothing is kept."""
        return GoldenJudge(
            self.library,
            self.understander,
            lambda library, understander, observer: self._passing(
                library, understander, SilentDesk(self.store), observer, self.clock
            ),
            self.clock,
        )

    def trial(self) -> ConsoleTrial:
        """The console's try-it box; services are left out, and nothing is kept."""
        return ConsoleTrial(
            lambda watched, noting, moment: self._passing(watched, self.understander, noting, SilentObserver(), moment),
            self.library,
            self.store,
            self.language.gazetteer,
            labels=self.labels,
            floor=self.floor,
            clock=self.clock,
        )

    def _passing(
        self, library: Library, understander: Understander, desk: Desk, observer: Observer, clock: Clock
    ) -> Assistant:
        warnings = Warnings(replace(self.warnings, people=ForgetfulPeople(self.store)))
        return self._over(
            library=library,
            understander=understander,
            desk=desk,
            conversations=PassingConversations(self.store),
            observer=observer,
            clock=clock,
            warnings=warnings,
        )

    def _over(
        self,
        *,
        library: Library,
        understander: Understander,
        desk: Desk,
        conversations: Conversations,
        observer: Observer,
        clock: Clock,
        warnings: Warnings,
        services: Sequence[Service] = (),
    ) -> Assistant:
        language, mending = self.language, self.mending
        values = language.values.by(clock)
        interpreter = Interpreter(language.normaliser, language.finder, understander, mending.slips, values)
        knowledge = Knowledge(library, desk, language.crops)
        return Assistant(
            interpreter=interpreter,
            knowledge=knowledge,
            pesticides=Pesticides(banned_list(), pesticide_gate(), library),
            warnings=warnings,
            services=services,
            desk=desk,
            conversations=conversations,
            listener=Listener(self.ear, mending.corrector.mend, interpreter, knowledge.sense),
            crops=language.crops,
            places=language.places,
            labels=self.labels,
            floor=self.floor,
            clock=clock,
            observer=observer,
        )
