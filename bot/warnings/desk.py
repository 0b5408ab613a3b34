"""What the console's pages on warnings stand on, over a running system's parts."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.delivery.circular import Circulars
from bot.delivery.outbox import Outbox
from bot.warnings.calls import OutboxDeliveries
from bot.warnings.dispatch import OutboxDispatch
from dialogs.places import Places
from dialogs.warning_text import warning_reply, what_to_do
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.pages_warnings import WarningDesk
from knowledge_base.store import Store
from knowledge_base.warnings.dispatch import Follower
from knowledge_base.warnings.intake import Intake
from knowledge_base.warnings.report import Reports
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.typed import TypedWarnings


def warning_desk(
    store: Store,
    outbox: Outbox,
    places: Places,
    audit: Audit,
    clock: Callable[[], datetime],
    *,
    speakers: SpeakerJobs,
    followers: Sequence[Follower],
) -> WarningDesk:
    """The desk. What is typed here needs no signature: who typed and who approved it have signed in."""
    intake = Intake(store, OutboxDispatch(Circulars(outbox, clock), warning_reply), clock, followers=followers)
    return WarningDesk(
        store=store,
        typed=TypedWarnings(store, intake, audit, clock),
        reports=Reports(store, OutboxDeliveries(), speakers),
        clock=clock,
        message=lambda bulletin: warning_reply(bulletin).text,
        guidance=lambda hazard: what_to_do(hazard, None),
        place_code=places.code,
        place_name=places.full_name,
        loudspeakers=speakers,
    )
