"""What typing warnings stands on, in the console and in the chat, over a running system's parts."""

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.delivery.circular import Circulars
from bot.delivery.outbox import Outbox
from bot.warnings.approval import Approvals
from bot.warnings.calls import OutboxDeliveries
from bot.warnings.dispatch import OutboxDispatch
from dialogs.places import Places
from dialogs.topics.warning_typing import TypingParts, WarningTyping
from dialogs.warning_text import warning_reply, what_to_do
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.pages_warnings import WarningDesk
from knowledge_base.store import Store
from knowledge_base.warnings.dispatch import Follower
from knowledge_base.warnings.intake import Intake, Taken
from knowledge_base.warnings.issuing import Issuers
from knowledge_base.warnings.preview import Previews
from knowledge_base.warnings.report import Reports
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.typed import TypedWarnings

Clock = Callable[[], datetime]


def _unseen(_: Taken) -> None:
    """Nobody counts."""


def warning_desk(
    store: Store,
    outbox: Outbox,
    places: Places,
    audit: Audit,
    clock: Clock,
    *,
    speakers: SpeakerJobs,
    followers: Sequence[Follower],
    observer: Callable[[Taken], None] = _unseen,
) -> WarningDesk:
    """The desk. What is typed here needs no signature: who typed and who approved it have signed in."""
    dispatch = OutboxDispatch(Circulars(outbox, clock), warning_reply)
    intake = Intake(store, dispatch, clock, followers=followers, observer=observer)
    previews = Previews(dispatch, speakers, lambda bulletin: warning_reply(bulletin).text, clock)
    watch = Approvals(outbox, Issuers(store), previews, clock)
    return WarningDesk(
        store=store,
        typed=TypedWarnings(store, intake, audit, clock, watch=watch),
        reports=Reports(store, OutboxDeliveries(), speakers),
        clock=clock,
        previews=previews,
        guidance=lambda hazard: what_to_do(hazard, None),
        place_code=places.code,
        place_name=places.full_name,
    )


def warning_typing(desk: WarningDesk, places: Places) -> WarningTyping:
    """The service of the chat in which officers issue, over the same typed warnings as the console's."""
    return WarningTyping(TypingParts(desk.store, Issuers(desk.store), desk.typed, desk.previews, places))
