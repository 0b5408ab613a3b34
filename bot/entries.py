"""The entries' workflow over a running system: what the console's pages on answers stand on."""

from dataclasses import dataclass

from bot.app import System, system_clock
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.catalogue import Catalogue
from knowledge_base.curation.examination import Examinations
from knowledge_base.curation.golden import read_golden
from knowledge_base.curation.proof import Proof
from knowledge_base.curation.workflow import Workflow
from knowledge_base.safety import pesticide_gate

OWN_GOLDEN = "golden"
"""Where the county's own golden questions lie, in its folder of words."""


@dataclass(frozen=True, slots=True)
class Entries:
    """The services for entries."""

    workflow: Workflow
    catalogue: Catalogue
    examinations: Examinations


def entries(system: System, audit: Audit) -> Entries:
    """The services over a running system's store."""
    settings = system.settings
    folders = (settings.golden, *(folder / OWN_GOLDEN for folder in settings.word_folders))
    examinations = Examinations(system.library, lambda: read_golden(*folders), system.judge)
    workflow = Workflow(
        system.store,
        system.library,
        proof=Proof(pesticide_gate(), system_clock),
        examiner=examinations,
        audit=audit,
        clock=system_clock,
    )
    return Entries(workflow, Catalogue(system.store, system_clock), examinations)
