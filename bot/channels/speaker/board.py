"""The board: for every loudspeaker the list of jobs that hold now, made from the store's rows whenever they change."""

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.channels.speaker.address import Addresses
from bot.channels.speaker.style import Style
from bot.channels.speaker.wire import COLOURS, Audio, File, Job, Jobs
from knowledge_base.warnings.speaker_jobs import Key, SpeakerJobs
from knowledge_base.warnings.speakers import Announcement

Ready = Callable[[Announcement], bool]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One device's list: its JSON, a tag that changes with it, the jobs in it, and when the last of them expires.

    `rank` orders sheets by urgency, the smallest first.
    """

    body: bytes
    tag: str
    keys: tuple[Key, ...]
    until: datetime
    rank: int


EMPTY_BODY = b'{"jobs":[]}'
EMPTY_TAG = hashlib.sha256(EMPTY_BODY).hexdigest()[:32]


class Board:
    """What every device is to do now. An announcement is on it once `ready` says so (its speech is made or given up)."""

    def __init__(
        self, jobs: SpeakerJobs, style: Style, addresses: Addresses, ready: Ready, clock: Callable[[], datetime]
    ) -> None:
        self._jobs = jobs
        self._style = style
        self._addresses = addresses
        self._ready = ready
        self._clock = clock
        self._sheets: Mapping[str, Sheet] = {}
        self._shown: list[Announcement] | None = None
        self._changed = asyncio.Event()
        self._closed = False
        self._told: set[tuple[str, Key]] = set()

    @property
    def sheets(self) -> Mapping[str, Sheet]:
        """The sheets of all devices that have a job."""
        return self._sheets

    @property
    def made(self) -> bool:
        """Whether the board has been made at all."""
        return self._shown is not None

    async def refresh(self, announcements: Iterable[Announcement], *, anew: bool = False) -> bool:
        """Make the sheets from what is valid, in that order; whether anything changed.

        `anew` also looks again for what belongs to the devices: whether they are shut out, how loud they may be.
        """
        shown = [one for one in announcements if self._ready(one)]
        if shown == self._shown and not anew:
            return False
        concerned = await self._jobs.concerned([(one.warning, one.version) for one in shown])
        place = {(one.warning, one.version): number for number, one in enumerate(shown)}
        sheets = {
            speaker: self._sheet(speaker, limit, [shown[place[key]] for key in keys])
            for speaker, (limit, keys) in concerned.items()
        }
        changed = sheets != self._sheets
        self._sheets, self._shown = sheets, shown
        self._told = {(speaker, key) for speaker, key in self._told if speaker in sheets and key in place}
        if changed:
            self._tell()
        return changed

    def close(self) -> None:
        """Let nobody wait any more: the server is about to stop."""
        self._closed = True
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def change(self) -> asyncio.Event:
        """Set with the next change; ask before looking at the sheets, then nothing is missed."""
        return self._changed

    async def wait(self, speaker: str, tag: str, seconds: float) -> Sheet | None:
        """The device's sheet once its tag is another than `tag`, at the latest after so many seconds."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            change = self._changed
            sheet = self._sheets.get(speaker)
            left = deadline - asyncio.get_running_loop().time()
            if (sheet.tag if sheet else EMPTY_TAG) != tag or left <= 0 or self._closed:
                return sheet
            try:
                async with asyncio.timeout(left):
                    await change.wait()
            except TimeoutError:
                return self._sheets.get(speaker)

    async def delivered(self, sheets: Iterable[tuple[str, Sheet]]) -> None:
        """These sheets have reached the broker or their device; written down once for each job."""
        new = {(speaker, key) for speaker, sheet in sheets for key in sheet.keys} - self._told
        if new:
            await self._jobs.sent(new)
            self._told |= new

    def _sheet(self, speaker: str, limit: int, announcements: list[Announcement]) -> Sheet:
        jobs = Jobs(jobs=[self._job(speaker, limit, one) for one in announcements])
        body = jobs.model_dump_json().encode()
        return Sheet(
            body,
            hashlib.sha256(body).hexdigest()[:32],
            tuple((one.warning, one.version) for one in announcements),
            max(one.expires for one in announcements),
            min(5 if one.drill else one.colour for one in announcements),
        )

    def _job(self, speaker: str, limit: int, one: Announcement) -> Job:
        sound = self._style.sound(one)
        audio = None
        if one.speech is not None:
            ogg, wav = f"{one.speech.ogg_sha256}.ogg", f"{one.speech.wav_sha256}.wav"
            audio = Audio(
                ogg=File(url=self._addresses.make(speaker, ogg, one.expires), sha256=one.speech.ogg_sha256),
                wav=File(url=self._addresses.make(speaker, wav, one.expires), sha256=one.speech.wav_sha256),
                seconds=round(one.speech.seconds, 2),
            )
        return Job(
            id=one.warning,
            version=one.version,
            colour=COLOURS[one.colour],
            drill=one.drill,
            cancel=one.cancel,
            expires=one.expires,
            text=self._style.words(one),
            audio=audio,
            chime=sound.chime,
            repeat=sound.repeat,
            pause=sound.pause,
            volume=min(sound.volume, limit),
        )
