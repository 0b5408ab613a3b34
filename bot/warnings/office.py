"""All that there is about warnings in one system, put together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.delivery.outbox import Outbox
from bot.metrics import Metrics
from bot.settings import Settings
from bot.warnings.broadcast import broadcasts
from bot.warnings.calling import chat_parts, drill_followers, followers, ladder
from bot.warnings.desk import warning_desk, warning_typing
from bot.warnings.looks import Looks
from bot.warnings.sources import looked_at, observer
from dialogs.places import Places
from dialogs.topics.warning_typing import WarningTyping
from dialogs.topics.warnings import Parts
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.pages_warnings import WarningDesk
from knowledge_base.store import Store
from knowledge_base.warnings.broadcast import Broadcasts
from knowledge_base.warnings.dispatch import Follower
from knowledge_base.warnings.ladder import Ladder
from knowledge_base.warnings.look_book import LookBook
from knowledge_base.warnings.speaker_jobs import SpeakerJobs


@dataclass(frozen=True, slots=True)
class WarningOffice:
    """`chat` is what the topic stands on, `typing` the service for officers; `broadcasts` is None without an outlet."""

    chat: Parts
    typing: WarningTyping
    looks: Looks
    speaker_jobs: SpeakerJobs
    ladder: Ladder
    broadcasts: Broadcasts | None
    followers: Sequence[Follower]
    drill_followers: Sequence[Follower]
    desk: WarningDesk


def warning_office(
    settings: Settings, store: Store, outbox: Outbox, places: Places, metrics: Metrics, *, clock: Callable[[], datetime]
) -> WarningOffice:
    """Over one store."""
    book = LookBook(store) if store.shared else None
    looks, drills = Looks(clock, book, looked_at(settings)), settings.speaker_drills
    speaker_jobs = SpeakerJobs(store, clock, drills=drills)
    calling = ladder(store, outbox, places, clock, orange=settings.warning_ladder_orange)
    written = broadcasts(
        store,
        settings.warning_ebd_platform,
        clock,
        folder=settings.warning_ebd_folder,
        url=settings.warning_ebd_url,
        drills=drills,
    )
    real = followers(calling, speaker_jobs, written)
    desk = warning_desk(
        store, outbox, places, Audit(clock), clock, speakers=speaker_jobs, followers=real, observer=observer(metrics)
    )
    return WarningOffice(
        chat=chat_parts(store, outbox, places, clock, looks.last),
        typing=warning_typing(desk, places),
        looks=looks,
        speaker_jobs=speaker_jobs,
        ladder=calling,
        broadcasts=written,
        followers=real,
        drill_followers=drill_followers(outbox, speaker_jobs, clock, drills=drills, broadcasts=written),
        desk=desk,
    )
