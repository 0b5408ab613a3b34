"""Privacy over a running system's parts: the chat, the layers around a turn, the pages, and the regular job."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import APIRouter

from bot.channels.base import Handler
from bot.delivery.outbox import Outbox
from bot.privacy.consent import consenting, doing, linked, recording
from bot.privacy.consents import Consents
from bot.privacy.copies import Copies
from bot.privacy.endpoint import privacy_endpoint
from bot.privacy.erasing import Erasing
from bot.privacy.forgetting import Forgetting, forget_regularly, sweep_regularly
from bot.privacy.keeper import PrivacyKeeper
from bot.privacy.linking import Linking
from bot.privacy.recordings import Recordings
from bot.privacy.register import register
from bot.privacy.seal import Opener
from bot.schedule import Schedule
from dialogs.consultation.vault import Vault
from dialogs.messages import Reply
from dialogs.topics.privacy import Privacy, sentence
from dialogs.topics.privacy_wish import privacy_words
from knowledge_base.store import Store

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class PrivacyOptions:
    """What the settings say. `root`: the public address of this server; `voice_days`: None where no recording is kept."""

    root: str
    operator: str = ""
    contact: str = ""
    voice_days: int | None = None
    ask_consent: bool = True


@dataclass(frozen=True, slots=True)
class PrivacyParts:
    """All of it over one store. `chat` belongs among the services, before all others that answer in words."""

    chat: Privacy
    keeper: PrivacyKeeper
    consents: Consents
    copies: Copies
    erasing: Erasing
    linking: Linking
    recordings: Recordings
    forgetting: Forgetting
    clock: Clock
    options: PrivacyOptions

    def around(self, turn: Handler) -> Handler:
        """The layers around the assistant's turn: whose message it is, consent, recordings, deletions and joinings."""
        done = doing(turn, self.erasing, self.linking, self.consents)
        kept = recording(done, self.consents, self.recordings)
        asked = consenting(kept, self.consents) if self.options.ask_consent else kept
        return linked(asked, self.linking)

    def router(self) -> APIRouter:
        """GET /privacy, GET and POST /my-data/{token}."""
        options = self.options
        return privacy_endpoint(self.keeper.register, self.copies, self.linking, (options.operator, options.contact))

    def look_after(self, schedule: Schedule) -> None:
        """Have old data let go for as long as the schedule runs; one process at a time."""
        forget_regularly(schedule, self.forgetting, self.clock)

    def look_after_folder(self, schedule: Schedule) -> None:
        """Have this process's own folder follow what has been deleted; every process that takes messages in."""
        sweep_regularly(schedule, self.forgetting)


def privacy(
    store: Store,
    outbox: Outbox,
    keys: Sequence[str],
    home: Path,
    clock: Clock,
    *,
    options: PrivacyOptions,
    forget_sound: Callable[[Sequence[str]], None] | None = None,
) -> PrivacyParts:
    """Put it together. `keys` are those that seal consultations; raises `KeysUnusable`. `forget_sound` as in `Erasing`."""
    known = register()
    opener = Opener(Vault(keys))
    keep = timedelta(days=options.voice_days) if options.voice_days else None
    recordings = Recordings(store, home / "recordings", keys, clock, keep)
    consents = Consents(store, clock)
    sound = {} if forget_sound is None else {"forget_sound": forget_sound}
    erasing = Erasing(store, known, recordings, opener, clock, **sound)
    copies = Copies(store, known, opener, recordings, clock)
    linking = Linking(store, known, outbox, clock, _joined_elsewhere)
    keeper = PrivacyKeeper(
        register=known,
        consents=consents,
        copies=copies,
        erasing=erasing,
        linking=linking,
        recordings=recordings,
        root=options.root.rstrip("/"),
        answerable=(options.operator, options.contact),
    )
    forgetting = Forgetting(erasing, home / "cache" / "speech")
    return PrivacyParts(
        chat=Privacy(keeper),
        keeper=keeper,
        consents=consents,
        copies=copies,
        erasing=erasing,
        linking=linking,
        recordings=recordings,
        forgetting=forgetting,
        clock=clock,
        options=options,
    )


def _joined_elsewhere(channel: str) -> Reply:
    return sentence("joined_elsewhere", channel=privacy_words().channel(channel))
