"""Waiting questions over a running system: what the console's pages on them stand on."""

from bot.app import System, system_clock
from bot.delivery.answers import AnswerPost
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.pages_questions import Waiting
from knowledge_base.curation.overview import Overview
from knowledge_base.curation.questions import Answers
from knowledge_base.safety import pesticide_gate


def waiting_questions(system: System, audit: Audit) -> Waiting:
    """The services for waiting questions. `answers.on_published` belongs among the workflow's hooks."""
    post = AnswerPost(system.outbox, system.library, system_clock)
    answers = Answers(
        system.store,
        clusters=system.clusters,
        library=system.library,
        gate=pesticide_gate(),
        post=post,
        audit=audit,
        clock=system_clock,
    )

    def province(place: str) -> str | None:
        found = system.language.gazetteer.place(f"{place[:2]}0000")
        return found.name if found else None

    return Waiting(system.clusters, answers, Overview(system.store, post, system_clock), system.library, province)
